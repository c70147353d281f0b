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
        Task {
            do {
                executor.run(order, on: try await runtime(for: pin), finished: finished)
            } catch {
                executor.refuse(order, .error(.notInstalled, "\(pin.app) \(pin.version): \(error)"), finished: finished)
            }
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
