import ElvesJSON
import ElvesTestSupport
import Foundation
import Synchronization
import Testing

/// Stored tasks while center and agent are killed, again and again: what was acknowledged ends once, and starts at most once.
@Suite(.fewAtOnce) struct StoredTaskCrashTests {
    @Test func `no acknowledged task is lost, none starts twice, each has one outcome`() async throws {
        try await withHost([], keepsPorts: true) { center, agent in
            let folder = try center.scratch.makeSharedFolder("marks")
            let app = try Checkout.fixture(
                "marker", adding: "sandbox: {filesystem: {write: [{path: \"\(folder)\", reason: tests}]}}\n",
                into: center.scratch)
            try await center.publish(app)
            try await center.bind("marker", to: agent, grants: ["write:\(folder)"])
            try await center.waitFor("marker", "1.0.0", onlineOn: agent)
            let submitters = Submitters(
                key: try await center.newKey(for: "marker"), ip: agent.ip, file: folder + "/marks", port: center.port)

            try await submitters.run(4) {
                for round in 1...Soak.rounds(3) {
                    try await submitters.waitUntil(acknowledged: 120 * round - 60)
                    await agent.kill()
                    try await agent.start()
                    try await submitters.waitUntil(acknowledged: 120 * round)
                    await center.kill()
                    try await center.start()
                }
            }

            let acknowledged = submitters.acknowledged
            var outcomes: [String: (flag: Int64, message: String)] = [:]
            for (mark, queue) in acknowledged {
                outcomes[mark] = try await eventually("the task of \(mark) has ended", within: .seconds(60)) {
                    let outcome = try await submitters.outcome(of: queue)
                    return (outcome, outcome != nil)
                }
            }
            let marks = try String(contentsOfFile: folder + "/marks", encoding: .utf8).split(separator: "\n").map(String.init)
            let starts = Dictionary(marks.map { ($0, 1) }, uniquingKeysWith: +)

            #expect(acknowledged.count >= Soak.rounds(3) * 120)
            #expect(starts.filter { $0.value > 1 } == [:], "a function that may not be started twice was")
            for (mark, outcome) in outcomes {
                if outcome.flag == 1 {
                    #expect(outcome.message == mark && starts[mark] == 1, "\(mark): \(outcome.message)")
                } else {
                    #expect(outcome.flag == -1, "\(mark): \(outcome.message)")
                }
            }
            // What an agent had taken on when it was killed, and no more: as many as it may have at once.
            let failures = outcomes.values.filter { $0.flag != 1 }
            #expect(failures.count <= 64 * Soak.rounds(3), "\(Set(failures.map(\.message)))")
        }
    }
}

/// Clients that submit one task after the other, and remember what was acknowledged.
private final class Submitters: Sendable {
    private let key: APIKey
    private let ip: String
    private let file: String
    private let port: Int
    private let state = Mutex<(last: Int, queues: [String: String])>((0, [:]))
    private let mayEnd = Atomic(false)

    init(key: APIKey, ip: String, file: String, port: Int) {
        self.key = key
        self.ip = ip
        self.file = file
        self.port = port
    }

    /// The queue of each mark whose submission was acknowledged.
    var acknowledged: [String: String] { state.withLock { $0.queues } }

    func waitUntil(acknowledged count: Int) async throws {
        try await eventually("\(count) tasks are acknowledged", within: .seconds(60)) {
            let now = acknowledged.count
            return (now, now >= count)
        }
    }

    func run(_ count: Int, while body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { while !self.mayEnd.load(ordering: .relaxed) { try await self.submitOne() } }
            }
            defer { mayEnd.store(true, ordering: .relaxed) }
            try await body()
            mayEnd.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
    }

    /// How the only task of a queue has ended; nil if it has not.
    func outcome(of queue: String) async throws -> (flag: Int64, message: String)? {
        let reply = try await SignedRequest("queue/result", ["queue_id": queue], key: key).send(to: port)
        let result = try #require(try self.result(reply))
        let task = try JSONObject(try #require(result.entries.first).value)
        guard try task.string("status") == "finish" else { return nil }
        return (try task.require("worker_flag", task.integer("worker_flag")), try task.string("worker_message") ?? "")
    }

    private func result(_ reply: HTTPReply) throws -> JSONObject? {
        try JSONObject(parsing: Array(reply.body.utf8)).raw("result").map { try JSONObject($0) }
    }

    private func submitOne() async throws {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        let request = SignedRequest(
            "queue/qksqueue",
            [
                "app": "marker", "func": "mark", "ip": ip, "timeout": "5",
                "param": #"{"file":"\#(file)","mark":"m\#(number)"}"#,
            ], key: key)
        // Without an answer nobody knows whether the task is there: nothing was acknowledged.
        guard let reply = try? await request.send(to: port, within: .seconds(10)),
            let queue = try result(reply)?.string("id")
        else { return }
        state.withLock { $0.queues["m\(number)"] = queue }
    }
}
