package import ElvesBus
import ElvesCron
package import ElvesModel
import ElvesProtocol
package import ElvesStore
package import Logging
import ServiceLifecycle
import Synchronization

/// Schedules: makes tasks when their time has come.
///
/// One thing after the other: what happens waits in a line, and each is written, with the tasks it makes, before the next is
/// looked at. A run begins in the same transaction as the schedule remembers it, so none is lost and none begins twice.
package final class CronKeeper: Service {
    private enum Event: Sendable {
        case tick
        case ended(CronID, TaskID)
        case add(CronDraft, TraceID, CheckedContinuation<AddCron.Reply, Never>)
        case change(ChangeCron, CheckedContinuation<Bool, Never>)
    }

    private struct State {
        var entries: [CronID: CronEntry] = [:]
        var zones: ZoneCatalog
        /// Cancels the timer that is set.
        var alarm: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>
    private let bus: any Bus
    private let store: any CenterStore
    private let zone: String
    private let clocks: Clocks
    private let timers: Timers
    private let randomness: Randomness
    private let log: Logger
    private let (events, event) = AsyncStream<Event>.makeStream()
    /// A wall clock may be put forward or back while nothing is due.
    private static let longestWait = Duration.seconds(30)

    /// Loads what the store holds.
    ///
    /// - Parameters:
    ///   - zone: The name of the zone in which schedules run that name none.
    ///   - zoneFile: The bytes of a compiled time zone.
    package init(
        bus: any Bus, store: any CenterStore, zone: String, zoneFile: @escaping @Sendable (String) -> [UInt8]?,
        clocks: Clocks, timers: Timers, randomness: Randomness, log: Logger
    ) async throws {
        self.bus = bus
        self.store = store
        self.zone = zone
        self.clocks = clocks
        self.timers = timers
        self.randomness = randomness
        self.log = log
        var state = State(zones: ZoneCatalog(read: zoneFile))
        _ = try state.zones.rules(named: zone)
        for record in try await store.crons() {
            let draft: CronDraft = try CronEntry.value(record.draft)
            let clock: CronClock = try CronEntry.value(record.clock)
            var entry = CronEntry(
                id: record.id, draft: draft, zone: try state.zones.rules(named: clock.schedule.zone),
                createdAt: record.createdAt, clock: clock, due: clocks.wall())
            for (number, task) in record.running where clock.running.contains(number) { entry.tasks[number] = task }
            state.entries[record.id] = entry
        }
        self.state = Mutex(state)
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.serve(AddCron.self) { message, trace in
            await withCheckedContinuation { self.event.yield(.add(message.draft, trace, $0)) }
        }
        bus.serve(ChangeCron.self) { message, _ in
            await withCheckedContinuation { self.event.yield(.change(message, $0)) }
        }
        bus.serve(FindCron.self) { message, _ in try await self.find(message.cron, of: message.app) }
        bus.serve(ListCrons.self) { message, _ in self.list(message) }
        bus.receive(TaskEnded.self) { message, _ in
            if case .cron(let id, _) = message.spec.origin { self.event.yield(.ended(id, message.spec.id)) }
        }
    }

    package func run() async {
        await resume()
        await withGracefulShutdownHandler {
            for await event in events { await handle(event) }
        } onGracefulShutdown: {
            self.event.finish()
        }
    }

    // MARK: What happens

    /// Goes on where the center ended: runs that ended meanwhile are told, and what was missed is treated so.
    private func resume() async {
        let now = clocks.wall()
        for id in state.withLock({ Array($0.entries.keys) }) {
            let tasks = state.withLock { $0.entries[id]?.tasks ?? [:] }
            for (number, task) in tasks {
                guard let isUnended = try? await store.unendedTask(task) != nil, !isUnended else { continue }
                await move(id) { entry in
                    entry.tasks[number] = nil
                    return entry.clock.runEnded(number)
                }
            }
            await move(id) { $0.clock.isStarted ? $0.clock.started(at: now, in: $0.zone) : [] }
        }
        wait()
    }

    private func handle(_ event: Event) async {
        switch event {
        case .tick: await tick()
        case .ended(let id, let task):
            await move(id) { entry in entry.end(of: task).map { entry.clock.runEnded($0) } ?? [] }
        case .add(let draft, let trace, let reply):
            let answer = await add(draft, trace)
            wait()
            return reply.resume(returning: answer)
        case .change(let message, let reply):
            let answer = await change(message)
            wait()
            return reply.resume(returning: answer)
        }
        wait()
    }

    private func tick() async {
        let now = clocks.wall()
        await move(state.withLock { $0.entries.values.filter { $0.clock.isStarted }.map(\.id) }) { entry in
            guard let due = entry.due else { return nil }
            // Put back by more than it waits, the clock is looked at as well.
            return due <= now || now + Self.longestWait < due ? entry.clock.ticked(at: now, in: entry.zone) : nil
        }
    }

    private func add(_ draft: CronDraft, _ trace: TraceID) async -> AddCron.Reply {
        let id: CronID = randomness.id()
        do {
            let task = draft.task
            let check = CheckCall(agent: task.agent, app: task.app, function: task.function, param: task.param)
            if case .badParameter(let reason) = try await bus.call(check, trace: trace) {
                return .refused(.badParameter(reason))
            }
            let schedule = try schedule(id, draft)
            let rules = try state.withLock { try $0.zones.rules(named: schedule.zone) }
            let entry = CronEntry(
                id: id, draft: draft, zone: rules, createdAt: clocks.wall(), clock: CronClock(schedule), due: nil)
            try await store.add(
                CronRecord(
                    id: id, app: task.app, agent: task.agent, draft: CronEntry.text(draft),
                    clock: CronEntry.text(entry.clock), createdAt: entry.createdAt))
            state.withLock { $0.entries[id] = entry }
            let now = clocks.wall()
            await move(id) { $0.clock.started(at: now, in: $0.zone) }
            return .added(id)
        } catch let error as StoreError {
            log.error("a schedule could not be kept", metadata: ["error": "\(error)"])
            return .refused(.overloaded)
        } catch {
            return .badRule("\(error)")
        }
    }

    private func schedule(_ id: CronID, _ draft: CronDraft) throws -> CronSchedule {
        func rule<T: RawRepresentable & CaseIterable>(_ word: String?, _ name: String, _ usual: T) throws -> T
        where T.RawValue == String {
            guard let word else { return usual }
            guard let rule = T(rawValue: word) else {
                throw BadRule(
                    description: "\(name) is \(T.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(word.prefix(40))\"")
            }
            return rule
        }
        return try CronSchedule(
            id: id.text, expression: CronExpression(draft.expression), zone: draft.zone ?? zone,
            overlap: rule(draft.overlap, "overlap", CronSchedule.Overlap.skip),
            missed: rule(draft.missed, "missed", CronSchedule.Missed.once),
            window: draft.window ?? CronSchedule.defaultWindow, spread: draft.spread ?? .zero)
    }

    private func change(_ message: ChangeCron) async -> Bool {
        let id = message.cron
        guard let entry = state.withLock({ $0.entries[id] }), entry.app == message.app else { return false }
        let now = clocks.wall()
        switch message.change {
        // Starting a started one, or stopping a stopped one, is no error and does nothing.
        case .start: await move(id) { $0.clock.isStarted ? [] : $0.clock.started(at: now, in: $0.zone) }
        case .stop: await move(id) { $0.clock.isStarted ? $0.clock.stopped() : [] }
        case .delete:
            do { try await store.remove(id) } catch {
                log.error("a schedule could not be removed", metadata: ["cron": "\(id)", "error": "\(error)"])
                return false
            }
            state.withLock { $0.entries[id] = nil }
        }
        return true
    }

    // MARK: Moves

    private func move(_ id: CronID, _ decide: (inout CronEntry) -> [CronClock.Effect]) async {
        await move([id]) { entry in decide(&entry) }
    }

    /// Makes a move of each of these schedules, writes them all at once, and then what follows from what was refused.
    ///
    /// - Parameter decide: Returns nil where nothing is to be written.
    private func move(_ ids: [CronID], _ decide: (inout CronEntry) -> [CronClock.Effect]?) async {
        var steps: [CronEntry.Step] = []
        do {
            for id in ids {
                guard var entry = state.withLock({ $0.entries[id] }), let effects = decide(&entry) else { continue }
                steps.append(try entry.take(effects, randomness))
                state.withLock { $0.entries[id] = entry }
            }
            guard !steps.isEmpty else { return }
            let refused = try await bus.call(FireCrons(steps.map(\.move)), trace: randomness.id())
            for task in steps.flatMap(\.ends) { _ = try await bus.call(StopTask(task: task), trace: randomness.id()) }
            for step in steps {
                for run in step.move.runs {
                    guard let refusal = refused[run.draft.id] else { continue }
                    log.warning(
                        "a run was not begun", metadata: ["cron": "\(step.move.cron)", "why": "\(refusal)"])
                    await move(step.move.cron) { entry in
                        entry.end(of: run.draft.id).map { entry.clock.runEnded($0) } ?? []
                    }
                }
            }
        } catch {
            log.error("schedules could not be moved on", metadata: ["error": "\(error)"])
        }
    }

    /// Sets the timer for what is due next.
    private func wait() {
        let now = clocks.wall()
        let due = state.withLock { $0.entries.values.filter(\.clock.isStarted).compactMap(\.due).min() }
        let pause = min(due.map { max(.zero, $0 - now) } ?? Self.longestWait, Self.longestWait)
        let cancel = timers.start(pause) { self.event.yield(.tick) }
        let before = state.withLock { state in
            defer { state.alarm = cancel }
            return state.alarm
        }
        before?()
    }

    // MARK: What is asked

    private func find(_ id: CronID, of app: AppName) async throws -> CronView? {
        guard let entry = state.withLock({ $0.entries[id] }), entry.app == app else { return nil }
        let last = try await store.lastRun(of: id)
        let fires = entry.clock.schedule.fires(after: clocks.wall(), in: entry.zone, limit: 10)
        return CronView(
            cron: id, draft: entry.draft, isStarted: entry.clock.isStarted, createdAt: entry.createdAt,
            next: entry.clock.isStarted ? fires.map(\.due) : [],
            lastRun: last.map { CronRun(planned: $0.planned, task: $0.task) },
            lastReport: try await store.lastReport(of: id))
    }

    private func list(_ message: ListCrons) -> [CronID] {
        state.withLock { state in
            state.entries.values
                .filter { $0.app == message.app && (message.agent == nil || $0.agent == message.agent) }
                .sorted { ($0.createdAt, $0.id.text) > ($1.createdAt, $1.id.text) }
                .map(\.id)
        }
    }
}

private struct BadRule: Error, CustomStringConvertible { let description: String }
