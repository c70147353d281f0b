import ElvesJSON

/// What one role's file says about another file of metadata: its version, and perhaps its length and digests.
package struct MetaFile: Hashable, Sendable {
    package var version: Int64
    package var length: Int64?
    package var digests: FileDigests?
    package var unrecognized: [JSONEntry]

    package init(version: Int64, length: Int64? = nil, digests: FileDigests? = nil) {
        self.version = version
        self.length = length
        self.digests = digests
        unrecognized = []
    }

    init(reading object: JSONObject) throws(JSONError) {
        version = try object.positive("version")
        length = try object.length("length")
        digests = try object.digests("hashes")
        unrecognized = object.entries(except: ["version", "length", "hashes"])
    }

    var json: RawJSON {
        .object {
            if let digests { $0.add("hashes", digests.json) }
            if let length { $0.add("length", length) }
            $0.add("version", version)
            $0.add(unrecognized)
        }
    }

    /// Reads the member `meta`: files by name, as in `snapshot.json`.
    static func table(_ object: JSONObject) throws(JSONError) -> [String: MetaFile] {
        let object = try object.object("meta")
        var table: [String: MetaFile] = [:]
        for entry in object.entries {
            guard entry.value.bytes.first == UInt8(ascii: "{") else {
                throw .message("meta of \(quoted(entry.key, 80)) must be an object")
            }
            do throws(JSONError) {
                let file = try MetaFile(reading: JSONObject(entry.value))
                guard table.updateValue(file, forKey: entry.key) == nil else { throw .message(stoodBefore) }
            } catch {
                throw .message("meta of \(quoted(entry.key, 80)): \(error.reason)")
            }
        }
        return table
    }

    static func write(_ table: [String: MetaFile], to members: inout JSONWriter.Members) {
        members.add("meta") { members in
            for (name, file) in table.sorted(by: { $0.key < $1.key }) { members.add(name, file.json) }
        }
    }
}

extension JSONObject {
    func length(_ key: String) throws(JSONError) -> Int64? {
        guard let length = try integer(key) else { return nil }
        guard length >= 0 else { throw .message("member \"\(key)\" is \(length) and must not be negative") }
        return length
    }

    func digests(_ key: String) throws(JSONError) -> FileDigests? {
        guard let raw = raw(key), raw != .null else { return nil }
        return try FileDigests(reading: object(key))
    }
}
