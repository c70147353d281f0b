import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// Versions on their way to three agents: in waves, taken back by themselves, and through the death of the center.
@Suite(.fewAtOnce) struct StagedRolloutTests {
    @Test func `a version goes from wave to wave, and a bad one goes back by itself`() async throws {
        try await withSite { site in
            try await site.publish("1.1.0")
            try await site.refusals()
            try await site.goesThroughItsWaves("1.1.0", from: "1.0.0")
            try await site.rollsBack(to: "1.0.0")
            try await site.publish("1.2.0")
            try await site.backsOut("1.2.0", to: "1.0.0")
            try await site.isTakenBack("1.1.0", to: "1.0.0")
        }
    }

    private func withSite(_ body: (RolloutSite) async throws -> Void) async throws {
        try await withCenter(keepsPorts: true) { center in
            try await withAgent(of: center, ip: "127.0.0.1") { first in
                try await withAgent(of: center, ip: "127.0.0.2") { second in
                    try await withAgent(of: center, ip: "127.0.0.3") { third in
                        let agents = [first, second, third].sorted { $0.id < $1.id }
                        let site = try RolloutSite(center: center, agents: agents)
                        try await site.begin()
                        try await body(site)
                    }
                }
            }
        }
    }
}

/// A center and three agents in the order of the waves, with an app whose health is a file of the test's.
private struct RolloutSite {
    let center: Center
    let agents: [Agent]
    private let gates: String

    init(center: Center, agents: [Agent]) throws {
        self.center = center
        self.agents = agents
        gates = try center.scratch.makeSharedFolder("gates")
    }

