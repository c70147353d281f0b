import Yams

/// The only document of a text.
func composed(_ yaml: String, _ file: String) throws(PolicyError) -> Node {
    do {
        let parser = try Parser(yaml: yaml)
        guard let node = try parser.singleRoot() else {
            throw PolicyError.notYAML(PolicyPlace(file: file, line: 1, column: 1), reason: "the file is empty")
        }
        // Nodes refer to their anchors weakly: the parser alone keeps them.
        try withExtendedLifetime(parser) { try refuseAnchors(node, file) }
        return node
    } catch let error as PolicyError {
        throw error
    } catch let error as YamlError {
        throw yamlFault(error, file)
    } catch {
        throw .notYAML(PolicyPlace(file: file, line: 1, column: 1), reason: "not YAML: \(error)")
    }
}

/// An alias stands as a copy of the node it names, anchor included, so anchors are all there is to look for.
private func refuseAnchors(_ node: Node, _ file: String) throws(PolicyError) {
    guard node.anchor == nil else {
        throw .notYAML(
            PolicyNode.place(of: node, file), reason: "anchors and aliases are not accepted: write the value where it applies")
    }
    switch node {
    case .mapping(let mapping):
        for (key, value) in mapping {
            try refuseAnchors(key, file)
            try refuseAnchors(value, file)
        }
    case .sequence(let sequence):
        for element in sequence { try refuseAnchors(element, file) }
    case .scalar, .alias:
        break
    }
}

/// Translates a parser's error; its own text repeats the file.
private func yamlFault(_ error: YamlError, _ file: String) -> PolicyError {
    func place(_ mark: Mark) -> PolicyPlace { PolicyPlace(file: file, line: mark.line, column: mark.column) }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
        .composer(let context, let problem, let mark, _):
        let reason = context.map { "\($0.text.trimmingSpaces) " } ?? ""
        return .notYAML(place(mark), reason: "not YAML: \(reason)\(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
        return .notYAML(place(context.mark), reason: "key \"\(duplicates.first ?? "")\" is there twice")
    default:
        return .notYAML(PolicyPlace(file: file, line: 1, column: 1), reason: "not YAML: \(error)")
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
