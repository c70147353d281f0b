import ElvesApps
import ElvesFlow
import ElvesModel
import ElvesProtocol
import Synchronization

/// Versions that run beside the one that is online, because tasks ask for them by their number.
///
/// Such a version is fetched and prepared for the first task that asks, and let go when none has asked for a while.
final class PinnedVersions: Sendable {
    private struct Entry {
        let runtime: AppRuntime
        var lastAsked: Duration
    }

    /// How far an order is on its way to the version it asks for.
    private enum Way {
        /// Its version is being prepared. Next: `handed`, gone.
        case waiting(RunOrder, @Sendable (TaskReport) -> Void)
        /// The executor is getting it, and may not have it yet. Next: gone.
        case handed(isCancelled: Bool)
    }

    private let ways = Mutex<[AttemptID: Way]>([:])
    private let entries = Mutex<[AppKey: Entry]>([:])
    private let keeper: AppKeeper
    private let executor: Executor
    private let clocks: Clocks
    /// How long a version stays that nobody asks for.
    private static let idleLimit = Duration.seconds(600)

    init(keeper: AppKeeper, executor: Executor, clocks: Clocks) {
        self.keeper = keeper
        self.executor = executor
        self.clocks = clocks
    }

    /// Runs an order on the version it is pinned to; `finished` is called exactly once.
    func run(_ order: RunOrder, on pin: AppAssignment, finished: @escaping @Sendable (TaskReport) -> Void) {
        ways.withLock { $0[order.id] = .waiting(order, finished) }
        Task {
            do {
                let runtime = try await runtime(for: pin)
                guard isWanted(order.id) else { return }
                executor.run(order, on: runtime, finished: finished)
            } catch {
                guard isWanted(order.id) else { return }
                executor.refuse(order, .error(.notInstalled, "\(pin.app) \(pin.version): \(error)"), finished: finished)
            }
            // Who wanted it to end meanwhile may have asked the executor before it had the call.
            if case .handed(isCancelled: true)? = ways.withLock({ $0.removeValue(forKey: order.id) }) {
                executor.cancel(order.task)
            }
        }
    }

    /// Answers a task whose version is being prepared; it is not run.
    func cancel(_ task: TaskID) {
        let waiting = ways.withLock { ways -> [(RunOrder, @Sendable (TaskReport) -> Void)] in
            ways.filter { $0.key.task == task }.compactMap { id, way in
                switch way {
                case .waiting(let order, let finished):
                    ways[id] = nil
                    return (order, finished)
                case .handed:
                    ways[id] = .handed(isCancelled: true)
                    return nil
                }
            }
        }
        let text = "cancelled while its version was being prepared; the function was not run"
        for (order, finished) in waiting { executor.refuse(order, .error(.cancelled, text), finished: finished) }
    }

    /// Whether nobody has cancelled the attempt while it waited; its order is handed on then.
    private func isWanted(_ id: AttemptID) -> Bool {
        ways.withLock { ways in
            guard case .waiting? = ways[id] else { return false }
            ways[id] = .handed(isCancelled: false)
            return true
        }
    }

    /// Lets versions go that nobody has asked for.
    func sweep() {
        let now = clocks.monotonic()
        let leaving = entries.withLock { entries in
            let idle = entries.filter { now - $0.value.lastAsked > Self.idleLimit }
            for key in idle.keys { entries[key] = nil }
            return idle.values.map(\.runtime)
        }
        for runtime in leaving { executor.letGo(runtime) }
    }

    private func runtime(for pin: AppAssignment) async throws -> AppRuntime {
        let key = AppKey(app: pin.app, version: pin.version)
        if let known = asked(for: key, pin.grants) { return known }
        let runtime = try await keeper.prepare(pin)
        let (kept, replaced) = entries.withLock { entries -> (AppRuntime, AppRuntime?) in
            // Another task may have asked meanwhile.
            if let entry = entries[key], entry.runtime.grants == pin.grants, executor.isKept(entry.runtime) {
                return (entry.runtime, runtime)
            }
            executor.keep(runtime)
            let before = entries.updateValue(Entry(runtime: runtime, lastAsked: clocks.monotonic()), forKey: key)
            return (runtime, before?.runtime)
        }
        if let replaced { executor.letGo(replaced) }
        return kept
    }

    private func asked(for key: AppKey, _ grants: [Grant]) -> AppRuntime? {
        entries.withLock { entries in
            guard let entry = entries[key], entry.runtime.grants == grants, executor.isKept(entry.runtime) else { return nil }
            entries[key]?.lastAsked = clocks.monotonic()
            return entry.runtime
        }
    }
}