    /// 1.0.0 is online everywhere.
    func begin() async throws {
        try await publish("1.0.0")
        for (number, agent) in agents.enumerated() {
            try agent.write(secrets: #"{"host":"\#(number)"}"#, of: "gated")
            try await center.bind("gated", to: agent, grants: ["read:\(gates)"])
            try await center.waitFor("gated", "1.0.0", onlineOn: agent)
        }
    }

    func publish(_ version: String) async throws {
        let app = try Checkout.fixture(
            "gated", adding: "sandbox: {filesystem: {read: [{path: \"\(gates)\", reason: tests}]}}\n", version: version,
            into: center.scratch)
        try gates.write(toFile: app + "/gates", atomically: false, encoding: .utf8)
        try await center.trust("gated")
        try await center.elves("app", "publish", app, "--key", center.key, "--no-promote").succeeded()
    }

    /// Lets a health function, or a slow call, answer.
    private func open(_ gate: String, saying text: String) throws {
        let aside = try center.scratch.write("gate", Array(text.utf8))
        chmod(aside, 0o644)
        try FileManager.default.moveItem(atPath: aside, toPath: "\(gates)/\(gate)")
    }

    private func status() async throws -> AppStatusView {
        try await center.elves("app", "status", "gated", "--json").succeeded().decode(AppStatusView.self)
    }

    /// The parts that the agents have in the rollout, in the order of the waves.
    private func waitFor(_ states: [String]) async throws -> AppStatusView {
        try await eventually("hosts are \(states)", within: .seconds(60)) {
            let status = try await status()
            let hosts = agents.map { agent in status.hosts.first { $0.agent.text == agent.id }?.state ?? "" }
            return (status, hosts == states)
        }
    }

    private func versions() async throws -> [String?] {
        var versions: [String?] = []
        for agent in agents { versions.append(try await center.call(agent, "gated.version")?.stringValue) }
        return versions
    }

    private func waitForVersions(_ wanted: [String]) async throws {
        try await eventually("agents answer \(wanted)", within: .seconds(30)) {
            let seen = try await versions()
            return (seen, seen == wanted)
        }
    }

    func refusals() async throws {
        for (arguments, code, text) in [
            (["promote", "gated@9.9.9"], 1, "gated 9.9.9 is not published: `elves app list` names what is"),
            (["promote", "gated"], 64, "gated"),
            (["promote", "gated@1.1.0", "--waves", "1,x"], 1, "wave \"x\" is neither a number of hosts nor a part"),
            (["promote", "gated@1.1.0", "--waves", "1", "--max-errors", "101%"], 1, "max_errors \"101%\""),
            (["promote", "gated@1.1.0", "--waves", "1", "--host-limit", "0"], 1, "host_seconds 1 to 86400"),
            (
                ["promote", "gated@1.1.0", "--health", "nosuch"], 1,
                "no function nosuch to ask for health: it has version, health"
            ),
            (["promote", "gated@1.1.0", "--health", "slow"], 1, "slow cannot be asked for health"),
            (["promote", "nosuch@1.0.0"], 1, "nosuch 1.0.0 is not published"),
            (["rollback", "gated"], 1, "nothing was online before"),
            (["status", "nosuch"], 1, "no app nosuch is published"),
        ] {
            let result = try await elves(["app"] + arguments, center.scratch, environment: ["ELVES_DATA": center.data])
            #expect(result.code == Int32(code), "\(arguments): \(result.errors)")
            #expect(result.errors.contains(text), "\(arguments): \(result.errors)")
        }
    }

    func goesThroughItsWaves(_ new: String, from old: String) async throws {
        try await center.elves(
            "app", "promote", "gated@\(new)", "--waves", "1,2,100%", "--health", "health", "--no-wait"
        ).succeeded()
        let again = try await center.elves("app", "promote", "gated@\(new)", "--waves", "1")
        #expect(again.code == 1 && again.errors.contains("a rollout of gated runs"))

        for wave in 0..<3 {
            let states = (0..<3).map { $0 < wave ? "healthy" : $0 == wave ? "checking" : "waiting" }
            let wanted = (0..<3).map { $0 <= wave ? new : old }
            // Hosts that have proved themselves are asked again with each heartbeat, and are then being checked for a moment.
            let status = try await waitFor(states)
            #expect(agents.map { agent in status.hosts.first { $0.agent.text == agent.id }?.wanted?.text } == wanted)
            #expect(status.online.text == old && status.rollout?.state == "running" && status.rollout?.wave == wave + 1)
            #expect(try await versions() == wanted)
            if wave == 1 {
                await center.kill()
                try await center.start()
                // A host that waits for its wave is no part of the states.
                try await eventually("all agents have linked again", within: .seconds(30)) {
                    let agents = try await center.agents()
                    return (agents.map(\.isOnline), agents.allSatisfy(\.isOnline))
                }
                #expect(try await waitFor(states).rollout?.wave == 2, "it goes on where it was")
                #expect(try await versions() == wanted)
            }
            try open("\(new)-\(wave)", saying: "well")
        }
        let end = try await eventually("the rollout ends", within: .seconds(30)) {
            let status = try await status()
            return (status, status.rollout?.state == "finished")
        }
        #expect(end.online.text == new && end.before?.text == old)
        #expect(end.hosts.allSatisfy { $0.wanted?.text == new && $0.online?.text == new && $0.problem == nil })
        #expect(try await versions() == [new, new, new])
    }

    func rollsBack(to old: String) async throws {
        let result = try await center.elves("app", "rollback", "gated").succeeded()

        #expect(result.output == "gated \(old) is online again\n")
        try await waitForVersions([old, old, old])
        #expect(try await status().rollout == nil)
    }

    func backsOut(_ bad: String, to old: String) async throws {
        async let slow = center.call(agents[0], "gated.slow", "gate=slow")
        try await eventually("the slow call runs") {
            let workers = agents[0].workers
            return (workers, workers.contains { $0.name.hasPrefix("python") })
        }
        try open("\(bad)-0", saying: "no disk")

        let result = try await center.elves("app", "promote", "gated@\(bad)", "--waves", "1,100%", "--health", "health")

        #expect(result.code == 1)
        #expect(result.output.hasPrefix("gated \(old) stays online; \(bad) was taken back: 1 hosts failed, 0 may; "))
        #expect(result.output.contains("\(agents[0].id): health: ") && result.output.contains("no disk"), "\(result.output)")
        try await waitForVersions([old, old, old])
        let status = try await status()
        #expect(status.online.text == old && status.rollout?.state == "backed-out" && status.rollout?.errors == 1)
        #expect(
            agents.map { agent in status.hosts.first { $0.agent.text == agent.id }?.state } == ["failed", "waiting", "waiting"])
        try open("slow", saying: "now")
        #expect(try await slow?.stringValue == old, "a call goes on whatever becomes of versions")
    }

    /// An operator does not wait for the end.
    func isTakenBack(_ new: String, to old: String) async throws {
        for wave in 0..<3 { try FileManager.default.removeItem(atPath: "\(gates)/\(new)-\(wave)") }
        try await center.elves("app", "promote", "gated@\(new)", "--health", "health", "--no-wait").succeeded()
        _ = try await waitFor(["checking", "checking", "checking"])

        try await center.elves("app", "rollback", "gated").succeeded()

        try await waitForVersions([old, old, old])
        #expect(try await status().rollout?.reason == "an operator rolled it back")
    }
}
