import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// Archives on their way from center to agent.
@Suite(.fewAtOnce) struct DownloadTests {
    @Test func `a download goes on where it broke off, also after a restart`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            await agent.kill()
            let published = try await center.publish(Checkout.copy(Checkout.apptest, version: "1.1.0", into: center.scratch))
            let archive = "\(center.data)/archives/\(published.sha256)"
            var bytes = try Data(contentsOf: URL(filePath: archive))
            let half = bytes.count / 2
            try bytes.prefix(half).write(to: URL(filePath: "\(agent.data)/downloads/\(published.sha256)"))
            // The center's own first half is no good any more: only who needs it not gets the whole.
            bytes[10] ^= 1
            try bytes.write(to: URL(filePath: archive))

            try await agent.start()

            try await center.waitFor("apptest", "1.1.0", onlineOn: agent)
            #expect(try FileManager.default.contentsOfDirectory(atPath: agent.data + "/downloads") == [])
        }
    }

    @Test func `a beginning that is none is thrown away`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            await agent.kill()
            let published = try await center.publish(Checkout.copy(Checkout.apptest, version: "1.1.0", into: center.scratch))
            let downloads = "\(agent.data)/downloads"
            try Data(repeating: 7, count: 100).write(to: URL(filePath: "\(downloads)/\(published.sha256)"))
            try Data("nobody's".utf8).write(to: URL(filePath: "\(downloads)/old"))

            try await agent.start()

            try await center.waitFor("apptest", "1.1.0", onlineOn: agent)
            #expect(try FileManager.default.contentsOfDirectory(atPath: downloads) == [])
        }
    }

    @Test func `a center serves parts of an archive`() async throws {
        try await withCenter { center in
            let published = try await center.publish(Checkout.apptest)
            let size = try Data(contentsOf: URL(filePath: "\(center.data)/archives/\(published.sha256)")).count
            func ask(_ range: String?) async throws -> HTTPReply {
                var request = HTTPExchange(target: "/repository/archives/\(published.sha256)")
                request.headers = range.map { [("Range", $0)] } ?? []
                return try await request.send(to: center.port)
            }
            for (range, status, content) in [
                (nil, 200, nil), ("bytes=0-", 206, "bytes 0-\(size - 1)/\(size)"),
                ("bytes=100-", 206, "bytes 100-\(size - 1)/\(size)"), ("bytes=5-9", 206, "bytes 5-9/\(size)"),
                ("bytes=5-999999999", 206, "bytes 5-\(size - 1)/\(size)"), ("bytes=\(size)-", 416, "bytes */\(size)"),
                ("bytes=9-5", 200, nil), ("bytes=-5", 200, nil), ("bytes=1-2,4-5", 200, nil), ("lines=1-2", 200, nil),
                ("bytes=99999999999999999999-", 200, nil),
            ] as [(String?, Int, String?)] {
                let reply = try await ask(range)
                #expect(reply.status == status, "\(range ?? "")")
                #expect(reply.headers["content-range"] == content, "\(range ?? "")")
            }
            #expect(try await ask("bytes=0-3").headers["content-length"] == "4")
        }
    }
}
