package import ElvesModel
import Foundation
package import Logging
package import NIOCore
import NIOPosix
import Synchronization

/// The one way out of a sandbox: a local socket that speaks HTTP CONNECT and connects to granted places only.
///
/// A worker has no network of its own; its view holds this socket, and the agent is the one that looks names up and connects.
/// Every connection and every refusal is a line in the log.
package final class EgressProxy: Sendable {
    /// What a CONNECT leads to.
    package enum Reach: Sendable {
        /// The network, as far as one of these covers `HOST:PORT`.
        case network([Grant])
        /// Prepared answers, by `HOST:PORT`: for tests of apps, which must not depend on a network.
        case prepared([String: PreparedAnswer])
    }

    /// The path of the socket, readable and writable for everybody who sees it.
    package let path: String
    private let channel: any Channel

    private init(path: String, channel: any Channel) {
        self.path = path
        self.channel = channel
    }

    /// Listens until `close`.
    ///
    /// - Parameters:
    ///   - path: Not taken yet, at most 100 bytes.
    ///   - asked: Told each place that a worker asks for, as `HOST:PORT`, whatever comes of it.
    /// - Throws: `EgressError`.
    package static func listen(
        at path: String, reach: Reach, on loop: any EventLoop, log: Logger,
        asked: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws(EgressError) -> EgressProxy {
        // The address of a local socket holds 108 bytes.
        guard path.utf8.count <= 100 else { throw .pathTooLong(path) }
        let places = Places()
        do {
            let channel = try await ServerBootstrap(group: loop)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard places.take() else {
                            log.warning("network connection refused: \(EgressError.tooManyConnections)")
                            throw EgressError.tooManyConnections
                        }
                        channel.closeFuture.whenComplete { _ in places.giveBack() }
                        try channel.pipeline.syncOperations.addHandler(ConnectHandler(reach: reach, log: log, asked: asked))
                    }
                }
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            // Workers have other ids than the agent.
            guard chmod(path, 0o666) == 0 else { throw EgressError.cannotListen(path, "its mode cannot be set") }
            return EgressProxy(path: path, channel: channel)
        } catch let error as EgressError {
            throw error
        } catch {
            throw .cannotListen(path, "\(error)")
        }
    }

    /// Takes no further connection and removes the socket; those that are open go on until their ends close them.
    package func close() {
        channel.close(promise: nil)
        unlink(path)
    }
}

/// Why there is no proxy, or no connection.
package enum EgressError: Error, Equatable, CustomStringConvertible {
    case pathTooLong(String)
    case tooManyConnections
    case cannotListen(String, String)

    package var description: String {
        switch self {
        case .pathTooLong(let path):
            "the socket \(path) has a longer path than the 100 bytes that are possible: choose a shorter --data"
        case .tooManyConnections: "an app has more than \(Places.limit) connections open: close some"
        case .cannotListen(let path, let reason): "no socket for workers at \(path): \(reason)"
        }
    }
}

/// The connections that one app may have open at a time.
private final class Places: Sendable {
    static let limit = 128
    private let taken = Mutex(0)

    func take() -> Bool {
        taken.withLock { taken in
            guard taken < Self.limit else { return false }
            taken += 1
            return true
        }
    }

    func giveBack() { taken.withLock { $0 -= 1 } }
}

/// What a test has prepared in the place of a server: one plain HTTP answer for every request.
package struct PreparedAnswer: Sendable, Equatable {
    package let status: Int
    package let headers: [String: String]
    package let body: String

    package init(status: Int = 200, headers: [String: String] = [:], body: String = "") {
        self.status = status
        self.headers = headers
        self.body = body
    }

    var bytes: ByteBuffer {
        var head = "HTTP/1.1 \(status) Prepared\r\ncontent-length: \(body.utf8.count)\r\nconnection: close\r\n"
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        return ByteBuffer(string: head + "\r\n" + body)
    }
}
