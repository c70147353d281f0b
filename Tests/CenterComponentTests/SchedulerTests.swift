import CenterScheduler
import ElvesBus
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
import Logging
import ServiceLifecycle
import Testing

/// The scheduler on a bus, with the test as callers and link.
@Suite struct SchedulerTests {
    private let bus = InMemoryBus()
    private let clock = HandClock()
    private let timers = HandTimers()
    private let ids = CountedIDs()
    private let agent = AgentID("agent-1")
    private let trace = TraceID("trace")
    /// What the link was told to send.
    private let orders: AsyncStream<SendRun>
    private let acknowledgements: AsyncStream<SendAcknowledgement>

    init() {
        let (orders, order) = AsyncStream<SendRun>.makeStream()
        let (acknowledgements, acknowledge) = AsyncStream<SendAcknowledgement>.makeStream()
        (self.orders, self.acknowledgements) = (orders, acknowledgements)
        bus.receive(SendRun.self) { message, _ in order.yield(message) }
        bus.receive(SendAcknowledgement.self) { message, _ in acknowledge.yield(message) }
    }

    @Test func `a task for an agent that is not there is unreachable`() async throws {
        try await running { _ in
            guard case .unreachable(let task) = try await run() else { return #expect(Bool(false), "not unreachable") }

            #expect(task.text.count == 16)
            #expect(timers.delays.isEmpty)
        }
    }

    @Test func `a task is sent over the agent's link, and its report is the caller's answer`() async throws {
        try await running { store in
            link(session: 7)
            async let reply = run(timeout: .seconds(5))
            let sent = try #require(await orders.first())

            #expect(sent.session == 7 && sent.order.function == "greet" && sent.order.param.text == "[1]")
            #expect(sent.order.trace == trace && sent.order.timeout == .seconds(5))
            #expect(timers.delays == [.seconds(7)])
            let report = try report(sent.order.task)
            bus.cast(TaskReported(agent: agent, session: 7, report: report), trace: trace)

            guard case .reported(let answer) = try await reply else { return #expect(Bool(false), "not reported") }
            #expect(answer == report)
            let acknowledged = try #require(await acknowledgements.first())
            #expect(acknowledged.session == 7 && acknowledged.task == sent.order.task)
            #expect(store.batches.flatMap { $0 }.map(\.report) == [report])
        }
    }

    @Test func `a caller hears when the time is up, and a late report is recorded too`() async throws {
        try await running { store in
            link(session: 1)
            async let reply = run()
            let task = try #require(await orders.first()).order.task
            clock.move(bySeconds: 9)
            timers.fireAll()

            guard case .reported(let verdict) = try await reply else { return #expect(Bool(false), "not reported") }
            #expect(verdict.reason == .timeout && verdict.receivedAt == noon && verdict.costMilliseconds == 9000)

            let late = try report(task)
            bus.cast(TaskReported(agent: agent, session: 1, report: late), trace: trace)
            #expect(await acknowledgements.first()?.task == task)
            #expect(store.batches.flatMap { $0 }.map(\.report) == [verdict, late])
        }
    }

    @Test func `a caller hears that the agent came back without the task`() async throws {
        try await running { _ in
            link(session: 1)
            async let reply = run()
            _ = await orders.first()
            bus.cast(AgentUnlinked(agent: agent, session: 1), trace: trace)
            link(session: 2)

            guard case .reported(let verdict) = try await reply else { return #expect(Bool(false), "not reported") }
            #expect(verdict.reason == .agentLost)
        }
    }

    @Test func `a task the agent still holds survives a lost link`() async throws {
        try await running { _ in
            link(session: 1)
            async let reply = run()
            let task = try #require(await orders.first()).order.task
            bus.cast(AgentUnlinked(agent: agent, session: 1), trace: trace)
            link(session: 2, holding: [AttemptID(task)])
            bus.cast(TaskReported(agent: agent, session: 2, report: try report(task)), trace: trace)

            guard case .reported(let answer) = try await reply else { return #expect(Bool(false), "not reported") }
            #expect(answer.result == .string("done"))
            #expect(await acknowledgements.first()?.session == 2)
        }
    }

    @Test func `100 callers at the same time hear each their own answer`() async throws {
        try await running { store in
            link(session: 1)
            try await withThrowingTaskGroup { group in
                for number in 0..<100 {
                    group.addTask {
                        guard case .reported(let answer) = try await run(param: .integer(number)) else { return false }
                        return answer.result == .string("\(number)")
                    }
                }
                var sent: [SendRun] = []
                for await order in orders {
                    sent.append(order)
                    if sent.count == 100 { break }
                }
                for order in sent.shuffled() {
                    let report = try report(order.order.task, result: order.order.param.text)
                    bus.cast(TaskReported(agent: agent, session: 1, report: report), trace: trace)
                }
                for try await isOwn in group { #expect(isOwn) }
            }
            var acknowledged: Set<TaskID> = []
            for await acknowledgement in acknowledgements {
                acknowledged.insert(acknowledgement.task)
                if acknowledged.count == 100 { break }
            }
            #expect(store.batches.reduce(0) { $0 + $1.count } == 100)
            #expect(timers.delays.count == 1, "one timer for all")
        }
    }

    @Test func `what a sandbox refused is told once the report is recorded, to taps as well`() async throws {
        let (told, tell) = AsyncStream<ViolationReported>.makeStream()
        bus.tap { if let message = $0.message as? ViolationReported { tell.yield(message) } }
        try await running { store in
            link(session: 1)
            let refused = Violation(
                call: "ptrace", arguments: [], action: .killed, source: .audit, firstAt: Timestamp(microseconds: 1))
            let sandbox = SandboxRecord(
                policy: "python", policyVersion: 3, digest: Digest(bytes: 0..<32), violations: Violations(kinds: [refused]))
            bus.cast(TaskReported(agent: agent, session: 1, report: try report(TaskID("A"))), trace: trace)
            bus.cast(TaskReported(agent: agent, session: 1, report: try report(TaskID("B"), sandbox: sandbox)), trace: trace)

            let message = try #require(await told.first())
            #expect(message.task.text == "B" && message.agent == agent && message.sandbox == sandbox)
            #expect(store.batches.flatMap { $0 }.map(\.report.task.text) == ["A", "B"])
        }
    }

    // MARK: A store that fails

    @Test func `a store that fails delays the acknowledgement, not the answer, and loses nothing`() async throws {
        let failing = FakeStore(failures: 1)
        try await running(failing) { store in
            link(session: 1)
            async let reply = run()
            let task = try #require(await orders.first()).order.task
            bus.cast(TaskReported(agent: agent, session: 1, report: try report(task)), trace: trace)
            guard case .reported = try await reply else { return #expect(Bool(false), "not reported") }

            #expect(await store.asked.first() == 1)
            let other = TaskID("other")
            bus.cast(TaskReported(agent: agent, session: 1, report: try report(other)), trace: trace)

            var acknowledged: [TaskID] = []
            for await acknowledgement in acknowledgements {
                acknowledged.append(acknowledgement.task)
                if acknowledged.count == 2 { break }
            }
            #expect(acknowledged == [task, other])
            #expect(store.batches.flatMap { $0 }.map(\.report.task) == [task, other])
        }
    }

    @Test func `what waits when the center stops is recorded before it ends`() async throws {
        let store = FakeStore()
        let ledger = attach(store)
        bus.cast(TaskReported(agent: agent, session: 1, report: try report(TaskID("A"))), trace: trace)

        await stoppedAtOnce(ledger)

        #expect(store.batches.flatMap { $0 }.map(\.report.task.text) == ["A"])
        #expect(await acknowledgements.first()?.task.text == "A")
    }

    @Test(.timeLimit(.minutes(1))) func `a graceful shutdown ends the ledger after it has recorded what came`() async throws {
        let store = FakeStore()
        let ledger = attach(store)
        var log = Logger(label: "test")
        log.logLevel = .critical
        let group = ServiceGroup(services: [ledger], logger: log)
        async let end: Void = group.run()
        for id in ["A", "B"] {
            bus.cast(TaskReported(agent: agent, session: 1, report: try report(TaskID(id))), trace: trace)
        }
        _ = await store.asked.first()
        await group.triggerGracefulShutdown()
        try await end

        #expect(store.batches.flatMap { $0 }.map(\.report.task.text) == ["A", "B"])
    }

    @Test func `outcomes beyond the limit are left to the agents' spools`() async throws {
        let store = FakeStore()
        let ledger = attach(store, limit: 2)
        for id in ["A", "B", "C"] {
            bus.cast(TaskReported(agent: agent, session: 1, report: try report(TaskID(id))), trace: trace)
        }

        await stoppedAtOnce(ledger)

        #expect(store.batches.map { $0.map(\.report.task.text) } == [["A", "B"]])
    }

    // MARK: Helpers

    private func attach(_ store: FakeStore, limit: Int = 100_000) -> Ledger {
        var log = Logger(label: "test")
        log.logLevel = .critical
        let ledger = Ledger(store: store, log: log, limit: limit, retryPause: .zero)
        bus.serve(CheckCall.self) { _, _ in .unknown }
        Scheduler(bus: bus, ledger: ledger, unended: UnendedTasks(), clocks: clock.clocks, timers: timers.timers).attach()
        return ledger
    }

    /// Runs `body` while the ledger runs, and ends the ledger with it.
    private func running(_ store: FakeStore = FakeStore(), _ body: (FakeStore) async throws -> Void) async throws {
        let ledger = attach(store)
        let service = Task { await ledger.run() }
        defer { service.cancel() }
        try await body(store)
    }

    /// The ledger as it runs in a task that is cancelled already: it writes what waits and ends.
    private func stoppedAtOnce(_ ledger: Ledger) async {
        let service = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await ledger.run()
        }
        await service.value
    }

    private func run(timeout: Duration = .seconds(5), param: RawJSON = .array([.integer(1)])) async throws -> RunNow.Reply {
        let draft = TaskDraft(
            id: ids.randomness.id(), agent: agent, app: try AppName("hello"), function: "greet", param: param, timeout: timeout)
        return try await bus.call(RunNow(draft), trace: trace)
    }

    private func link(session: Int, holding: [AttemptID] = []) {
        bus.cast(AgentLinked(agent: agent, session: session, holding: holding), trace: trace)
    }
}

extension AsyncStream {
    fileprivate func first() async -> Element? {
        for await element in self { return element }
        return nil
    }
}
