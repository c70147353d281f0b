import Yams

/// Reads the one YAML document of a manifest into nodes, refusing what manifests do not use.
///
/// Anchors, aliases and tags are refused: they only hide what a document says. So are documents that nest deeper than
/// 64, keys that are not text, and a second document. Duplicate keys are refused by the reader itself, as is nesting
/// beyond 1,000, which takes between 1 and 8 MiB of stack in a debug build; threads have 8 MiB here.
enum YAMLDocument {
    /// The depth of nesting that is still read.
    static let depthLimit = 64
    /// Places that look like an anchor or an alias, counted before parsing: Yams compares keys by walking through
    /// aliases, which many of them turn into exponential work.
    private static let suspectLimit = 16

    static func root(of text: String) throws(ManifestError) -> Node {
        try refuseManyAliases(in: text)
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            // The parser owns the anchors, nodes only point to them: it must outlive the search for them.
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else {
                    throw ManifestError.notYAML(line: 1, column: 1, reason: "the document is empty")
                }
                try refuseExtras(in: root, depth: 1)
                return root
            }
        } catch let error as ManifestError {
            throw error
        } catch let error as YamlError {
            throw ManifestError(error)
        } catch {
            throw .notYAML(line: 1, column: 1, reason: "\(error)")
        }
    }

    private static func refuseManyAliases(in text: String) throws(ManifestError) {
        var line = 1
        var column = 0
        var suspects = 0
        var previous: UInt8 = 0x0A
        var isSigil = false
        for byte in text.utf8 {
            column += 1
            if isSigil, isNameByte(byte) {
                suspects += 1
                guard suspects <= suspectLimit else {
                    let reason =
                        "more than \(suspectLimit) words begin with & or *; "
                        + "anchors and aliases are not accepted"
                    throw .notYAML(line: line, column: column - 1, reason: reason)
                }
            }
            isSigil = (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")) && !isNameByte(previous)
            if byte == 0x0A { (line, column) = (line + 1, 0) }
            previous = byte
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func refuseExtras(in node: Node, depth: Int) throws(ManifestError) {
        guard depth <= depthLimit else { throw refusal(node, "nested deeper than \(depthLimit)") }
        guard node.anchor == nil else { throw refusal(node, "anchors and aliases are not accepted") }
        switch node {
        case .scalar(let scalar):
            // Yams marks what is quoted as text by itself, so that `!!str` before a quoted text goes unseen.
            let isQuotedText = scalar.style != .plain && scalar.tag.rawValue == Tag.Name.str.rawValue
            if !isQuotedText { try refuseTag(scalar.tag, of: node) }
        case .sequence(let sequence):
            try refuseTag(sequence.tag, of: node)
            for element in sequence { try refuseExtras(in: element, depth: depth + 1) }
        case .mapping(let mapping):
            try refuseTag(mapping.tag, of: node)
            for (key, value) in mapping {
                // The tags of keys are resolved by then, so one cannot tell whether they were written.
                guard case .scalar = key else { throw refusal(key, "a key must be text") }
                guard key.anchor == nil else { throw refusal(key, "anchors and aliases are not accepted") }
                try refuseExtras(in: value, depth: depth + 1)
            }
        case .alias:
            throw refusal(node, "anchors and aliases are not accepted")
        }
    }

    private static func refuseTag(_ tag: Tag, of node: Node) throws(ManifestError) {
        guard tag.rawValue.isEmpty else { throw refusal(node, "tags are not accepted") }
    }

    private static func refusal(_ node: Node, _ reason: String) -> ManifestError {
        .notYAML(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1, reason: reason)
    }
}

extension ManifestError {
    /// The same refusal in the words of manifests.
    init(_ error: YamlError) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            self = .notYAML(line: mark.line, column: mark.column, reason: problem)
        case .duplicatedKeysInMapping(let duplicates, let context):
            self = .notYAML(
                line: context.mark.line, column: context.mark.column,
                reason: "key \"\(printable(duplicates.first ?? ""))\" is there twice")
        case .reader(let problem, _, _, _):
            self = .notYAML(line: 1, column: 1, reason: problem)
        default:
            self = .notYAML(line: 1, column: 1, reason: "not readable as YAML")
        }
    }
}
