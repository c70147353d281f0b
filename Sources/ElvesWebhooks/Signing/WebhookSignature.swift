import Crypto
package import ElvesModel
import FoundationEssentials

/// Signs and verifies callbacks by Standard Webhooks 1.0.0: HMAC-SHA256 over id, time and body, in the form `v1,BASE64`.
package enum WebhookSignature {
    /// How far the clocks of both ends may be apart, so that what was recorded once cannot be sent again for ever.
    package static let tolerance = Duration.seconds(300)

    /// The three headers of a callback, in the order id, time, signatures.
    ///
    /// - Parameters:
    ///   - body: The bytes that are sent, and no others.
    ///   - secrets: All that count now. Each gives a signature, and one that the receiver knows is enough.
    package static func headers(
        _ id: DeliveryID, at time: Timestamp, body: [UInt8], secrets: [WebhookSecret]
    ) -> [(name: String, value: String)] {
        let content = content(id.text, "\(time.seconds)", body)
        let signatures = secrets.map { "v1," + Data(code(content, $0)).base64EncodedString() }
        return [
            ("webhook-id", id.text), ("webhook-timestamp", "\(time.seconds)"),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    /// Whether a callback is what a holder of one of the secrets has sent.
    ///
    /// - Parameters:
    ///   - id: The header `webhook-id`, as it came; so the other two.
    ///   - now: By the receiver's clock.
    /// - Throws: `WebhookRefusal`.
    package static func verify(
        id: String, timestamp: String, signatures: String, body: [UInt8], secrets: [WebhookSecret], at now: Timestamp
    ) throws(WebhookRefusal) {
        guard let id = try? DeliveryID(id) else { throw .badIdentifier }
        guard let seconds = Int64(timestamp), "\(seconds)" == timestamp, (0..<1 << 40).contains(seconds) else {
            throw .badTimestamp
        }
        let age = now.seconds - seconds
        guard age <= tolerance.components.seconds else { throw .tooOld(seconds: age) }
        guard -age <= tolerance.components.seconds else { throw .tooNew(seconds: -age) }
        let content = content(id.text, timestamp, body)
        let given = signatures.split(separator: " ").compactMap { signature -> Data? in
            signature.hasPrefix("v1,") ? Data(base64Encoded: String(signature.dropFirst(3))) : nil
        }
        // The library compares in constant time, and all pairs are tried: how long it takes tells nothing of the secrets.
        var isGood = false
        for secret in secrets {
            for code in given {
                let fits = HMAC<SHA256>.isValidAuthenticationCode(
                    code, authenticating: content, using: SymmetricKey(data: secret.bytes))
                isGood = fits || isGood
            }
        }
        guard isGood else { throw .noSignatureFits }
    }

    private static func content(_ id: String, _ timestamp: String, _ body: [UInt8]) -> [UInt8] {
        Array("\(id).\(timestamp).".utf8) + body
    }

    private static func code(_ content: [UInt8], _ secret: WebhookSecret) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: content, using: SymmetricKey(data: secret.bytes)))
    }
}

/// Why a callback is not believed.
package enum WebhookRefusal: Error, Equatable, CustomStringConvertible {
    case badIdentifier
    case badTimestamp
    case tooOld(seconds: Int64)
    case tooNew(seconds: Int64)
    case noSignatureFits

    package var description: String {
        switch self {
        case .badIdentifier: "webhook-id is missing or no id: 1 to 64 letters, digits, _ and -"
        case .badTimestamp: "webhook-timestamp is missing or no number of seconds since 1970"
        case .tooOld(let seconds): "signed \(seconds) s ago, and 300 s are allowed: check the clocks of both ends"
        case .tooNew(let seconds): "signed \(seconds) s in the future, and 300 s are allowed: check the clocks of both ends"
        case .noSignatureFits: "no signature fits: is the secret the one that the center shows for this app?"
        }
    }
}
