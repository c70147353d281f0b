import AsyncHTTPClient
import ElvesModel
package import ElvesWebhooks
import Foundation
package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Makes one request to an endpoint, at an address that was checked.
///
/// The host's name is looked up once, and what is dialled is an address that came of it and that the policy lets pass; the
/// certificate has to be the name's. Redirects are not followed, nothing is kept open, and little of the answer is read.
package struct CallbackPost: Sendable {
    /// How long a request may take, from looking the name up to the end of the answer.
    package static let limit = Duration.seconds(15)
    /// What is read of an answer's body, in bytes; what the status says does not depend on it.
    private static let answerLimit = 4 << 10
    /// What of it stands in the record of a failed attempt.
    private static let quoteLimit = 200

    package typealias Resolver = @Sendable (_ host: String) async throws -> [NetworkAddress]

    private let policy: EndpointPolicy
    private let roots: [NIOSSLCertificate]
    private let group: any EventLoopGroup
    private let resolve: Resolver

    /// - Parameter rootsPEM: Certificates to trust beside the system's, in PEM; nil for none.
    /// - Throws: If they cannot be read.
    package init(
        policy: EndpointPolicy, rootsPEM: String? = nil, on group: any EventLoopGroup,
        resolve: @escaping Resolver = CallbackPost.systemResolver
    ) throws {
        self.policy = policy
        roots = try rootsPEM.map { try NIOSSLCertificate.fromPEMBytes(Array($0.utf8)) } ?? []
        self.group = group
        self.resolve = resolve
    }

    /// The refusal of an endpoint as it stands now; nil if it may be called, or has no address at the moment.
    func refusal(of url: EndpointURL) async -> EndpointRefusal? {
        do { try policy.check(url) } catch { return error }
        guard url.address == nil, let addresses = try? await resolve(url.host) else { return nil }
        do { _ = try policy.usable(addresses, for: url) } catch { return error }
        return nil
    }

    /// - Parameters:
    ///   - attempt: From 1. A host with several addresses is tried at another one each time.
    ///   - clocks: For what the answer says of times.
    func send(
        _ body: [UInt8], headers: [(name: String, value: String)], to text: String, attempt: Int, timers: Timers,
        clocks: Clocks
    ) async -> DeliveryAnswer {
        let heard = Heard()
        return await withTaskGroup { group in
            group.addTask {
                do {
                    let url = try EndpointURL(text)
                    let address = try await address(of: url, attempt: attempt)
                    try await exchange(body, headers, url, at: address, clocks) { answer in
                        heard.answer.withLock { $0 = answer }
                    }
                } catch {
                    heard.answer.withLock { $0 = $0 ?? .none(Self.describe(error)) }
                }
            }
            group.addTask {
                let (ends, end) = AsyncStream<Void>.makeStream()
                let cancel = timers.start(Self.limit) { end.finish() }
                for await _ in ends {}
                cancel()
            }
            await group.next()
            // A status that is there counts, even if the rest of the answer is not.
            let answer = heard.answer.withLock { $0 }
            group.cancelAll()
            return answer ?? .none("the endpoint did not answer within \(Self.limit.components.seconds) s")
        }
    }

    private func address(of url: EndpointURL, attempt: Int) async throws -> NetworkAddress {
        if let address = url.address {
            try policy.check(address, for: url)
            return address
        }
        let usable = try policy.usable(try await resolve(url.host), for: url)
        return usable[(attempt - 1) % usable.count]
    }

    private func exchange(
        _ body: [UInt8], _ headers: [(name: String, value: String)], _ url: EndpointURL, at address: NetworkAddress,
        _ clocks: Clocks, _ hear: (DeliveryAnswer) -> Void
    ) async throws {
        let client = HTTPClient(eventLoopGroup: group, configuration: configuration(url, address))
        let result: Result<Void, any Error>
        do {
            var request = HTTPClientRequest(url: "\(url)")
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.headers.add(name: "user-agent", value: "elves/\(ElvesVersion.current)")
            for (name, value) in headers { request.headers.add(name: name, value: value) }
            request.body = .bytes(ByteBuffer(bytes: body))
            let response = try await client.execute(request, deadline: .distantFuture)
            let status = Int(response.status.code)
            let retryAfter = response.headers.first(name: "retry-after").flatMap {
                DeliveryAnswer.retryAfter($0, at: clocks.wall())
            }
            hear(.status(status, retryAfter: retryAfter))
            var read: [UInt8] = []
            for try await part in response.body where read.count < Self.answerLimit {
                read += part.readableBytesView
                if read.count >= Self.answerLimit { break }
            }
            hear(.status(status, retryAfter: retryAfter, text: Self.quote(read)))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        try result.get()
    }

    private func configuration(_ url: EndpointURL, _ address: NetworkAddress) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if !roots.isEmpty { tls.additionalTrustRoots = [.certificates(roots)] }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        // Keeps the name for the certificate and the request, and dials the address.
        if url.address == nil { configuration.dnsOverride = [url.host: "\(address)"] }
        return configuration
    }

    /// The beginning of an answer, in one line: it goes into records and logs.
    private static func quote(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(quoteLimit), as: UTF8.self)
        let line = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) }
        return String(line).trimmingCharacters(in: .whitespaces)
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        case let error as EndpointRefusal: "\(error)"
        case let error as IOError: "the endpoint cannot be reached: \(String(cString: strerror(error.errnoCode)))"
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { describe($0.error) } ?? "\(error.host) has no address that answers"
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            "the TLS handshake failed: the endpoint's certificate must be valid, for its name, and trusted by the center's host"
        case is CancellationError: "the center was stopping"
        default: "the endpoint cannot be reached: \(error)"
        }
    }

    /// Asks the machine's resolver, on a thread of its own.
    ///
    /// - Throws: `LookupFailed`.
    package static let systemResolver: Resolver = { host in
        try await NIOThreadPool.singleton.runIfActive {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_ADDRCONFIG
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, nil, &hints, &list)
            guard code == 0 else { throw LookupFailed(host: host, reason: String(cString: gai_strerror(code))) }
            defer { freeaddrinfo(list) }
            return sequence(first: list, next: { $0?.pointee.ai_next }).compactMap { $0.flatMap { address(of: $0.pointee) } }
        }
    }

    private static func address(of entry: addrinfo) -> NetworkAddress? {
        guard let socket = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            var address = socket.loadUnaligned(as: sockaddr_in.self).sin_addr
            return withUnsafeBytes(of: &address) { NetworkAddress(bytes: Array($0)) }
        case AF_INET6:
            var address = socket.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return withUnsafeBytes(of: &address) { NetworkAddress(bytes: Array($0)) }
        default: return nil
        }
    }
}

/// What an endpoint has said so far.
private final class Heard: Sendable {
    let answer = Mutex<DeliveryAnswer?>(nil)
}

/// A name has no address that could be found.
struct LookupFailed: Error, CustomStringConvertible {
    let host: String
    let reason: String

    var description: String { "\(host) cannot be looked up: \(reason)" }
}
