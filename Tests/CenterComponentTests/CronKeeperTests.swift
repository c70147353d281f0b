import CenterCron
import ElvesBus
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
import Logging
import Testing

/// Schedules on a bus, with the test as scheduler and clock.
@Suite struct CronKeeperTests {
    private let bus = InMemoryBus()
    private let clock = HandClock()
    private let timers = HandTimers()
    private let ids = CountedIDs()
    private let trace = TraceID("trace")
    /// What the scheduler was told to write.
    private let fires: AsyncStream<FireCrons>

    init() {
        let (fires, fire) = AsyncStream<FireCrons>.makeStream()
        self.fires = fires
        bus.serve(CheckCall.self) { _, _ in .unknown }
        bus.serve(FireCrons.self) { message, _ in
            fire.yield(message)
            return [:]
        }
    }

    @Test func `a schedule runs when its time has come, under the time that was planned`() async throws {
        try await running { _ in
            let cron = try await add("0 * * * * ?")
            var moves = fires.makeAsyncIterator()
            #expect(await moves.next()?.moves.first?.runs.isEmpty == true)
            // Noon is 15:06:40.
            #expect(timers.delays == [.seconds(20)])

            clock.move(bySeconds: 20)
            timers.fireAll()

            let move = try #require(await moves.next()?.moves.first)
            #expect(move.cron == cron && move.runs.map(\.planned) == [noon + .seconds(20)] && move.skips.isEmpty)
            #expect(move.runs.first?.draft.function == "greet")
        }
    }

    @Test func `a run that goes on keeps the next one out, until its task has ended`() async throws {
        try await running { _ in
            let cron = try await add("0 * * * * ?")
            var moves = fires.makeAsyncIterator()
            _ = await moves.next()
            clock.move(bySeconds: 20)
            timers.fireAll()
            let run = try #require(await moves.next()?.moves.first?.runs.first)
            clock.move(bySeconds: 60)
            timers.fireAll()
            #expect(await moves.next()?.moves.first?.skips.map(\.why) == ["overlap"])

            try end(run.draft.id, of: cron)
            #expect(await moves.next()?.moves.first?.runs.isEmpty == true)
            clock.move(bySeconds: 60)
            timers.fireAll()

            #expect(await moves.next()?.moves.first?.runs.map(\.planned) == [noon + .seconds(140)])
        }
    }

    @Test func `there is one timer, whatever happened`() async throws {
        try await running { _ in
            let cron = try await add("0/10 * * * * ?")
            for change in [ChangeCron.Change.stop, .start, .start, .stop, .start] {
                #expect(try await bus.call(ChangeCron(cron, of: app, change), trace: trace))
            }
            #expect(try await bus.call(ChangeCron(cron, of: AppName("other"), .stop), trace: trace) == false)

            #expect(timers.delays.count == 1)
        }
    }

    @Test func `a schedule goes on where the center ended`() async throws {
        let kept = FakeStore()
        try await running(kept) { _ in
            _ = try await add("0 * * * * ?")
            var moves = fires.makeAsyncIterator()
            _ = await moves.next()
            clock.move(bySeconds: 20)
            timers.fireAll()
            let move = try #require(await moves.next()?.moves.first)
            kept.changeCrons { $0[0] = $0[0].with(clock: move.clock, running: [1: move.runs[0].draft.id]) }
        }
        // The task ended while no center was there: the store has it no more among those that have not.
        clock.move(bySeconds: 30)
        try await running(kept) { _ in
            var moves = fires.makeAsyncIterator()
            #expect(await moves.next()?.moves.first?.runs.isEmpty == true)
            #expect(await moves.next()?.moves.first?.runs.isEmpty == true)
            clock.move(bySeconds: 30)
            timers.fireAll()

            #expect(await moves.next()?.moves.first?.runs.map(\.planned) == [noon + .seconds(80)])
        }
    }

    @Test(
        arguments: [
            ("* * * * *", nil), ("0 0 0 31 2", nil), ("x", nil), ("0 * * * * ?", "Mars/Olympus"),
        ] as [(String, String?)])
    func `a rule that is none is refused, with what is wrong`(expression: String, zone: String?) async throws {
        try await running { _ in
            guard case .badRule(let text) = try await bus.call(AddCron(try draft(expression, zone)), trace: trace) else {
                return #expect(Bool(false), "\(expression) was taken")
            }
            #expect(text.count > 10)
        }
    }

    // MARK: Helpers

    private var app: AppName { get throws { try AppName("hello") } }

    private func draft(_ expression: String, _ zone: String? = nil) throws -> CronDraft {
        CronDraft(
            task: TaskDraft(
                id: TaskID(""), agent: AgentID("agent-1"), app: try app, function: "greet", param: .null),
            expression: expression,
            zone: zone)
    }

    private func add(_ expression: String) async throws -> CronID {
        guard case .added(let id) = try await bus.call(AddCron(try draft(expression)), trace: trace) else {
            throw NotAdded()
        }
        return id
    }

    private func end(_ task: TaskID, of cron: CronID) throws {
        let spec = TaskSpec(
            id: task, trace: trace, origin: .cron(cron, planned: noon), agent: AgentID("agent-1"), app: try app,
            function: "greet", param: .null, timeout: .seconds(5), admittedAt: noon)
        bus.cast(TaskEnded(spec: spec, report: try report(task), sentAt: nil), trace: trace)
    }

    private func running(_ store: FakeStore = FakeStore(), _ body: (FakeStore) async throws -> Void) async throws {
        var log = Logger(label: "test")
        log.logLevel = .critical
        let keeper = try await CronKeeper(
            bus: bus, store: store, zone: "UTC", zoneFile: { _ in nil }, clocks: clock.clocks, timers: timers.timers,
            randomness: ids.randomness, log: log)
        keeper.attach()
        let service = Task { await keeper.run() }
        defer { service.cancel() }
        try await body(store)
    }
}

private struct NotAdded: Error {}
