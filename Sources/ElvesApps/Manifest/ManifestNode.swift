import ElvesModel
import Yams

/// One value of a manifest under way to its type: knows its key path and place for the refusals.
struct ManifestNode {
    let node: Node
    /// Keys from the root joined by dots; empty at the root.
    let path: String

    var line: Int { node.mark?.line ?? 1 }
    var column: Int { node.mark?.column ?? 1 }

    func refusal(_ rule: String) -> ManifestError {
        .invalidValue(key: path.isEmpty ? "app.yaml" : path, line: line, column: column, rule: rule)
    }

    /// The members of a map whose keys are free, in the order of the document.
    func members() throws(ManifestError) -> [(key: String, keyNode: ManifestNode, value: ManifestNode)] {
        guard case .mapping(let mapping) = node else { throw refusal("expected a map of keys and values") }
        return mapping.map { key, value in
            let name = key.scalar?.string ?? ""
            let below = path.isEmpty ? name : "\(path).\(name)"
            return (name, ManifestNode(node: key, path: below), ManifestNode(node: value, path: below))
        }
    }

    /// The members of a map that may have only these keys.
    func members(accepting accepted: [String]) throws(ManifestError) -> [String: ManifestNode] {
        var result: [String: ManifestNode] = [:]
        for member in try members() {
            guard accepted.contains(member.key) else {
                throw .unknownKey(
                    member.key, line: member.keyNode.line, column: member.keyNode.column, accepted: accepted)
            }
            result[member.key] = member.value
        }
        return result
    }

    func elements() throws(ManifestError) -> [ManifestNode] {
        guard case .sequence(let sequence) = node else { throw refusal("expected a list") }
        return sequence.enumerated().map { ManifestNode(node: $1, path: "\(path)[\($0)]") }
    }

    /// Non-empty text without control characters.
    func text(limit: Int = 200) throws(ManifestError) -> String {
        guard case .scalar(let scalar) = node, !SchemaText.isNull(scalar) else { throw refusal("expected text") }
        guard !scalar.string.allSatisfy(\.isWhitespace) else { throw refusal("is empty") }
        guard scalar.string.utf8.count <= limit else { throw refusal("has more than \(limit) bytes") }
        guard !scalar.string.unicodeScalars.contains(where: isUnprintable) else {
            throw refusal("has a control character: one line of printable text is expected")
        }
        return scalar.string
    }

    func bool() throws(ManifestError) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain, let value = Bool(scalar.string) else {
            throw refusal("expected true or false")
        }
        return value
    }

    func number(in range: ClosedRange<Int>, unit: String) throws(ManifestError) -> Int {
        guard case .scalar(let scalar) = node, scalar.style == .plain,
            scalar.string.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(scalar.string), range.contains(value)
        else {
            throw refusal("expected a whole number of \(unit) from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A number of bytes, written as `64MiB`.
    func size(in range: ClosedRange<Int64>) throws(ManifestError) -> Int64 {
        let units: [(name: String, bytes: Int64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        guard case .scalar(let scalar) = node,
            let unit = units.first(where: { scalar.string.hasSuffix($0.name) }),
            scalar.string.dropLast(3).utf8.allSatisfy(\.isASCIIDigit),
            let count = Int64(scalar.string.dropLast(3)),
            count <= range.upperBound / unit.bytes, range.contains(count * unit.bytes)
        else {
            throw refusal(
                "expected a size such as 512KiB, 64MiB or 1GiB, from \(Self.sizeText(range.lowerBound)) "
                    + "to \(Self.sizeText(range.upperBound))")
        }
        return count * unit.bytes
    }

    private static func sizeText(_ bytes: Int64) -> String {
        if bytes % (1 << 30) == 0 { return "\(bytes >> 30)GiB" }
        return bytes % (1 << 20) == 0 ? "\(bytes >> 20)MiB" : "\(bytes >> 10)KiB"
    }

    /// A program and its arguments.
    func command() throws(ManifestError) -> [String] {
        var words: [String] = []
        for element in try elements() { words.append(try element.text(limit: 4096)) }
        guard (1...64).contains(words.count) else {
            throw refusal("expected a command as a list of 1 to 64 words, as in [sh, build.sh]")
        }
        return words
    }

    /// One word of a closed set.
    func choice<Choice: RawRepresentable & CaseIterable>(_: Choice.Type) throws(ManifestError) -> Choice
    where Choice.RawValue == String {
        guard case .scalar(let scalar) = node, let value = Choice(rawValue: scalar.string) else {
            throw refusal("expected one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return value
    }
}
