import ElvesDigest

/// Verifies what a center sends to an app's processor (Standard Webhooks) and reads it.
///
/// ```swift
/// let processor = try Processor(secrets: ["whsec_…"])
/// let delivery = try processor.receive(headers: request.headers, body: request.body, now: time(nil))
/// if let outcome = delivery.outcome { … }
/// ```
///
/// A delivery may come twice, with the same `id`: remember those that were handled.
public struct Processor: Sendable {
    /// How many seconds a delivery's time may be off, in both directions.
    public static let tolerance = 300

    private let keys: [[UInt8]]

    /// - Parameter secrets: `whsec_` and base64 each; during a rotation the old one and the new one.
    public init(secrets: [String]) throws(BadSecret) {
        guard !secrets.isEmpty else { throw BadSecret(reason: "there is none") }
        var keys: [[UInt8]] = []
        for (position, secret) in secrets.enumerated() {
            guard secret.hasPrefix(Self.prefix), let key = Base64.bytes(String(secret.dropFirst(Self.prefix.count))),
                !key.isEmpty
            else { throw BadSecret(reason: "number \(position + 1) is not \(Self.prefix) and base64") }
            keys.append(key)
        }
        self.keys = keys
    }

    private static let prefix = "whsec_"

    /// Verifies a request and reads its body.
    ///
    /// - Parameters:
    ///   - headers: The request's headers, with names in any case.
    ///   - body: The bytes as they came, not parsed and written again.
    ///   - now: Seconds since 1970.
    /// - Throws: `Rejected`. Answer it with the status 400; the center sends it again, and later gives up.
    public func receive(headers: [String: String], body: [UInt8], now: Int) throws(Rejected) -> Delivery {
        let id = try Self.header("webhook-id", headers)
        let time = try Self.header("webhook-timestamp", headers)
        let signatures = try Self.header("webhook-signature", headers)
        // Id, time and body are signed with a "." between them: with one inside of the id, a part of the body could be
        // passed for a body.
        guard !id.utf8.contains(UInt8(ascii: ".")) else { throw .badHeader("webhook-id") }
        guard let seconds = Int(time), seconds >= 0, String(seconds) == time else {
            throw .badHeader("webhook-timestamp")
        }
        guard isSigned(Array("\(id).\(time).".utf8) + body, signatures) else { throw .wrongSignature }
        guard abs(now - seconds) <= Self.tolerance else { throw .wrongTime(seconds: now - seconds) }
        do {
            return try Delivery(id: id, JSON(parsing: body))
        } catch let error as BadBody {
            throw .badBody(error.reason)
        } catch {
            throw .badBody("\(error)")
        }
    }

    /// Whether one of the signatures was made with one of the keys; those of another version than `v1` do not count.
    private func isSigned(_ message: [UInt8], _ signatures: String) -> Bool {
        let given = signatures.split(separator: " ").compactMap { signature -> [UInt8]? in
            guard signature.hasPrefix("v1,") else { return nil }
            return Base64.bytes(String(signature.dropFirst(3)))
        }
        var isSigned = false
        for key in keys {
            let code = HMAC.code(message, key: key)
            for signature in given where HMAC.areEqual(code, signature) { isSigned = true }
        }
        return isSigned
    }

    private static func header(_ name: String, _ headers: [String: String]) throws(Rejected) -> String {
        let values = headers.filter { $0.key.lowercased() == name }.values
        guard let value = values.first, !value.isEmpty else { throw .missingHeader(name) }
        guard values.count == 1 else { throw .badHeader(name) }
        return value
    }
}

/// Why a processor cannot verify anything. The text does not repeat the secret.
public struct BadSecret: Error, Equatable, CustomStringConvertible {
    let reason: String

    public var description: String { "the secrets of the processor: \(reason)" }
}

/// Why a request is not taken.
public enum Rejected: Error, Equatable, CustomStringConvertible {
    case missingHeader(String)
    case badHeader(String)
    /// None of the signatures was made with one of the secrets over this id, time and body.
    case wrongSignature
    /// The delivery is that many seconds old; less than 0 when it is of the future.
    case wrongTime(seconds: Int)
    /// Signed, but not what a center sends.
    case badBody(String)

    public var description: String {
        switch self {
        case .missingHeader(let name): "the header \(name) is missing"
        case .badHeader(let name): "the header \(name) is malformed, or there twice"
        case .wrongSignature: "no signature fits: is the secret the one of the center, and the body as it came?"
        case .wrongTime(let seconds):
            "the time is \(abs(seconds)) s in the \(seconds > 0 ? "past" : "future"), "
                + "\(Processor.tolerance) are allowed: are both clocks right?"
        case .badBody(let reason): "the body: \(reason)"
        }
    }
}
