import ElvesModel
import ElvesProtocol
import ElvesStore
import Testing

/// The cases every store must pass: the outcomes of tasks.
@Suite struct TaskRecordConformanceTests {
    @Test(arguments: StoreBackend.available)
    func `an outcome is kept byte for byte`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let records = [
                try task("A"), try task("B", flag: .failed, result: "null", reason: .badParameter),
                try task("C", flag: .error, result: #""\u0000 \ud83d\ude00""#, reason: .timeout, version: nil),
                try task("D", result: "[" + String(repeating: #""x","#, count: 100_000) + "1]"),
                try task("E", result: String(repeating: "[", count: 62) + String(repeating: "]", count: 62)),
            ]
            try await store.record(records)

            for record in records { #expect(try await store.task(record.report.task) == record) }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `recording nothing does nothing`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.record([])
            #expect(try await store.recentTasks(limit: 10) == [])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `the tasks recorded last come newest first, no more than asked for`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.record(try [3, 1, 4, 2].map { try task("T\($0)", endedAt: seconds($0)) })
            try await store.record([task("B", flag: .error, reason: .timeout, version: nil), task("A")])
            try await store.record([task("old", endedAt: seconds(-100))])
            // A late report brings its task no further forward.
            try await store.record([task("B")])

            #expect(
                try await store.recentTasks(limit: 10).map(\.report.task.text) == ["old", "A", "B", "T2", "T4", "T1", "T3"])
            #expect(try await store.recentTasks(limit: 2).map(\.report.task.text) == ["old", "A"])
            #expect(try await store.recentTasks(limit: 0) == [])
        }
    }

    @Test(arguments: StoreBackend.available, [Reason.agentLost, .timeout])
    func `the agent's report after the center's verdict is kept beside it`(on backend: StoreBackend, reason: Reason)
        async throws
    {
        try await backend.withEmptyStore { store in
            let verdict = try task("A", flag: .error, result: #""given up""#, reason: reason, version: nil)
            let late = try task("A", endedAt: seconds(60))
            try await store.record([verdict])
            try await store.record([late])

            let kept = TaskRecord(agent: verdict.agent, report: verdict.report, lateReport: late.report)
            #expect(try await store.task(TaskID("A")) == kept)
            #expect(try await store.recentTasks(limit: 10) == [kept])

            // The agent sends it again, since the acknowledgement was lost; and nothing else replaces it.
            try await store.record([late, task("A", result: "2")])
            #expect(try await store.task(TaskID("A")) == kept)
        }
    }

    @Test(arguments: StoreBackend.available)
    func `verdict and report in one breath are kept as if one came after the other`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let verdict = try task("A", flag: .error, reason: .timeout, version: nil)
            let late = try task("A")
            try await store.record([verdict, late, late])

            #expect(
                try await store.task(TaskID("A"))
                    == TaskRecord(agent: verdict.agent, report: verdict.report, lateReport: late.report))
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a verdict again is no late report`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let verdict = try task("A", flag: .error, reason: .timeout, version: nil)
            try await store.record([verdict])
            try await store.record([verdict])

            #expect(try await store.task(TaskID("A")) == verdict)
        }
    }

    @Test(arguments: StoreBackend.available)
    func `an agent's own report stands, whatever comes after it`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let firsts = [
                try task("A"), try task("B", flag: .error, reason: .timeout),
                try task("C", flag: .error, reason: .crashed, version: nil),
                try task("D", flag: .error, reason: .notInstalled, version: nil),
            ]
            try await store.record(firsts)
            for first in firsts {
                let id = first.report.task
                try await store.record([
                    task(id.text, result: "2"), task(id.text, flag: .error, reason: .agentLost, version: nil),
                ])
                #expect(try await store.task(id) == first)
            }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `another agent's report on a task is no late report`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let verdict = try task("A", flag: .error, reason: .agentLost, version: nil)
            try await store.record([verdict])
            try await store.record([task("A", by: "agent-2", result: #""forged""#)])

            #expect(try await store.task(TaskID("A")) == verdict)
        }
    }
}
