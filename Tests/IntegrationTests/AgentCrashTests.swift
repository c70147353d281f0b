import ElvesProtocol
import ElvesTestSupport
import Testing

/// An agent that is killed and comes back, again and again, under load.
@Suite(.fewAtOnce) struct AgentCrashTests {
    @Test func `every call has one final answer, which is also on record, however often its agent dies`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let key = try await center.newKey(for: "apptest")
            let request = SignedRequest(
                "rt/exec",
                ["app": "apptest", "func": "slow", "ip": agent.ip, "param": #"{"seconds":0.05}"#, "timeout": "5"], key: key)
            let callers = Callers(request, port: center.port, limit: .seconds(10))

            try await callers.run(8) {
                for round in 1...Soak.rounds(3) {
                    try await callers.waitUntil(answered: 75 * round)
                    let family = agent.family
                    #expect(!family.isEmpty)
                    await agent.kill()
                    try await eventually("the workers of a killed agent are gone", within: .seconds(2)) {
                        let left = ProcessTable().remaining(of: family).union(agent.workers)
                        return (left, left.isEmpty)
                    }
                    try await agent.start()
                }
                try await callers.waitUntil(answered: Soak.rounds(300))
            }

            for call in callers.all {
                #expect(call.answer != nil)
                #expect(call.took < .seconds(10))
            }
            for answer in callers.all.compactMap(\.answer) where answer.task == nil {
                #expect(answer.error == "[410.0]Send Job To Agent Fail")
            }
            let answers = callers.answered
            #expect(Set(answers.map(\.task)).count == answers.count)
            #expect(answers.contains { $0.flag == -1 }, "no call was running when its agent was killed")
            for answer in answers where answer.flag != -1 {
                #expect(answer.message == #"{"version":"1.0.0","seconds":0.05}"#)
            }
            try await expectRecorded(answers, at: center)
        }
    }
}

/// Checks that every answer is on record with what the caller was told, as soon as all are.
func expectRecorded(_ answers: [V2Answer], at center: Center) async throws {
    let records = try await eventually("all \(answers.count) answered tasks are on record") {
        let records = try await center.tasks()
        return (records, answers.allSatisfy { records[$0.task ?? ""] != nil })
    }
    for answer in answers {
        let record = try #require(records[answer.task ?? ""])
        #expect(answer.agrees(with: record), "\(answer) is recorded as \(record.report)")
    }
    for answer in [answers.first, answers.last].compactMap(\.self) {
        let shown = try #require(try await center.task(answer.task ?? ""))
        #expect(answer.agrees(with: shown), "\(answer)")
    }
}
