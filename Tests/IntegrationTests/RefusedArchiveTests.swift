import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// Archives that are not what they should be: each is refused by the name of its cause, and the version before goes on.
@Suite(.fewAtOnce) struct RefusedArchiveTests {
    struct Row: Sendable {
        let name: String
        let cause: String
        var file = "apptest_1.1.0.zip"
        let bend: @Sendable ([UInt8]) -> [UInt8]
    }

    static let rows: [Row] = [
        Row(name: "a bit flipped in a file", cause: "entry \"") { $0.flipped(at: $0.count / 2) },
        Row(name: "a bit flipped in the first header", cause: "entry \"") { $0.flipped(at: 14) },
        Row(name: "cut in half", cause: "not a plain ZIP file") { Array($0.prefix($0.count / 2)) },
        Row(name: "the last byte missing", cause: "not a plain ZIP file") { $0.dropLast() },
        Row(name: "a byte behind the end", cause: "not a plain ZIP file") { $0 + [0] },
        Row(name: "empty", cause: "not a plain ZIP file") { _ in [] },
        Row(name: "no archive", cause: "not a plain ZIP file") { _ in Array("name: apptest\n".utf8) },
        Row(name: "another version's name", cause: "must be named apptest_1.1.0.zip", file: "apptest_1.2.0.zip") { $0 },
        Row(name: "another app's name", cause: "must be named apptest_1.1.0.zip", file: "hostile_1.1.0.zip") { $0 },
        Row(name: "no name of an archive", cause: "apptest.zip", file: "apptest.zip") { $0 },
    ]

    @Test func `a center refuses a bent archive from any client and keeps the version before`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let good = try await packed("1.1.0", center)
            let administrator = try await center.newToken("--admin")
            try center.scratch.makeFolder("bent")
            for row in Self.rows {
                let bent = row.bend(bytes(of: good))
                let file = try center.scratch.write("bent/\(row.file)", bent)

                let local = try await center.elves("app", "publish", file, "--key", center.key)
                #expect(local.code == 1, "\(row.name)")
                #expect(local.errors.contains(row.cause), "\(row.name): \(local.errors)")

                var request = HTTPExchange(target: "/admin/v1/apps?name=\(row.file)")
                request.method = "POST"
                request.headers = [("Authorization", "Bearer \(administrator)")]
                request.body = bent
                let reply = try await request.send(to: center.port)
                #expect(reply.status == 422, "\(row.name)")
                let refusal = try JSONObject(parsing: Array(reply.body.utf8))
                #expect(refusal.keys == ["error"], "\(row.name)")
                #expect(try refusal.string("error")?.contains(row.cause) == true, "\(row.name): \(reply.body)")
            }

            #expect(try await center.apps().first?.versions.map(\.text) == ["1.0.0"])
            #expect(try await center.call(agent, "apptest.version")?.text == #""1.0.0""#)
            let kept = try FileManager.default.contentsOfDirectory(atPath: center.data + "/archives")
            #expect(kept.count == 1)

            try await center.publish(good)
            try await center.waitFor("apptest", "1.1.0", onlineOn: agent)
        }
    }

    @Test(arguments: [("the archive's SHA-256 is", 0), ("bytes", 1)])
    func `an agent refuses an archive that was changed at the center and runs the version before`(
        _ cause: String, _ missing: Int
    ) async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            await agent.kill()
            let published = try await center.publish(try await packed("1.1.0", center))
            let archive = "\(center.data)/archives/\(published.sha256)"
            try Data(bytes(of: archive).flipped(at: 100).dropLast(missing)).write(to: URL(filePath: archive))

            try await agent.start()

            let report = try await center.waitFor("apptest", on: agent, "with a problem") { $0.problem != nil }
            #expect(report?.online?.text == "1.0.0")
            #expect(report?.problem?.contains(cause) == true, "\(report?.problem ?? "")")
            #expect(try await center.call(agent, "apptest.version")?.text == #""1.0.0""#)
        }
    }

    @Test func `nothing is administered over the network without an administrator's token`() async throws {
        try await withCenter { center in
            let join = try await center.newToken()
            for header in [
                [], [("Authorization", "Bearer ")], [("Authorization", "Bearer \(join)")], [("Authorization", join)],
            ] {
                var request = HTTPExchange(target: "/admin/v1/agents")
                request.headers = header
                let reply = try await request.send(to: center.port)
                #expect(reply.status == 401, "\(header)")
                #expect(reply.body.contains("an administrator's token is needed"), "\(header)")
            }
        }
    }

    private func packed(_ version: String, _ center: Center) async throws -> String {
        let folder = try Checkout.copy(Checkout.apptest, version: version, into: center.scratch)
        try await center.elves("app", "pack", folder, "--output", center.scratch.path).succeeded()
        return center.scratch.file("apptest_\(version).zip")
    }
}

extension [UInt8] {
    /// The same bytes with one bit of one of them changed.
    fileprivate func flipped(at index: Int) -> [UInt8] {
        var copy = self
        copy[index] ^= 0x10
        return copy
    }
}
