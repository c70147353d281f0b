import NIOCore

/// One end of a relayed connection: what comes in here goes out there. An end reads only while the other one can write, so that
/// a slow reader holds up its writer and not the agent's memory.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var other: RelayHandler?
    private var context: ChannelHandlerContext?
    private var isReadPending = false

    static func pair() -> (RelayHandler, RelayHandler) {
        let (one, two) = (RelayHandler(), RelayHandler())
        one.other = two
        two.other = one
        return (one, two)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        other = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        other?.context?.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { other?.context?.flush() }

    func channelInactive(context: ChannelHandlerContext) { other?.close(.all) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed = event as? ChannelEvent {
            other?.close(.output)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { other?.readIfPending() }
    }

    func read(context: ChannelHandlerContext) {
        guard let there = other?.context, there.channel.isWritable else {
            isReadPending = true
            return
        }
        context.read()
    }

    /// Closes this end once everything is written that was handed to it before.
    private func close(_ mode: CloseMode) {
        guard let context else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            bound.value.close(mode: mode, promise: nil)
        }
    }

    private func readIfPending() {
        guard isReadPending else { return }
        isReadPending = false
        context?.read()
    }
}

/// Answers every request on a connection with what a test has prepared.
final class PreparedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answer: PreparedAnswer
    private var received: [UInt8] = []

    init(_ answer: PreparedAnswer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        guard received.firstRange(of: Array("\r\n\r\n".utf8)) != nil else { return }
        context.writeAndFlush(wrapOutboundOut(answer.bytes), promise: nil)
        context.close(promise: nil)
    }
}
