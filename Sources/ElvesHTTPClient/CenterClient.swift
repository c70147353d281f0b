import AsyncHTTPClient
package import ElvesJSON
import ElvesLink
package import ElvesModel
import ElvesProtocol
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import SwiftASN1
import X509

/// Speaks HTTP to a center, for the command line and for agents.
package struct CenterClient: Sendable {
    private let client: HTTPClient
    private let base: String
    private let socketPath: String?
    private let headers: [(String, String)]
    /// How long an answer may take; runs wait for their function.
    private static let answerLimit = TimeAmount.hours(25)

    private init(_ client: HTTPClient, base: String, socketPath: String? = nil, headers: [(String, String)] = []) {
        self.client = client
        self.base = base
        self.socketPath = socketPath
        self.headers = headers
    }

    // MARK: Ways to a center

    /// Over a center's local socket.
    package static func withSocket<T>(_ path: String, _ body: (CenterClient) async throws -> T) async throws -> T {
        try await use(
            HTTPClient(configuration: configuration()), { CenterClient($0, base: "http://local", socketPath: path) }, body)
    }

    /// Over the network, trusting the authority whose fingerprint a token carries.
    ///
    /// The authority's certificate is fetched first, from whoever answers; it counts only if it has the fingerprint.
    package static func withPinned<T>(
        _ url: CenterURL, authority: ElvesModel.Digest, bearer: String? = nil,
        _ body: (CenterClient) async throws -> T
    ) async throws -> T {
        var pem: String?
        if url.isHTTPS {
            var blind = TLSConfiguration.makeClientConfiguration()
            blind.certificateVerification = .none
            let fetched = try await use(HTTPClient(configuration: configuration(blind)), { CenterClient($0, base: url.text) }) {
                String(decoding: try await $0.send(.GET, "join/v1/authority", body: nil), as: UTF8.self)
            }
            guard let certificate = try? Certificate(pemEncoded: fetched),
                try CertificateAuthority.fingerprint(of: certificate) == authority
            else { throw CenterClientError.notTrusted }
            pem = fetched
        }
        return try await withAuthority(url, authorityPEM: pem, bearer: bearer, body)
    }

    /// Over the network, trusting an authority that is known.
    ///
    /// - Parameter silenceLimit: How long the center may say nothing in the middle of an answer; nil waits.
    package static func withAuthority<T>(
        _ url: CenterURL, authorityPEM: String?, bearer: String? = nil, silenceLimit: Duration? = nil,
        _ body: (CenterClient) async throws -> T
    ) async throws -> T {
        let headers = bearer.map { [("Authorization", "Bearer \($0)")] } ?? []
        return try await withHTTP(authorityPEM: authorityPEM, silenceLimit: silenceLimit) {
            try await body(CenterClient($0, base: url.text, headers: headers))
        }
    }

    static func withHTTP<T>(
        authorityPEM: String?, silenceLimit: Duration?, _ body: (HTTPClient) async throws -> T
    ) async throws -> T {
        var configuration = configuration(try authorityPEM.map(trusting))
        configuration.timeout.read = silenceLimit.map { TimeAmount($0) }
        return try await use(HTTPClient(configuration: configuration), { $0 }, body)
    }

    private static func trusting(_ pem: String) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // The system's own roots count too: an operator may give the REST API a public certificate.
        tls.additionalTrustRoots = [.certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))]
        return tls
    }

    private static func configuration(_ tls: TLSConfiguration? = nil) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(10)
        // A center that is not there is told at once; who wants to wait tries again.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    private static func use<T, Client>(
        _ http: HTTPClient, _ make: (HTTPClient) -> Client, _ body: (Client) async throws -> T
    ) async throws -> T {
        let result: Result<T, any Error>
        do { result = .success(try await body(make(http))) } catch { result = .failure(error) }
        try? await http.shutdown()
        return try result.get()
    }

    // MARK: Requests

    package func get<Reply: Decodable>(_ path: String, as _: Reply.Type) async throws -> Reply {
        try decode(await send(.GET, path, body: nil))
    }

    package func post<Reply: Decodable>(_ path: String, _ body: some Encodable, as _: Reply.Type) async throws -> Reply {
        try decode(await send(.POST, path, body: .bytes(ByteBuffer(bytes: JSONEncoder().encode(body)))))
    }

    package func post(_ path: String, _ body: some Encodable) async throws {
        _ = try await send(.POST, path, body: .bytes(ByteBuffer(bytes: JSONEncoder().encode(body))))
    }

    package func delete(_ path: String) async throws { _ = try await send(.DELETE, path, body: nil) }

    package func delete(_ path: String, _ body: some Encodable) async throws {
        _ = try await send(.DELETE, path, body: .bytes(ByteBuffer(bytes: JSONEncoder().encode(body))))
    }

    package func getJSON(_ path: String) async throws -> RawJSON {
        try RawJSON(validating: await send(.GET, path, body: nil), limits: JSONLimits(bytes: .max))
    }

    package func postJSON(_ path: String, _ body: RawJSON) async throws -> RawJSON {
        let reply = try await send(.POST, path, body: .bytes(ByteBuffer(bytes: body.bytes)))
        return try RawJSON(validating: reply, limits: JSONLimits(bytes: .max))
    }

    /// Sends a file as the body.
    package func upload<Reply: Decodable>(_ path: String, file: String, as _: Reply.Type) async throws -> Reply {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CocoaError(.fileReadNoSuchFile, userInfo: [NSFilePathErrorKey: file])
        }
        return try decode(await send(.POST, path, body: .bytes(ByteBuffer(bytes: data))))
    }

    /// Fetches into a new file, at most `limit` bytes.
    package func download(_ path: String, to file: String, limit: Int) async throws {
        let response = try await execute(request(.GET, path, body: nil))
        guard response.status == .ok else {
            throw CenterClientError.refused(Int(response.status.code), "\(path): \(response.status)")
        }
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CocoaError(.fileWriteFileExists, userInfo: [NSFilePathErrorKey: file]) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var size = 0
        for try await part in response.body {
            size += part.readableBytes
            guard size <= limit else {
                throw CenterClientError.refused(200, "\(path) is longer than the \(limit) bytes that were announced")
            }
            try handle.write(contentsOf: Data(part.readableBytesView))
        }
    }

    // MARK: One exchange

    func request(_ method: HTTPMethod, _ path: String, body: HTTPClientRequest.Body?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(base)/\(path)")
        if let socketPath, let url = URL(httpURLWithSocketPath: socketPath, uri: "/" + path) {
            request = HTTPClientRequest(url: url.absoluteString)
        }
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if body != nil { request.headers.add(name: "Content-Type", value: "application/json") }
        request.body = body
        return request
    }

    func execute(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        do {
            return try await client.execute(request, timeout: Self.answerLimit)
        } catch {
            throw CenterClientError.unreachable(Self.describe(error))
        }
    }

    /// What a person can use of an error of the network library.
    static func describe(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { describe($0.error) } ?? "\(error.host) has no address that answers"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            """
            the TLS handshake failed: is this the center's HTTP address (not that of its links), and is it https? Where the center \
            was given a certificate (--certificate), this host's system must trust it
            """
        default: "\(error)"
        }
    }

    private func send(_ method: HTTPMethod, _ path: String, body: HTTPClientRequest.Body?) async throws -> [UInt8] {
        let response = try await execute(request(method, path, body: body))
        let bytes: [UInt8]
        do {
            bytes = Array(buffer: try await response.body.collect(upTo: 64 << 20))
        } catch {
            throw CenterClientError.unreachable("\(error)")
        }
        guard (200..<300).contains(response.status.code) else {
            let refusal = try? JSONDecoder().decode(AdminRefusal.self, from: Data(bytes))
            throw CenterClientError.refused(
                Int(response.status.code), refusal?.error ?? "\(path): \(response.status.code) \(response.status.reasonPhrase)")
        }
        return bytes
    }

    private func decode<Reply: Decodable>(_ bytes: [UInt8]) throws -> Reply {
        try JSONDecoder().decode(Reply.self, from: Data(bytes))
    }
}

/// Why a center did not do what it was asked.
package enum CenterClientError: Error, CustomStringConvertible {
    /// The certificate does not lead to the authority the token names.
    case notTrusted
    case refused(Int, String)
    case unreachable(String)

    package var description: String {
        switch self {
        case .notTrusted: "the center's certificate is not the one the token was made for"
        case .refused(_, let text): text
        case .unreachable(let text): "the center cannot be reached: \(text)"
        }
    }
}
