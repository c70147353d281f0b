import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// One end of one link. May be used from any thread; what is sent from one thread arrives in that order.
package struct LinkConnection: Sendable {
    /// Counts the connections of this process: a later one has a higher number.
    package let number: Int
    /// What the other end's certificate says it is; nil for the center.
    package let peer: String?
    let channel: any Channel

    package func send(_ frame: [UInt8]) { channel.writeAndFlush(frame, promise: nil) }

    /// Sends several frames with one write to the network.
    package func send(_ frames: [[UInt8]]) {
        for frame in frames.dropLast() { channel.write(frame, promise: nil) }
        if let last = frames.last { send(last) }
    }

    /// Runs `body` on the link's event loop, after what is queued there.
    package func onLoop(_ body: @escaping @Sendable () -> Void) { channel.eventLoop.execute(body) }

    package func close() { channel.close(promise: nil) }
}

/// What happens on a link. Called on the link's event loop, in order, and must return at once.
package struct LinkEvents: Sendable {
    /// The TLS handshake is done as far as this end can see.
    package let opened: @Sendable (LinkConnection) -> Void
    package let received: @Sendable (LinkConnection, [UInt8]) -> Void
    /// Comes exactly once for every `opened`. `error` is nil if the other end closed in peace.
    package let closed: @Sendable (LinkConnection, (any Error)?) -> Void

    package init(
        opened: @escaping @Sendable (LinkConnection) -> Void,
        received: @escaping @Sendable (LinkConnection, [UInt8]) -> Void,
        closed: @escaping @Sendable (LinkConnection, (any Error)?) -> Void
    ) {
        self.opened = opened
        self.received = received
        self.closed = closed
    }
}

/// Turns what happens on a channel into `LinkEvents`.
final class LinkHandler: ChannelInboundHandler {
    typealias InboundIn = [UInt8]

    private let number: Int
    private let events: LinkEvents
    private let silenceLimit: Duration
    /// The agent's id in the peer's certificate; asked for on the center's end.
    private let identify: (@Sendable (NIOSSLCertificate) -> String?)?
    private var connection: LinkConnection?
    private var failure: (any Error)?

    init(
        number: Int, events: LinkEvents, silenceLimit: Duration,
        identify: (@Sendable (NIOSSLCertificate) -> String?)?
    ) {
        self.number = number
        self.events = events
        self.silenceLimit = silenceLimit
        self.identify = identify
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted:
            var peer: String?
            if let identify {
                let certificate = try? context.pipeline.syncOperations.nioSSL_peerCertificate()
                peer = certificate.flatMap(identify)
                guard peer != nil else { return fail(context, LinkError.noIdentity) }
            }
            let connection = LinkConnection(number: number, peer: peer, channel: context.channel)
            self.connection = connection
            events.opened(connection)
        case is IdleStateHandler.IdleStateEvent:
            fail(context, LinkError.silent(silenceLimit))
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let connection else { return }
        events.received(connection, unwrapInboundIn(data))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(context, error) }

    func channelInactive(context: ChannelHandlerContext) {
        if let connection { events.closed(connection, failure) }
        connection = nil
    }

    private func fail(_ context: ChannelHandlerContext, _ error: any Error) {
        if failure == nil { failure = error }
        context.close(promise: nil)
    }
}

/// The handlers above TLS, the same at both ends.
func addLinkHandlers(to pipeline: ChannelPipeline.SynchronousOperations, _ handler: LinkHandler, silenceLimit: Duration) throws
{
    try pipeline.addHandler(IdleStateHandler(readTimeout: TimeAmount(silenceLimit)))
    try pipeline.addHandler(ByteToMessageHandler(FrameDecoder(limit: LinkLimits.frame)))
    try pipeline.addHandler(MessageToByteHandler(FrameEncoder()))
    try pipeline.addHandler(handler)
}
