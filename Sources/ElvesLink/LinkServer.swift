import ElvesProtocol
package import NIOCore
import NIOPosix
package import NIOSSL
import Synchronization

enum LinkLimits {
    static let frame = LinkProtocol.frameLimit
}

/// The center's end of the agents' links.
package struct LinkServer: Sendable {
    private let channel: any Channel

    /// - Parameters:
    ///   - port: 0 takes any free one.
    ///   - silenceLimit: A link on which nothing comes for so long is closed.
    ///   - identify: The agent's id in its certificate.
    package static func bind(
        host: String, port: Int, context: NIOSSLContext, silenceLimit: Duration, group: any EventLoopGroup,
        identify: @escaping @Sendable (NIOSSLCertificate) -> String?, events: LinkEvents
    ) async throws -> LinkServer {
        let counter = Counter()
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLServerHandler(context: context))
                    let handler = LinkHandler(
                        number: counter.next(), events: events, silenceLimit: silenceLimit, identify: identify)
                    try addLinkHandlers(to: pipeline, handler, silenceLimit: silenceLimit)
                }
            }
            .bind(host: host, port: port).get()
        return LinkServer(channel: channel)
    }

    package var port: Int { channel.localAddress?.port ?? 0 }

    /// Takes no further links; those that are up stay.
    package func stop() async { try? await channel.close() }
}

private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
}
