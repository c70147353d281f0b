import ElvesPolicy

/// The text that `elves-sandbox` reads: a directive a line, fields separated by TAB.
struct PlanText {
    /// What the launcher accepts, in bytes.
    static let sizeLimit = 64 << 10

    private(set) var bytes: [UInt8]

    init(continuing bytes: [UInt8] = Array("elves-plan 1\n".utf8)) { self.bytes = bytes }

    /// Adds one line.
    ///
    /// - Parameter what: What an error calls the fields.
    mutating func add(_ directive: String, _ fields: String..., what: String) throws(PlanError) {
        bytes.append(contentsOf: directive.utf8)
        for field in fields {
            guard !field.utf8.contains(where: { $0 == 0x09 || $0 == 0x0A || $0 == 0 }) else {
                throw .badCharacter(what: what)
            }
            bytes.append(0x09)
            bytes.append(contentsOf: field.utf8)
        }
        bytes.append(0x0A)
        guard bytes.count <= Self.sizeLimit else { throw .tooLong(bytes: bytes.count, limit: Self.sizeLimit) }
    }

    /// Adds a line whose fields are paths.
    mutating func add(_ directive: String, path: String, at target: String, what: String) throws(PlanError) {
        guard isPlainPath(path) else { throw .badPath(what: what, path: path) }
        guard isPlainPath(target) else { throw .badPath(what: what, path: target) }
        try add(directive, path, target, what: what)
    }
}
