import ElvesProtocol
package import NIOCore
import NIOPosix
package import NIOSSL

/// An agent's end of its link.
package enum LinkClient {
    /// Dials once. Everything that happens afterwards, a refused certificate included, comes through `events`.
    ///
    /// - Parameter number: The number of the connection, in the caller's count.
    /// - Returns: What succeeds when the connection is closed, even if it never opened.
    /// - Throws: Why no connection could be made.
    package static func connect(
        host: String, port: Int, context: NIOSSLContext, number: Int, silenceLimit: Duration, on loop: any EventLoop,
        events: LinkEvents
    ) async throws -> EventLoopFuture<Void> {
        let channel = try await ClientBootstrap(group: loop)
            .connectTimeout(.seconds(10))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: LinkProtocol.serverName))
                    let handler = LinkHandler(number: number, events: events, silenceLimit: silenceLimit, identify: nil)
                    try addLinkHandlers(to: pipeline, handler, silenceLimit: silenceLimit)
                }
            }
            .connect(host: host, port: port).get()
        return channel.closeFuture
    }
}
