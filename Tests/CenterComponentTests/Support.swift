import ElvesBus
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
import Synchronization

let noon = Timestamp(microseconds: 1_750_000_000_000_000)

func report(_ task: TaskID, result: String = "done", sandbox: SandboxRecord? = nil) throws -> TaskReport {
    TaskReport(
        task: task, trace: TraceID("trace"), app: try AppName("hello"), version: try AppVersion("1.0.0"), function: "greet",
        flag: .succeeded, result: .string(result), reason: nil, receivedAt: noon, startedAt: noon, endedAt: noon,
        sandbox: sandbox)
}

/// A wall clock that stands until it is moved.
final class HandClock: Sendable {
    private let time = Mutex(noon)
    var clocks: Clocks {
        Clocks(wall: { self.time.withLock { $0 } }, monotonic: { self.time.withLock { $0 } - noon })
    }
    func move(bySeconds seconds: Int64) {
        time.withLock { $0 = Timestamp(microseconds: $0.microseconds + seconds * 1_000_000) }
    }
}

/// Timers that fire when the test says so.
final class HandTimers: Sendable {
    private struct State {
        var running: [Int: (delay: Duration, fire: @Sendable () -> Void)] = [:]
        var last = 0
    }

    private let state = Mutex(State())

    var timers: Timers {
        Timers { delay, fire in
            let number = self.state.withLock { state in
                state.last += 1
                state.running[state.last] = (delay, fire)
                return state.last
            }
            return { self.state.withLock { $0.running[number] = nil } }
        }
    }

    var delays: [Duration] { state.withLock { $0.running.sorted { $0.key < $1.key }.map(\.value.delay) } }

    func fireAll() {
        let running = state.withLock { state in
            defer { state.running = [:] }
            return state.running.sorted { $0.key < $1.key }
        }
        for timer in running { timer.value.fire() }
    }
}

/// Ids 0000000000000001, 0000000000000002 and so on.
final class CountedIDs: Sendable {
    private let last = Mutex(UInt8(0))
    var randomness: Randomness {
        Randomness { count in
            let number = self.last.withLock { last in
                last += 1
                return last
            }
            return Array(repeating: 0, count: count - 1) + [number]
        }
    }
}

/// A store that only records tasks, and fails as often as it is told first.
final class FakeStore: CenterStore {
    private struct State {
        var failures: Int
        var batches: [[TaskRecord]] = []
        var crons: [CronRecord] = []
    }

    private let state: Mutex<State>
    /// Yields the size of every batch it was given, before it fails or succeeds.
    let asked: AsyncStream<Int>
    private let ask: AsyncStream<Int>.Continuation

    init(failures: Int = 0) {
        state = Mutex(State(failures: failures))
        (asked, ask) = AsyncStream.makeStream()
    }

    /// What was recorded, a list for each commit.
    var batches: [[TaskRecord]] { state.withLock { $0.batches } }

    func apply(_ changes: [TaskChange]) async throws(StoreError) {
        let tasks = changes.compactMap { change in
            switch change {
            case .ended(let outcome):
                TaskRecord(
                    agent: outcome.spec.agent, report: outcome.report, spec: outcome.spec, sentAt: outcome.sentAt)
            case .late(let report, let agent): TaskRecord(agent: agent, report: report)
            default: nil
            }
        }
        let fails = state.withLock { state in
            if state.failures > 0 {
                state.failures -= 1
                return true
            }
            state.batches.append(tasks)
            return false
        }
        ask.yield(tasks.count)
        if fails { throw .unavailable("told to fail") }
    }

    func snapshot() async throws(StoreError) -> StoreSnapshot { StoreSnapshot() }
    func unendedTasks() async throws(StoreError) -> UnendedTasks { UnendedTasks() }
    func unendedTask(_ id: TaskID) async throws(StoreError) -> TaskLife? { nil }
    func queue(_ id: QueueID) async throws(StoreError) -> QueueRecord? { nil }
    func add(_ cron: CronRecord) async throws(StoreError) { changeCrons { $0.append(cron) } }
    func remove(_ cron: CronID) async throws(StoreError) { throw Self.unused }
    func crons() async throws(StoreError) -> [CronRecord] { state.withLock { $0.crons } }
    /// Changes what `crons` answers.
    func changeCrons(_ body: (inout [CronRecord]) -> Void) { state.withLock { body(&$0.crons) } }
    func lastRun(of cron: CronID) async throws(StoreError) -> (planned: Timestamp, task: TaskID)? { nil }
    func lastReport(of cron: CronID) async throws(StoreError) -> TaskReport? { nil }
    func task(_ id: TaskID) async throws(StoreError) -> TaskRecord? { nil }
    func recentTasks(limit: Int) async throws(StoreError) -> [TaskRecord] { [] }
    func isAdministrator(_ token: Digest, at now: Timestamp) async throws(StoreError) -> Bool { false }
    func join(_ agent: AgentRecord, token: Digest, at now: Timestamp) async throws(StoreError) { throw Self.unused }
    func revoke(_ agent: AgentID, at now: Timestamp) async throws(StoreError) { throw Self.unused }
    func label(_ agent: AgentID, set: [Label], remove: [LabelName]) async throws(StoreError) { throw Self.unused }
    func add(_ token: TokenRecord) async throws(StoreError) { throw Self.unused }
    func publish(_ version: VersionRecord) async throws(StoreError) { throw Self.unused }
    func approve(_ approval: ApprovalRecord) async throws(StoreError) { throw Self.unused }
    func promote(_ online: OnlineRecord, rollout: RolloutRecord?) async throws(StoreError) { throw Self.unused }
    func keep(_ rollout: RolloutRecord) async throws(StoreError) { throw Self.unused }
    func bind(_ binding: BindingRecord) async throws(StoreError) { throw Self.unused }
    func unbind(_ app: AppName, from agent: AgentID) async throws(StoreError) { throw Self.unused }
    func add(_ key: KeyRecord) async throws(StoreError) { throw Self.unused }
    func revoke(_ key: AuthID, at now: Timestamp) async throws(StoreError) { throw Self.unused }

    private static let unused = StoreError.unavailable("not part of this test")
}

extension CronRecord {
    /// The same schedule at another moment.
    func with(clock: String, running: [Int: TaskID]) -> CronRecord {
        var record = CronRecord(id: id, app: app, agent: agent, draft: draft, clock: clock, createdAt: createdAt)
        record.running = running
        return record
    }
}
