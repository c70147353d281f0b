import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// A file of an installed version that is changed on the host.
@Suite(.fewAtOnce) struct QuarantineTests {
    @Test func `a version that is changed while it is online is found, kept, told and replaced`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            await agent.kill()
            try await agent.start("--verify-every", "1")
            _ = try await center.call(agent, "apptest.version")
            let workers = agent.workers
            #expect(!workers.isEmpty)

            try change(agent)

            let report = try await center.waitFor("apptest", on: agent, "quarantined and back") {
                $0.quarantine != nil && $0.online != nil && $0.problem == nil
            }
            #expect(report?.quarantine?.version.text == "1.0.0")
            #expect(report?.quarantine?.finding.contains("was found changed on this host") == true)
            try await eventually("the workers of the changed version are gone") {
                let left = ProcessTable().remaining(of: workers)
                return (left, left.isEmpty)
            }
            #expect(try await center.call(agent, "apptest.version")?.text == #""1.0.0""#)
            let kept = try FileManager.default.contentsOfDirectory(atPath: "\(agent.data)/store/quarantine")
            #expect(kept.count == 1 && kept[0].hasPrefix("apptest_1.0.0_"))
            #expect(center.process?.errors.contains("version quarantined") == true)
        }
    }

    @Test func `a version that cannot be replaced answers its calls with quarantined`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            try removeArchives(of: center)
            await agent.kill()
            try change(agent)

            // Found before a worker starts.
            try await agent.start()

            let report = try await center.waitFor("apptest", on: agent, "with a problem") { $0.problem != nil }
            #expect(report?.online == nil)
            let answer = try await center.elves("run", agent.ip, "apptest.version")
            #expect(answer.code == 1)
            #expect((answer.errors + answer.output).contains("quarantined"), "\(answer)")
            #expect(agent.workers.isEmpty)
        }
    }

    /// Adds a line to a source file of the installed version, as nobody should.
    private func change(_ agent: Agent) throws {
        let app = "\(agent.data)/store/apps/apptest"
        let version = try #require(FileManager.default.contentsOfDirectory(atPath: app).first)
        let manifest = try String(contentsOfFile: "\(app)/\(version)/files/app.yaml", encoding: .utf8)
        let entry = try #require(manifest.firstMatch(of: /entry: *([^\n]+)/)?.1)
        let file = "\(app)/\(version)/files/\(entry)"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        let handle = try #require(FileHandle(forWritingAtPath: file))
        defer { try? handle.close() }
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("# changed\n".utf8))
    }

    private func removeArchives(of center: Center) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: center.data + "/archives") {
            try FileManager.default.removeItem(atPath: "\(center.data)/archives/\(name)")
        }
    }
}
