import ElvesJSON
import ElvesTestSupport
import Testing

/// A new version of an app comes online under running calls.
@Suite(.fewAtOnce) struct HotLoadTests {
    @Test func `a new version takes new calls while a call of the old one ends on the old one`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            _ = try await center.call(agent, "apptest.version")
            let ours = [center.process?.id, agent.process?.id]
            let seconds = Checkout.isSanitized ? 40 : 4
            async let slow = center.call(agent, "apptest.slow", "seconds=\(seconds)")
            let old = try await eventually("the slow call runs") {
                (agent.family, !agent.workers.isEmpty)
            }

            try await center.publish(Checkout.copy(Checkout.apptest, version: "1.1.0", into: center.scratch))
            try await center.waitFor("apptest", "1.1.0", onlineOn: agent)
            for _ in 0..<5 {
                #expect(try await center.call(agent, "apptest.version")?.text == #""1.1.0""#)
            }
            let stillRuns = !ProcessTable().remaining(of: old).isEmpty

            #expect(stillRuns, "the slow call was to take longer than the publish")
            #expect(try await slow?.text == #"{"version":"1.0.0","seconds":\#(seconds)}"#)
            #expect([center.process?.id, agent.process?.id] == ours)
            #expect(center.process?.isRunning == true && agent.process?.isRunning == true)
            try await eventually("the workers of the old version are gone") {
                let left = ProcessTable().remaining(of: old)
                return (left, left.isEmpty)
            }
            #expect(!agent.workers.isEmpty)
        }
    }

    @Test func `no call fails while versions change`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let key = try await center.newKey(for: "apptest")
            let call = SignedRequest("rt/exec", ["app": "apptest", "func": "version", "ip": agent.ip], key: key)
            let port = center.port
            let end = ContinuousClock.now + .seconds(60)
            let answers = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var answers: [String] = []
                        while answers.last?.contains(#""worker_message":"1.3.0""#) != true {
                            guard ContinuousClock.now < end else { return answers }
                            answers.append(try await call.send(to: port).body)
                        }
                        return answers
                    }
                }
                for version in ["1.1.0", "1.2.0", "1.3.0"] {
                    try await center.publish(Checkout.copy(Checkout.apptest, version: version, into: center.scratch))
                    try await center.waitFor("apptest", version, onlineOn: agent)
                }
                return try await group.reduce(into: [[String]]()) { $0.append($1) }
            }

            for answer in answers.joined() { #expect(answer.contains(#""worker_flag":1,"#), "\(answer)") }
            for caller in answers {
                #expect(caller.last?.contains(#""worker_message":"1.3.0""#) == true)
                let versions = caller.compactMap { $0.firstMatch(of: /"worker_message":"([0-9.]+)"/)?.1 }
                #expect(versions == versions.sorted(), "a version came back after a later one had answered")
            }
        }
    }
}
