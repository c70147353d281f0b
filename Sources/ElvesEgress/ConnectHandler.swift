import ElvesModel
import Logging
import NIOCore
import NIOPosix

/// Reads one CONNECT request, and then is in nobody's way: the connection belongs to the two ends.
final class ConnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// A request line and a few headers; nothing in them counts but the line.
    private static let headLimit = 8 << 10
    private static let connectLimit = TimeAmount.seconds(10)

    private let reach: EgressProxy.Reach
    private let log: Logger
    private let asked: @Sendable (String) -> Void
    private var received = ByteBuffer()
    private var isRefused = false
    private var isConnecting = false
    private var isInputClosed = false
    private var headTimer: Scheduled<Void>?
    /// How long a worker may take to say where it wants to go.
    private static let headTime = TimeAmount.seconds(60)
    /// How long it may take to read why it was refused.
    private static let partingTime = TimeAmount.seconds(1)

    init(reach: EgressProxy.Reach, log: Logger, asked: @escaping @Sendable (String) -> Void) {
        self.reach = reach
        self.asked = asked
        self.log = log
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        headTimer = context.eventLoop.scheduleTask(in: Self.headTime) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { headTimer?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if isRefused, case .inputClosed = event as? ChannelEvent { return context.close(promise: nil) }
        // Told to the other end once there is one.
        if case .inputClosed = event as? ChannelEvent { isInputClosed = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isRefused { return }
        received.writeImmutableBuffer(unwrapInboundIn(data))
        guard !isConnecting else { return }
        guard let head = takeHead() else {
            if received.readableBytes > Self.headLimit { refuse(context, 431, "the request is too long") }
            return
        }
        isConnecting = true
        headTimer?.cancel()
        // What else it writes waits in the kernel until there is somebody to take it.
        _ = context.channel.setOption(.autoRead, value: false)
        let words = head.split(separator: "\r\n", maxSplits: 1).first?.split(separator: " ") ?? []
        guard words.count == 3, words[0] == "CONNECT", words[2].hasPrefix("HTTP/1."),
            let request = try? Grant(.network, words[1].lowercased()), !request.target.contains("*")
        else { return refuse(context, 400, "CONNECT HOST:PORT HTTP/1.1 is expected") }
        connect(context, to: request)
    }

    /// The text up to the empty line, once that is there.
    private func takeHead() -> String? {
        let bytes = received.readableBytesView
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        return received.readString(length: bytes.distance(from: bytes.startIndex, to: end.upperBound))
    }

    private func connect(_ context: ChannelHandlerContext, to request: Grant) {
        asked(request.target)
        switch reach {
        case .prepared(let answers):
            guard let answer = answers[request.target] else {
                return refuse(context, 403, "no answer is prepared for \(request.target)")
            }
            write(context, "HTTP/1.1 200 Connected\r\n\r\n")
            replace(context, by: PreparedHandler(answer))
        case .network(let grants):
            guard grants.contains(where: { $0.covers(request) }) else {
                return refuse(context, 403, "\(request.target) was not granted")
            }
            let host = request.target[..<(request.target.lastIndex(of: ":") ?? request.target.endIndex)]
            open(context, request.target, isNamed: grants.contains { [request.target, "\(host):*"].contains($0.target) })
        }
    }

    /// - Parameter isNamed: Whether a grant names the host itself, and not only a pattern that it falls under.
    private func open(_ context: ChannelHandlerContext, _ target: String, isNamed: Bool) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let colon = target.lastIndex(of: ":") ?? target.endIndex
        ClientBootstrap(group: context.eventLoop)
            .connectTimeout(Self.connectLimit)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .connect(host: String(target[..<colon]), port: Int(target[colon...].dropFirst()) ?? 0)
            .whenComplete { result in
                let (handler, context) = bound.value
                switch result {
                case .success(let channel) where !isNamed && channel.remoteAddress?.isOfThisHost != false:
                    // Whoever owns a name chooses its address: a pattern is no leave to reach the agent's own host.
                    channel.close(promise: nil)
                    handler.refuse(context, 403, "\(target) is an address of this host: a grant must name it")
                case .success(let channel): handler.opened(context, channel, target)
                case .failure(let error): handler.refuse(context, 502, "\(target) cannot be reached: \(error)")
                }
            }
    }

    private func opened(_ context: ChannelHandlerContext, _ channel: any Channel, _ target: String) {
        guard context.channel.isActive else { return channel.close(promise: nil) }
        log.info("network connection", metadata: ["to": "\(target)"])
        write(context, "HTTP/1.1 200 Connected\r\n\r\n")
        let ends = RelayHandler.pair()
        do {
            try channel.pipeline.syncOperations.addHandler(ends.0)
            replace(context, by: ends.1)
            channel.setOption(.autoRead, value: true).whenSuccess { channel.read() }
        } catch {
            channel.close(promise: nil)
            context.close(promise: nil)
        }
    }

    /// Hands what has come after the request to the next handler, and goes.
    private func replace(_ context: ChannelHandlerContext, by handler: any ChannelHandler) {
        do {
            try context.pipeline.syncOperations.addHandler(handler, position: .after(self))
            if received.readableBytes > 0 {
                context.fireChannelRead(wrapInboundOut(received))
                // The read that brought it is long over, and without an end of its own nobody would pass it on.
                context.fireChannelReadComplete()
            }
            if isInputClosed { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
            _ = context.channel.setOption(.autoRead, value: true)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } catch { context.close(promise: nil) }
    }

    /// Reads on for a moment: closed with something unread, the connection would break before its end has the answer.
    private func refuse(_ context: ChannelHandlerContext, _ status: Int, _ reason: String) {
        isConnecting = true
        isRefused = true
        received.clear()
        log.warning("network connection refused", metadata: ["reason": "\(reason)"])
        write(context, "HTTP/1.1 \(status) Refused\r\ncontent-length: \(reason.utf8.count)\r\n\r\n\(reason)")
        context.close(mode: .output, promise: nil)
        headTimer?.cancel()
        let channel = context.channel
        headTimer = context.eventLoop.scheduleTask(in: Self.partingTime) { channel.close(promise: nil) }
        if isInputClosed { return context.close(promise: nil) }
        _ = channel.setOption(.autoRead, value: true)
    }

    private func write(_ context: ChannelHandlerContext, _ text: String) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }
}

extension SocketAddress {
    /// Whether it leads to the host itself or its neighbours on the wire: loopback, link-local, unspecified.
    fileprivate var isOfThisHost: Bool {
        guard let text = ipAddress?.lowercased() else { return true }
        let address = text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
        return ["127.", "169.254.", "0."].contains { address.hasPrefix($0) } || address == "::1" || address == "::"
            || address.hasPrefix("fe8") || address.hasPrefix("fe9") || address.hasPrefix("fea") || address.hasPrefix("feb")
    }
}
