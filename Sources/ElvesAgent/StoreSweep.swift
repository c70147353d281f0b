import ElvesApps
import Glibc
import Logging
import NIOPosix
import ServiceLifecycle

/// Reads the files of every stored version again, one version after the other, so that the whole store is read once in a period.
///
/// It has a thread of its own with the lowest priority: a host's own work comes first.
final class StoreSweep: Service {
    private let store: AppStore
    private let keeper: AppKeeper
    private let period: Duration

    /// - Parameter period: In which each version is read once.
    init(store: AppStore, keeper: AppKeeper, period: Duration) {
        self.store = store
        self.keeper = keeper
        self.period = period
    }

    func run() async throws {
        let thread = NIOThreadPool(numberOfThreads: 1)
        thread.start()
        try? await thread.runIfActive {
            // Of the calling thread alone.
            _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 19)
        }
        await cancelWhenGracefulShutdown { await self.sweep(on: thread) }
        try await thread.shutdownGracefully()
    }

    private func sweep(on thread: NIOThreadPool) async {
        var last: AppKey?
        while !Task.isCancelled {
            let keys = store.keys
            do { try await Task.sleep(for: period / max(1, keys.count)) } catch { return }
            guard let next = keys.first(where: { key in last.map { $0 < key } ?? true }) ?? keys.first else { continue }
            last = next
            _ = try? await thread.runIfActive { [keeper] in keeper.inspect(next) }
        }
    }
}
