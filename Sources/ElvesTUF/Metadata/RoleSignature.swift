import ElvesJSON

/// One signature of a role's file.
package struct RoleSignature: Hashable, Sendable {
    package let keyID: String
    /// In hexadecimal; may be empty or no signature at all, and is then a wrong one.
    package let value: String
    package let unrecognized: [JSONEntry]

    package init(keyID: String, bytes: some Sequence<UInt8>) {
        self.keyID = keyID
        value = hex(bytes)
        unrecognized = []
    }

    init(reading object: JSONObject) throws(JSONError) {
        keyID = try object.require("keyid", object.string("keyid"))
        value = try object.require("sig", object.string("sig"))
        unrecognized = object.entries(except: ["keyid", "sig"])
    }

    var json: RawJSON {
        .object {
            $0.add("keyid", keyID)
            $0.add("sig", value)
            $0.add(unrecognized)
        }
    }
}
