/// Why an `app.yaml` is not a manifest. Lines and columns count from 1.
package enum ManifestError: Error, Equatable {
    /// The document has more bytes than a manifest may have; it was not read.
    case tooLarge(bytes: Int, limit: Int)
    /// The bytes are not UTF-8.
    case notText
    /// The document is not the part of YAML that manifests are written in.
    case notYAML(line: Int, column: Int, reason: String)
    /// A key that nothing knows; `accepted` are those its place may have.
    case unknownKey(String, line: Int, column: Int, accepted: [String])
    /// A key that must be there is not; the place is that of the map that lacks it.
    case missingKey(String, line: Int, column: Int)
    /// The value at `key` (keys joined by dots) breaks the rule.
    case invalidValue(key: String, line: Int, column: Int, rule: String)
}

extension ManifestError: CustomStringConvertible {
    package var description: String { text(of: "app.yaml") }

    /// The same rules hold for other files that belong to an app.
    func text(of file: String) -> String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "\(file) has \(bytes) bytes: a manifest has at most \(limit)"
        case .notText:
            "\(file) is not text: save it as UTF-8"
        case .notYAML(let line, let column, let reason):
            "\(file) line \(line), column \(column): \(reason)"
        case .unknownKey(let key, let line, let column, let accepted):
            "\(file) line \(line), column \(column): unknown key \"\(printable(key))\"; accepted here: "
                + accepted.joined(separator: ", ")
        case .missingKey(let key, let line, let column):
            "\(file) line \(line), column \(column): \"\(key)\" is missing"
        case .invalidValue(let key, let line, let column, let rule):
            "\(file) line \(line), column \(column): \"\(printable(key))\": \(rule)"
        }
    }
}
