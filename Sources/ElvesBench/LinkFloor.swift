import ElvesLink
import ElvesModel
import ElvesProtocol
import Foundation
import NIOCore
import NIOPosix

/// The floor of the link: frames of an order's size, echoed over the same TLS link between two event loops.
struct LinkFloor {
    func measure(_ count: Int) async throws -> Latencies {
        let authority = try CertificateAuthority(name: "bench", now: Date())
        let (certificate, key) = try authority.issueServer(names: [LinkProtocol.serverName], now: Date())
        let agentKey = AgentKey()
        let agentCertificate = try authority.issueAgent(
            AgentID("bench"), requestPEM: agentKey.certificateRequestPEM(), now: Date())
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let server = try await LinkServer.bind(
            host: "127.0.0.1", port: 0,
            context: LinkTLS.server(
                certificatePEM: certificate, keyPEM: key, authorityPEM: authority.certificatePEM),
            silenceLimit: .seconds(60), group: group, identify: AgentKey.agentID,
            events: LinkEvents(opened: { _ in }, received: { $0.send($1) }, closed: { _, _ in }))
        let (echoes, echoed) = AsyncStream<Void>.makeStream()
        let (connections, connected) = AsyncStream<LinkConnection>.makeStream()
        _ = try await LinkClient.connect(
            host: "127.0.0.1", port: server.port,
            context: LinkTLS.client(
                certificatePEM: agentCertificate, keyPEM: agentKey.pem, authorityPEM: authority.certificatePEM),
            number: 1, silenceLimit: .seconds(60), on: group.next(),
            events: LinkEvents(
                opened: { connected.yield($0) }, received: { _, _ in echoed.yield() },
                closed: { _, _ in echoed.finish() }))
        var links = connections.makeAsyncIterator()
        guard let link = await links.next() else { throw BenchError("the link did not come up") }
        let frame = [UInt8](repeating: 0x78, count: 250)
        var answers = echoes.makeAsyncIterator()
        for _ in 0..<min(count, 200) {
            link.send(frame)
            _ = await answers.next()
        }
        var times: [Int64] = []
        let clock = ContinuousClock()
        let start = clock.now
        for _ in 0..<count {
            let before = clock.now
            link.send(frame)
            _ = await answers.next()
            times.append((clock.now - before).nanoseconds)
        }
        let wall = clock.now - start
        link.close()
        await server.stop()
        try await group.shutdownGracefully()
        return Latencies(times, wall: wall)
    }
}
