import NIOCore

/// Cuts what a worker writes into lines, and never holds more than one line and its limit.
final class LineHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let limit: Int
    private let received: ([UInt8]) -> Void
    private let tooLong: () -> Void
    /// Everything the worker has written so far was handed over.
    private let settled: () -> Void
    private let closed: () -> Void
    private var partial: [UInt8] = []
    private var isOverLimit = false

    init(
        limit: Int, received: @escaping ([UInt8]) -> Void, tooLong: @escaping () -> Void,
        settled: @escaping () -> Void, closed: @escaping () -> Void
    ) {
        self.limit = limit
        self.received = received
        self.tooLong = tooLong
        self.settled = settled
        self.closed = closed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard !isOverLimit else { return }
        buffer.withUnsafeReadableBytes { bytes in
            var rest = bytes[...]
            while let end = rest.firstIndex(of: 0x0A) {
                if partial.isEmpty {
                    received(Array(rest[..<end]))
                } else {
                    partial += rest[..<end]
                    received(partial)
                    partial.removeAll(keepingCapacity: true)
                }
                rest = rest[(end + 1)...]
            }
            partial += rest
        }
        if partial.count > limit {
            isOverLimit = true
            partial = []
            tooLong()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) { settled() }

    func channelInactive(context: ChannelHandlerContext) { closed() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Hands on what comes, as it comes.
final class BytesHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let received: (ByteBuffer) -> Void
    private let closed: () -> Void

    init(received: @escaping (ByteBuffer) -> Void, closed: @escaping () -> Void) {
        self.received = received
        self.closed = closed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }
    func channelInactive(context: ChannelHandlerContext) { closed() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
