import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Synchronization
import Testing

/// A center that is killed and started again, in the middle of publishes and calls.
@Suite(.fewAtOnce) struct CenterCrashTests {
    @Test func `what a center has acknowledged it knows after it was killed`() async throws {
        try await withHost([Checkout.apptest], keepsPorts: true) { center, agent in
            let key = try await center.newKey(for: "apptest")
            let request = SignedRequest(
                "rt/exec",
                ["app": "apptest", "func": "slow", "ip": agent.ip, "param": #"{"seconds":0.02}"#, "timeout": "5"], key: key)
            let callers = Callers(request, port: center.port, limit: .seconds(10))
            let published = Published()
            for round in 1...Soak.rounds(4) {
                let answersBefore = callers.answered.count
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await published.publish(round, to: center) }
                    defer { published.end(round) }
                    try await callers.run(4) {
                        try await eventually("publishes and calls are answered", within: .seconds(30)) {
                            let seen = (published.count(of: round), callers.answered.count - answersBefore)
                            return (seen, seen.0 >= 2 && seen.1 >= 20)
                        }
                        published.end(round)
                        await center.kill()
                    }
                    let start = ContinuousClock.now
                    try await center.start()
                    #expect(ContinuousClock.now - start < .seconds(10))
                    try await group.waitForAll()
                }

                try await expectTrusted(center)
                let listed = Set(try await center.apps().flatMap { app in app.versions.map { "\(app.app) \($0)" } })
                #expect(listed.isSuperset(of: published.all))
                try await eventually("the agent has linked again", within: .seconds(30)) {
                    let agents = try await center.agents()
                    return (agents.map(\.isOnline), agents.first?.isOnline == true)
                }
                try await expectRecorded(callers.answered, at: center)
            }

            #expect(agent.process?.isRunning == true)
            #expect(try await center.call(agent, "apptest.helloword", "my=after")?.stringValue == "after")
            for answer in callers.all.compactMap(\.answer) where answer.task == nil {
                #expect(answer.error == "[410.0]Send Job To Agent Fail")
            }
            for answer in callers.answered {
                #expect(answer.flag == 1 && answer.message.hasSuffix(#","seconds":0.02}"#), "\(answer)")
            }
        }
    }
}

/// Updates a client that trusts the first root and has followed the center from round to round.
private func expectTrusted(_ center: Center) async throws {
    let folder = center.scratch.file("client")
    if !FileManager.default.fileExists(atPath: folder) {
        try await elves(
            ["tuf-client", "--metadata-dir", folder, "init", center.repository + "/1.root.json"], center.scratch
        ).succeeded()
    }
    try await elves(
        [
            "tuf-client", "--metadata-dir", folder, "--metadata-url", "\(center.addresses.http)/repository/metadata",
            "refresh",
        ], center.scratch
    ).succeeded()
}

/// The versions that a center said it has.
private final class Published: Sendable {
    private let versions = Mutex<[String]>([])
    /// The last round that has ended.
    private let ended = Atomic(0)

    var all: [String] { versions.withLock { $0 } }
    func count(of round: Int) -> Int { all.count { $0.hasPrefix("apptest 1.\(round).") } }

    /// Publishes version after version, until the round ends.
    func publish(_ round: Int, to center: Center) async throws {
        var number = 0
        while ended.load(ordering: .relaxed) < round {
            let version = "1.\(round).\(number)"
            let app = try Checkout.copy(Checkout.apptest, version: version, into: center.scratch)
            let result = try await center.elves("app", "publish", app, "--key", center.key)
            if result.code == 0 { versions.withLock { $0.append("apptest \(version)") } }
            number += 1
        }
    }

    func end(_ round: Int) { ended.store(round, ordering: .relaxed) }
}
