import ElvesJSON

/// Whose signatures a role needs: any `threshold` of the keys.
package struct RoleKeys: Hashable, Sendable {
    /// May name keys that are not there; those never sign.
    package var keyIDs: [String]
    package var threshold: Int64
    package var unrecognized: [JSONEntry]

    package init(keyIDs: [String], threshold: Int64, unrecognized: [JSONEntry] = []) {
        self.keyIDs = keyIDs
        self.threshold = threshold
        self.unrecognized = unrecognized
    }

    static let members: Set<String> = ["keyids", "threshold"]

    init(reading object: JSONObject, known: Set<String> = RoleKeys.members) throws(JSONError) {
        let keyIDs = try object.strings("keyids")
        if let repeated = firstRepeated(keyIDs) {
            throw .message("member \"keyids\" names key \(quoted(repeated, 80)) twice")
        }
        self.init(
            keyIDs: keyIDs, threshold: try object.positive("threshold"),
            unrecognized: object.entries(except: known))
    }

    func write(to members: inout JSONWriter.Members) {
        members.add("keyids", keyIDs)
        members.add("threshold", threshold)
        members.add(unrecognized)
    }
}

/// The first text that stands twice.
func firstRepeated(_ texts: [String]) -> String? {
    var seen: Set<String> = []
    return texts.first { !seen.insert($0).inserted }
}

/// Public keys by their ids.
package typealias KeyTable = [String: PublicKey]

extension KeyTable {
    init(reading object: JSONObject) throws(JSONError) {
        self.init(minimumCapacity: object.keys.count)
        for entry in object.entries {
            guard entry.value.bytes.first == UInt8(ascii: "{") else {
                throw .message("key \(quoted(entry.key, 80)) must be an object")
            }
            do throws(JSONError) {
                let key = try PublicKey(reading: JSONObject(entry.value))
                guard updateValue(key, forKey: entry.key) == nil else { throw .message(stoodBefore) }
            } catch {
                throw .message("key \(quoted(entry.key, 80)): \(error.reason)")
            }
        }
    }

    func write(to members: inout JSONWriter.Members) {
        for (id, key) in sorted(by: { $0.key < $1.key }) { members.add(id, key.json) }
    }
}
