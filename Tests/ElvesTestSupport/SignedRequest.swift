import ElvesProtocol
import Foundation

/// A key of `/api/v2`.
package struct APIKey: Sendable {
    package let id: String
    package let secret: String

    package init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }
}

/// A request of `/api/v2`: signed as its old clients sign, unless a test bends it.
package struct SignedRequest: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        /// Parameters in the query.
        case get = "GET"
        /// Parameters in a form body.
        case post = "POST"
    }

    package var method = Method.get
    /// Below `/api/v2/`.
    package var action: String
    package var parameters: [(String, String)]
    package var key: APIKey
    package var timestamp: String
    package var signType = "md5"
    /// The action that is signed, if not the one that is called.
    package var signedAction: String?
    /// How a blank is sent: `+` or `%20`.
    package var blank = "+"
    /// How the finished list of names and values is changed before it is sent.
    package var bend: @Sendable (inout [(String, String)]) -> Void = { _ in }

    package init(_ action: String, _ parameters: KeyValuePairs<String, String>, key: APIKey) {
        self.action = action
        self.parameters = parameters.map { ($0.key, $0.value) }
        self.key = key
        timestamp = Self.timestamp(offset: 0)
    }

    /// Seconds from now, as text.
    package static func timestamp(offset: Int) -> String { String(Int(Date().timeIntervalSince1970) + offset) }

    package func with(_ change: (inout SignedRequest) -> Void) -> SignedRequest {
        var copy = self
        change(&copy)
        return copy
    }

    /// Replaces, adds or (with nil) leaves out a parameter before it is signed.
    package func setting(_ name: String, _ value: String?) -> SignedRequest {
        with { request in
            request.parameters.removeAll { $0.0 == name }
            if let value { request.parameters.append((name, value)) }
        }
    }

    /// Replaces, adds or (with nil) leaves out a parameter after everything was signed.
    package func bending(_ name: String, _ value: String?) -> SignedRequest {
        with { request in
            request.bend = { fields in
                fields.removeAll { $0.0 == name }
                if let value { fields.append((name, value)) }
            }
        }
    }

    package func send(to port: Int, within limit: Duration = .seconds(60)) async throws -> HTTPReply {
        var exchange = HTTPExchange(target: method == .get ? target : path)
        exchange.method = method.rawValue
        if method == .post {
            exchange.headers = [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")]
            exchange.body = Array(encoded(fields).utf8)
        }
        return try await exchange.send(to: port, within: limit)
    }

    /// Path and query, for a client that sends the request itself.
    package var target: String { "\(path)?\(encoded(fields))" }

    private var path: String { "/api/v2/\(action)" }

    /// Everything that is sent, in its order.
    private var fields: [(String, String)] {
        let signed = parameters + [("auth_id", key.id), ("timestamp", timestamp)]
        let sign = SignatureV2.sign(path: "/api/v2/\(signedAction ?? action)", parameters: signed, key: key.secret)
        var fields = signed + [("sign_type", signType), ("sign", sign)]
        bend(&fields)
        return fields
    }

    /// As an HTML form.
    private func encoded(_ fields: [(String, String)]) -> String {
        let encode = { (text: String) in
            (text.addingPercentEncoding(withAllowedCharacters: Self.plain) ?? "").replacing(" ", with: blank)
        }
        return fields.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }

    private static let plain = CharacterSet(charactersIn: "a"..."z").union(CharacterSet(charactersIn: "A"..."Z"))
        .union(CharacterSet(charactersIn: "0123456789-._~ "))
}
