import ElvesJSON
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// How the long-running processes start, stay apart and end.
@Suite(.fewAtOnce) struct ProcessLifeTests {
    @Test func `a center and an agent say once that they are ready and keep standard output for that`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            _ = try await center.call(agent, "apptest.version")

            let centerLine = try onlyLine(of: #require(center.process))
            #expect(centerLine.keys == ["http", "link"])
            #expect(try centerLine.string("http") == center.addresses.http)
            let agentLine = try onlyLine(of: #require(agent.process))
            #expect(agentLine.keys == ["agent", "ip"])
            #expect(try agentLine.string("ip") == "127.0.0.1")
        }
    }

    @Test func `a dev session answers a signed call with what its one line says`() async throws {
        try await withDev([Checkout.apptest, Checkout.hostile], ScratchFolder()) { dev in
            let line = try onlyLine(of: dev.process)
            #expect(line.keys == ["http", "auth_id", "auth_key", "agent", "agent_ip"])
            let call = SignedRequest("rt/exec", ["app": "apptest", "func": "version", "ip": dev.ip], key: dev.key)

            let reply = try await call.send(to: dev.port)

            #expect(reply.body.contains(#""worker_flag":1,"worker_message":"1.0.0""#))
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a center and an agent end within ten seconds of being told to`(_ signal: Int32) async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            _ = try await center.call(agent, "apptest.version")
            let family = agent.family

            agent.process?.send(signal)
            #expect(try await agent.process?.end(within: .seconds(10)) == .exited(0))
            center.process?.send(signal)
            #expect(try await center.process?.end(within: .seconds(10)) == .exited(0))

            try await expectGone(family)
        }
    }

    @Test func `an agent told to end does not wait for a long call and leaves no worker`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await center.call(agent, "apptest.slow", "seconds=20") }
                try await eventually("a worker runs") { (agent.workers, !agent.workers.isEmpty) }
                let family = agent.family

                agent.process?.send(SIGTERM)

                #expect(try await agent.process?.end(within: .seconds(10)) == .exited(0))
                try await expectGone(family)
                await center.kill()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a center told to end answers the calls it has or lets them go within ten seconds`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Longer than the center has.
                group.addTask { _ = try? await center.call(agent, "apptest.slow", "seconds=20") }
                try await eventually("a worker runs") { (agent.workers, !agent.workers.isEmpty) }

                center.process?.send(SIGTERM)

                #expect(try await center.process?.end(within: .seconds(10)) == .exited(0))
                try await group.waitForAll()
            }
        }
    }

    @Test func `a dev session ends within ten seconds of being told to and removes its folder`() async throws {
        let scratch = try ScratchFolder()
        try await withDev([Checkout.apptest], scratch) { dev in
            let call = SignedRequest("rt/exec", ["app": "apptest", "func": "version", "ip": dev.ip], key: dev.key)
            _ = try await call.send(to: dev.port)
            let family = ProcessTable().descendants(of: dev.process.id)

            dev.process.send(SIGTERM)

            #expect(try await dev.process.end(within: .seconds(10)) == .exited(0))
            try await expectGone(family)
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.file("tmp")) == [])
        }
    }

    @Test func `a dev session told to end in the middle of a call ends within ten seconds`() async throws {
        let scratch = try ScratchFolder()
        try await withDev([Checkout.apptest], scratch) { dev in
            let call = SignedRequest(
                "rt/exec", ["app": "apptest", "func": "slow", "ip": dev.ip, "param": #"{"seconds":20}"#], key: dev.key)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try? await call.send(to: dev.port, within: .seconds(15)) }
                try await eventually("a worker runs") {
                    let workers = ProcessTable().sandboxed(below: scratch.file("tmp"))
                    return (workers, !workers.isEmpty)
                }

                dev.process.send(SIGTERM)

                #expect(try await dev.process.end(within: .seconds(10)) == .exited(0))
                try await group.waitForAll()
            }
        }
    }

    @Test func `two agents or two centers do not share data`() async throws {
        try await withHost([]) { center, agent in
            let second = try await elves(["agent", "run", "--data", agent.data], center.scratch)
            #expect(second.code == 78)
            #expect(second.errors.contains("another agent runs on \(agent.data)"))

            let other = try await elves(
                ["center", "--data", center.data, "--http", "127.0.0.1:0", "--link", "127.0.0.1:0"], center.scratch)
            #expect(other.code == 78)
            #expect(other.errors.contains("another center runs on \(center.data)"))
            #expect(try await center.agents().first?.isOnline == true)
        }
    }

    @Test func `an agent that restarts while its center is away keeps its apps`() async throws {
        try await withHost([Checkout.apptest], keepsPorts: true) { center, agent in
            await center.kill()
            await agent.kill()
            // What the agent does not have by now it cannot get any more.
            try FileManager.default.removeItem(atPath: center.data + "/archives")

            let restarted = try agent.launch()
            try await eventually("the agent finds no center") {
                (restarted.process.errors, restarted.process.errors.contains("center not reached"))
            }
            try await center.start()
            _ = try await restarted.ready()

            #expect(try await center.call(agent, "apptest.version")?.text == #""1.0.0""#)
        }
    }

    /// Waits as long as a worker may outlive its agent.
    private func expectGone(_ family: Set<ProcessEntry>) async throws {
        #expect(!family.isEmpty)
        try await eventually("the workers are gone", within: .seconds(2)) {
            let left = ProcessTable().remaining(of: family)
            return (left, left.isEmpty)
        }
    }

    private func onlyLine(of process: SpawnedProcess) throws -> JSONObject {
        let output = process.output
        #expect(output.hasSuffix("\n"))
        #expect(output.count { $0 == "\n" } == 1)
        return try JSONObject(parsing: Array(output.utf8))
    }
}
