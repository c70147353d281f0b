import ElvesJSON
import ElvesTestSupport
import Testing

/// Workers that attack their host, one function of Tests/Fixtures/apps/hostile per row of its manual.md.
@Suite(.fewAtOnce) struct HostileWorkerTests {
    struct Row: Sendable {
        let function: String
        /// Nil where the function's answer counts.
        let reasons: [String?]
        /// In the answer's text.
        var text = ""
        /// In the agent's log.
        var log = ""
        /// Whether the worker that had the call must be gone afterwards.
        var isKilled = true
    }

    static let rows: [Row] = [
        Row(function: "garbage", reasons: ["protocol"]),
        Row(function: "duplicate_keys", reasons: ["protocol"]),
        Row(function: "two_results", reasons: [nil], text: "first", log: "a call it does not have"),
        Row(function: "wrong_id", reasons: ["protocol"]),
        Row(function: "unknown_type", reasons: ["protocol"], log: "next_task"),
        Row(function: "huge_line", reasons: ["output-limit"]),
        Row(function: "flood_stderr", reasons: ["output-limit"]),
        Row(function: "flood_protocol", reasons: ["output-limit"]),
        Row(function: "fork_and_stay", reasons: [nil], text: "stay-", isKilled: false),
        Row(function: "fork_bomb", reasons: [nil], text: "refused", isKilled: false),
        Row(function: "sleep", reasons: ["timeout"]),
        Row(function: "exit_middle", reasons: ["exited"], text: "code 3"),
        Row(function: "exit_zero", reasons: ["no-result"]),
        Row(function: "segfault", reasons: ["crashed"], text: "signal 11"),
        Row(function: "close_stdout", reasons: ["protocol"]),
    ]

    @Test func `whatever a worker does, its call ends with the reason and the next call works`() async throws {
        try await withHost([Checkout.hostile]) { center, agent in
            #expect(try await center.call(agent, "hostile.ok")?.text == #""ok""#)
            for row in Self.rows {
                let before = agent.family
                let result = try await center.elves("run", agent.ip, "hostile.\(row.function)", "--json", limit: .seconds(20))
                let answer = try result.object()
                let reason = try answer.string("reason")
                #expect(row.reasons.contains(reason), "\(row.function): \(result.output)")
                #expect(try answer.bool("flag") == (reason == nil), "\(row.function)")
                #expect(result.code == (reason == nil ? 0 : 1), "\(row.function)")
                let said = answer.raw("result")?.text ?? ""
                #expect(row.text.isEmpty || said.contains(row.text), "\(row.function): \(said)")

                let next = try await center.elves("run", agent.ip, "hostile.ok", "--json", limit: .seconds(20))
                #expect(next.output == #"{"flag":true,"result":"ok","reason":null}"# + "\n", "\(row.function)")
                if row.isKilled {
                    try await eventually("the worker that had \(row.function) is gone", within: .seconds(5)) {
                        let left = ProcessTable().remaining(of: before)
                        return (left, left.isEmpty)
                    }
                }
                let log = agent.process?.errors ?? ""
                #expect(row.log.isEmpty || log.contains(row.log), "\(row.function)")
            }

            #expect(center.process?.isRunning == true && agent.process?.isRunning == true)
            try await center.elves("app", "unbind", "hostile", agent.ip).succeeded()
            try await eventually("no process of a worker is left") {
                let left = "\(agent.family) \(ProcessTable().contains(marker: "stay-") ? "and a marker" : "")"
                return (left, left == "[] ")
            }
        }
    }

    @Test func `floods do not grow the agent`() async throws {
        try await withHost([Checkout.hostile]) { center, agent in
            #expect(try await center.call(agent, "hostile.ok")?.text == #""ok""#)
            let id = try #require(agent.process?.id)
            let before = ProcessTable.memory(of: id)

            for _ in 0..<3 {
                for function in ["huge_line", "flood_stderr", "flood_protocol"] {
                    let result = try await center.elves("run", agent.ip, "hostile.\(function)", "--json")
                    #expect(try result.object().string("reason") == "output-limit", "\(function): \(result.output)")
                }
            }

            // A sanitizer holds freed memory back on purpose.
            let limit = Checkout.isSanitized ? 1 << 30 : 64 << 20
            #expect(before > 0)
            #expect(ProcessTable.memory(of: id) - before < limit)
            #expect((agent.process?.errors.utf8.count ?? 0) < 1 << 20)
        }
    }

    @Test func `an attack harms no call of another app`() async throws {
        try await withHost([Checkout.hostile, Checkout.apptest]) { center, agent in
            async let slow = center.call(agent, "apptest.slow", "seconds=3")
            for function in ["fork_bomb", "flood_stderr", "garbage", "segfault"] {
                _ = try await center.elves("run", agent.ip, "hostile.\(function)")
                #expect(try await center.call(agent, "apptest.helloword", "my=\(function)")?.stringValue == function)
            }
            #expect(try await slow?.text == #"{"version":"1.0.0","seconds":3}"#)
        }
    }
}
