import ElvesJSON

/// One file of metadata: what a role says, and the signatures over it.
package struct SignedFile<Role: RoleMetadata>: Sendable {
    package let role: Role
    package let signatures: [RoleSignature]
    /// The file, exactly as it came.
    package let bytes: [UInt8]
    /// The canonical form of the signed part: what the signatures sign.
    package let signedBytes: [UInt8]
    private let signed: RawJSON
    private let unrecognized: [JSONEntry]

    /// Reads a file; verifies nothing.
    ///
    /// - Parameter name: The role's name, for errors; for a delegated role its own.
    /// - Throws: `MetadataError` if it is not strict JSON, not of this kind, or cannot have been signed.
    package init(parsing bytes: [UInt8], name: String = Role.type.rawValue) throws(MetadataError) {
        do throws(JSONError) {
            let object = try JSONObject(parsing: bytes, limits: JSONLimits(bytes: .max, depth: metadataDepthLimit))
            let signed = try object.require("signed", object.raw("signed"))
            guard signed.bytes.first == UInt8(ascii: "{") else { throw .message("member \"signed\" must be an object") }
            var signatures: [RoleSignature] = []
            for element in try object.require("signatures", object.array("signatures")) {
                guard element.bytes.first == UInt8(ascii: "{") else { throw .message("a signature must be an object") }
                signatures.append(try RoleSignature(reading: JSONObject(element)))
            }
            if let repeated = firstRepeated(signatures.map(\.keyID)) {
                throw .message("two signatures are of key \(quoted(repeated, 80))")
            }
            self.signatures = signatures
            self.signed = signed
            self.bytes = bytes
            unrecognized = object.entries(except: ["signed", "signatures"])
            signedBytes = try signed.canonical()
            role = try Role(reading: signed)
        } catch {
            throw MetadataError(role: name, error)
        }
    }

    /// A new file.
    ///
    /// - Throws: `MetadataError` if something in it has no canonical form.
    package init(_ role: Role, signatures: [RoleSignature] = [], name: String = Role.type.rawValue) throws(MetadataError) {
        self.role = role
        self.signatures = signatures
        signed = role.json
        unrecognized = []
        do throws(JSONError) {
            signedBytes = try signed.canonical()
        } catch {
            throw MetadataError(role: name, error)
        }
        bytes = Self.render(signed, signatures, unrecognized)
    }

    private init(_ file: SignedFile, signatures: [RoleSignature]) {
        role = file.role
        signed = file.signed
        signedBytes = file.signedBytes
        unrecognized = file.unrecognized
        self.signatures = signatures
        bytes = Self.render(signed, signatures, unrecognized)
    }

    /// The same signed part with one more signature, which replaces one of the same key.
    package func adding(_ signature: RoleSignature) -> SignedFile {
        SignedFile(self, signatures: signatures.filter { $0.keyID != signature.keyID } + [signature])
    }

    private static func render(_ signed: RawJSON, _ signatures: [RoleSignature], _ unrecognized: [JSONEntry]) -> [UInt8] {
        RawJSON.object {
            $0.add("signatures", signatures.map(\.json))
            $0.add("signed", signed)
            $0.add(unrecognized)
        }.bytes
    }
}

/// Deeper metadata is refused: none has a reason to be.
private let metadataDepthLimit = 32
