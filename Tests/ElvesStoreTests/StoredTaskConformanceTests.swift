import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
import Testing

/// The cases every store must pass: tasks that have not ended, and queues.
@Suite struct StoredTaskConformanceTests {
    private func spec(_ id: String, queue: String? = nil, after: [TaskDependency] = []) throws -> TaskSpec {
        TaskSpec(
            id: TaskID(id), trace: TraceID("X"), origin: queue.map { .queue(QueueID($0)) } ?? .submission,
            agent: AgentID("agent-1"), app: try AppName("hello"), function: "greet", param: .null, timeout: .seconds(5),
            callsProcessor: true, after: after, retry: try RetryRule(attempts: 3, pause: .seconds(2)),
            offline: OfflineRule(patience: .seconds(9), skips: true), admittedAt: seconds(1))
    }

    @Test(arguments: StoreBackend.available)
    func `a task that has not ended is kept as it stands, until it has`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let wanted = try spec("A")
            try await store.apply([.admitted(TaskLife(wanted, state: .ready(from: nil)), number: 4)])
            for state in [TaskLife.State.ready(from: seconds(7)), .sent(at: seconds(8)), .blocked, .open] {
                let life = TaskLife(wanted, state: state, attempt: 2)
                try await store.apply([.moved(life)])
                #expect(try await store.unendedTask(TaskID("A")) == life)
                let all = try await store.unendedTasks().tasks
                #expect(all.map(\.life) == [life] && all.map(\.number) == [4])
            }
            let report = try task("A").report
            try await store.apply([.ended(TaskOutcome(spec: wanted, report: report, sentAt: seconds(8)))])

            #expect(try await store.unendedTask(TaskID("A")) == nil)
            #expect(
                try await store.task(TaskID("A"))
                    == TaskRecord(agent: wanted.agent, report: report, spec: wanted, sentAt: seconds(8)))
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a queue is found with all its tasks, ended or not, and no other`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            var life = QueueLife(id: QueueID("Q"), app: try AppName("hello"), createdAt: seconds(1), concurrency: 3)
            let first = try spec("A", queue: "Q")
            let second = TaskLife(try spec("B", queue: "Q", after: [TaskDependency(TaskID("A"))]), state: .blocked)
            try await store.apply([
                .queue(life), .admitted(TaskLife(first, state: .ready(from: nil)), number: 1), .admitted(second, number: 2),
                .admitted(TaskLife(try spec("other"), state: .ready(from: nil)), number: 3),
            ])
            life.state = .running
            let report = try task("A").report
            try await store.apply([.queue(life), .ended(TaskOutcome(spec: first, report: report, sentAt: nil))])

            let record = try #require(try await store.queue(QueueID("Q")))
            #expect(record.life == life && record.unended == [second] && record.ended.map(\.report) == [report])
            #expect(try await store.queue(QueueID("other")) == nil)
            #expect(try await store.unendedTasks().queues == [life])
            life.state = .finished
            try await store.apply([.queue(life)])
            #expect(try await store.unendedTasks().queues == [])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `changes are made all or none`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let life = TaskLife(try spec("A"), state: .blocked)
            try await store.apply([.admitted(life, number: 1)])
            await #expect(throws: StoreError.self) {
                try await store.apply([
                    .admitted(TaskLife(try spec("B"), state: .blocked), number: 2), .admitted(life, number: 3),
                ])
            }
            #expect(try await store.unendedTask(TaskID("B")) == nil)
        }
    }
}
