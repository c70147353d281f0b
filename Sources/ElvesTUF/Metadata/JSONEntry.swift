package import ElvesJSON

/// A member that this code does not know: kept and written back, since signatures cover it.
package struct JSONEntry: Hashable, Sendable {
    package let key: String
    package let value: RawJSON

    package init(key: String, value: RawJSON) {
        self.key = key
        self.value = value
    }
}

extension JSONObject {
    /// The members whose keys are not among `known`.
    func entries(except known: Set<String>) -> [JSONEntry] {
        entries.filter { !known.contains($0.key) }.map { JSONEntry(key: $0.key, value: $0.value) }
    }

    /// A member that must be there and be an object.
    func object(_ key: String) throws(JSONError) -> JSONObject {
        let raw = try require(key, raw(key))
        guard raw.bytes.first == UInt8(ascii: "{") else { throw .message("member \"\(key)\" must be an object") }
        return try JSONObject(raw)
    }

    /// A list of texts that must be there.
    func strings(_ key: String) throws(JSONError) -> [String] {
        try require(key, optionalStrings(key))
    }

    /// A list of texts; nil if there is no such member.
    func optionalStrings(_ key: String) throws(JSONError) -> [String]? {
        guard let values = try array(key) else { return nil }
        var texts: [String] = []
        for value in values {
            guard let text = value.stringValue else { throw .message("member \"\(key)\" must be a list of texts") }
            texts.append(text)
        }
        return texts
    }
}

extension JSONWriter.Members {
    mutating func add(_ entries: [JSONEntry]) {
        for entry in entries { add(entry.key, entry.value) }
    }
}

/// Two names of other bytes that Unicode takes for the same: what one of them means would depend on who reads it.
let stoodBefore = "it stands twice, in two spellings of the same text"
