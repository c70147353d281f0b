import ElvesWebhooks
import NIOCore
import NIOHTTP1
import NIOPosix

/// An endpoint on loopback that answers as the test says.
final class Receiver: Sendable {
    struct Request: Sendable {
        let path: String
        let headers: HTTPHeaders
        let body: [UInt8]

        var id: String { headers.first(name: "webhook-id") ?? "" }
    }

    enum Answer: Sendable {
        case status(Int, headers: [(String, String)] = [], body: String = "")
        /// Nothing at all.
        case silence
        /// A status, and a body that does not end.
        case endless(Int)
        /// A status and a longer body than is announced to anybody.
        case flood(Int, bytes: Int)
    }

    let requests: AsyncStream<Request>
    let port: Int
    private let channel: any Channel

    init(_ answer: @escaping @Sendable (Request) -> Answer) async throws {
        let (requests, received) = AsyncStream<Request>.makeStream()
        self.requests = requests
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(ReceiverHandler(answer, received))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async { try? await channel.close() }
}

private final class ReceiverHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (Receiver.Request) -> Receiver.Answer
    private let received: AsyncStream<Receiver.Request>.Continuation
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(
        _ answer: @escaping @Sendable (Receiver.Request) -> Receiver.Answer,
        _ received: AsyncStream<Receiver.Request>.Continuation
    ) {
        self.answer = answer
        self.received = received
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body) = (head, [])
        case .body(let part): body += part.readableBytesView
        case .end:
            guard let head else { return }
            let request = Receiver.Request(path: head.uri, headers: head.headers, body: body)
            respond(context, answer(request))
            received.yield(request)
        }
    }

    private func respond(_ context: ChannelHandlerContext, _ answer: Receiver.Answer) {
        switch answer {
        case .silence: break
        case .status(let status, let headers, let body):
            write(context, status, headers + [("content-length", "\(body.utf8.count)")], body)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .endless(let status): write(context, status, [("content-length", "100000")], "a beginning")
        case .flood(let status, let bytes):
            write(context, status, [("content-length", "\(bytes)")], String(repeating: "y", count: bytes))
        }
    }

    private func write(_ context: ChannelHandlerContext, _ status: Int, _ headers: [(String, String)], _ body: String) {
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: HTTPHeaders(headers))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
    }
}
