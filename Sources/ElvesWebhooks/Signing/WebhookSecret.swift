package import ElvesModel
import FoundationEssentials

/// What center and receiver sign with: `whsec_` and 24 to 64 bytes in base64 (Standard Webhooks 1.0.0).
///
/// Its description does not show it, so that no log does.
package struct WebhookSecret: Hashable, Sendable, CustomStringConvertible {
    private static let prefix = "whsec_"
    private static let sizes = 24...64

    package let bytes: [UInt8]

    /// - Throws: `InvalidName`, which does not repeat the text.
    package init(_ text: String) throws(InvalidName) {
        guard text.hasPrefix(Self.prefix), let data = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.sizes.contains(data.count)
        else {
            throw InvalidName(what: "secret", text: "…", rule: "whsec_ and 24 to 64 bytes in base64")
        }
        bytes = Array(data)
    }

    /// A new one, of 32 bytes: as long as the digest it keys.
    package init(from randomness: Randomness) { bytes = randomness.bytes(32) }

    /// The form for the receiver.
    package var text: String { Self.prefix + Data(bytes).base64EncodedString() }

    package var description: String { Self.prefix + "…" }
}
