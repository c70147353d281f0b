import Crypto
package import ElvesJSON

/// A public key as metadata carries it.
///
/// A key of a type or scheme that this code does not know, or whose text is no key, is kept: it never verifies anything.
package struct PublicKey: Hashable, Sendable {
    package let type: String
    package let scheme: String
    /// PEM, or for Ed25519 64 hexadecimal characters.
    package let value: String
    package let unrecognized: [JSONEntry]
    private let unrecognizedValues: [JSONEntry]

    package init(type: String, scheme: String, value: String) {
        self.type = type
        self.scheme = scheme
        self.value = value
        unrecognized = []
        unrecognizedValues = []
    }

    init(reading object: JSONObject) throws(JSONError) {
        type = try object.require("keytype", object.string("keytype"))
        scheme = try object.require("scheme", object.string("scheme"))
        let values = try object.object("keyval")
        value = try values.require("public", values.string("public"))
        unrecognized = object.entries(except: ["keytype", "scheme", "keyval"])
        unrecognizedValues = values.entries(except: ["public"])
    }

    package var json: RawJSON {
        .object {
            $0.add("keytype", type)
            $0.add("scheme", scheme)
            $0.add("keyval") {
                $0.add("public", value)
                $0.add(unrecognizedValues)
            }
            $0.add(unrecognized)
        }
    }

    /// The id under which this program puts a key: the SHA-256 of its canonical JSON, in hexadecimal. In others' metadata an
    /// id is any text.
    ///
    /// - Throws: `JSONError` if a member that this code does not know has no canonical form.
    package func id() throws(JSONError) -> String { hex(SHA256.hash(data: try json.canonical())) }
}
