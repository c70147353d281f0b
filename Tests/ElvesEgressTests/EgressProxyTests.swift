import ElvesEgress
import ElvesModel
import ElvesTestSupport
import Foundation
import Logging
import NIOCore
import NIOPosix
import Testing

@Suite struct EgressProxyTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let log = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

    @Test func `a granted place is reached, in both directions and in pieces`() async throws {
        let server = try await EchoServer.start(on: loop)
        let place = "127.0.0.1:\(server.port)"

        try await withProxy(.network([Grant(.network, "127.0.0.1:*")])) { path in
            let answer = try await exchange(path, "CONNECT \(place) HTTP/1.1\r\nhost: x\r\n\r\nfirst", until: "first")
            #expect(answer == "HTTP/1.1 200 Connected\r\n\r\nfirst")
        }
        try await server.stop()
    }

    @Test func `a pattern is no leave to reach the agent's own host`() async throws {
        let server = try await EchoServer.start(on: loop)
        let place = "localhost:\(server.port)"

        try await withProxy(.network([Grant(.network, "*:\(server.port)")])) { path in
            let answer = try await exchange(path, "CONNECT \(place) HTTP/1.1\r\n\r\nx", until: "must name it")
            #expect(answer.hasPrefix("HTTP/1.1 403 "), "\(answer)")
        }
        try await withProxy(.network([Grant(.network, "localhost:*")])) { path in
            let answer = try await exchange(path, "CONNECT \(place) HTTP/1.1\r\n\r\nhello", until: "hello")
            #expect(answer.hasSuffix("hello"))
        }
        try await server.stop()
    }

    @Test(arguments: [
        ("CONNECT example.com:80 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 ", "example.com:80 was not granted"),
        ("CONNECT 127.0.0.1:9 HTTP/1.1\r\n\r\n", "HTTP/1.1 403 ", "127.0.0.1:9 was not granted"),
        ("CONNECT *:80 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "CONNECT HOST:PORT"),
        ("CONNECT example.com HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "CONNECT HOST:PORT"),
        ("GET http://granted.test:80/ HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ", "CONNECT HOST:PORT"),
        ("CONNECT granted.test:80 SPDY/3\r\n\r\n", "HTTP/1.1 400 ", "CONNECT HOST:PORT"),
        ("\r\n\r\n", "HTTP/1.1 400 ", "CONNECT HOST:PORT"),
        (String(repeating: "x", count: 9000), "HTTP/1.1 431 ", "too long"),
    ])
    func `what is not granted is refused with its reason`(request: String, status: String, reason: String) async throws {
        try await withProxy(.network([Grant(.network, "granted.test:80")])) { path in
            let answer = try await exchange(path, request, until: reason)
            #expect(answer.hasPrefix(status), "\(answer)")
            #expect(answer.contains(reason), "\(answer)")
        }
    }

    @Test func `a place that cannot be reached is said to be so`() async throws {
        // Bound and never listened on: nobody is there, and nobody else can come.
        let port = try ReservedPort()
        let place = "127.0.0.1:\(port.number)"
        try await withProxy(.network([Grant(.network, place)])) { path in
            let answer = try await exchange(path, "CONNECT \(place) HTTP/1.1\r\n\r\n", until: "cannot be reached")
            #expect(answer.hasPrefix("HTTP/1.1 502 "), "\(answer)")
            withExtendedLifetime(port) {}
        }
    }

    @Test func `a prepared answer stands in the place of a server`() async throws {
        let answers = ["a.test:80": PreparedAnswer(status: 404, headers: ["x-a": "b"], body: "none")]

        try await withProxy(.prepared(answers)) { path in
            let answer = try await exchange(
                path, "CONNECT a.test:80 HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nhost: a.test\r\n\r\n", until: "none")
            #expect(answer.hasPrefix("HTTP/1.1 200 Connected\r\n\r\nHTTP/1.1 404 "))
            #expect(answer.contains("\r\nx-a: b\r\n"))
            #expect(try await exchange(path, "CONNECT b.test:80 HTTP/1.1\r\n\r\n", until: "b.test:80").contains(" 403 "))
        }
    }

    @Test func `a path that no socket address holds is refused`() async throws {
        let path = "/tmp/" + String(repeating: "x", count: 100)
        await #expect(throws: EgressError.pathTooLong(path)) {
            try await EgressProxy.listen(at: path, reach: .prepared([:]), on: loop, log: log)
        }
    }

    private func withProxy(_ reach: EgressProxy.Reach, _ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.path + "/ee-\(UUID().uuidString.prefix(8))"
        let proxy = try await EgressProxy.listen(at: path, reach: reach, on: loop, log: log)
        let result: Result<Void, any Error>
        do { result = .success(try await body(path)) } catch { result = .failure(error) }
        proxy.close()
        #expect(!FileManager.default.fileExists(atPath: path))
        try result.get()
    }

    /// Sends a text and returns all that comes until `end` has come, or the connection ends.
    private func exchange(_ path: String, _ text: String, until end: String) async throws -> String {
        let channel = try await ClientBootstrap(group: loop).connect(unixDomainSocketPath: path) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var received = ""
            for try await part in inbound {
                received += String(buffer: part)
                if received.contains(end) { break }
            }
            return received
        }
    }
}

/// Sends back what it gets.
private struct EchoServer {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    static func start(on loop: any EventLoop) async throws -> EchoServer {
        let channel = try await ServerBootstrap(group: loop)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(EchoHandler()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return EchoServer(channel: channel)
    }

    func stop() async throws { try await channel.close().get() }
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(data, promise: nil) }
}
