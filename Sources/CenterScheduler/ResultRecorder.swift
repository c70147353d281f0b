import ElvesModel
package import ElvesStore
package import Logging
import ServiceLifecycle
import Synchronization

/// Writes the outcomes of tasks into the store, as many in one commit as came during the one before.
///
/// A failing store loses nothing: what could not be written is tried again, and meanwhile nothing is acknowledged, so the
/// agents keep it. Beyond `limit` waiting outcomes new ones are left to the agents' spools, which send them again.
package final class ResultRecorder: Service {
    private struct Pending {
        let record: TaskRecord
        let recorded: @Sendable () -> Void
    }

    private let store: any CenterStore
    private let log: Logger
    private let limit: Int
    private let retryPause: Duration
    private let pending = Mutex<[Pending]>([])
    private let (wakeUps, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    package init(store: any CenterStore, log: Logger, limit: Int = 100_000, retryPause: Duration = .seconds(1)) {
        self.store = store
        self.log = log
        self.limit = limit
        self.retryPause = retryPause
    }

    /// Queues an outcome; `recorded` is called once it is durable.
    ///
    /// - Returns: Whether it was queued.
    func record(_ record: TaskRecord, recorded: @escaping @Sendable () -> Void) -> Bool {
        let isKept = pending.withLock { pending in
            guard pending.count < limit else { return false }
            pending.append(Pending(record: record, recorded: recorded))
            return true
        }
        if isKept { wakeUp.yield() }
        return isKept
    }

    package func run() async {
        // Away from the thread that serves requests: a commit that ends must not interrupt them.
        await withTaskExecutorPreference(globalConcurrentExecutor) {
            await withGracefulShutdownHandler {
                for await _ in wakeUps { await writePending() }
                await writePending()
            } onGracefulShutdown: {
                self.wakeUp.finish()
            }
        }
    }

    private func writePending() async {
        while true {
            let batch = pending.withLock { pending in
                defer { pending = [] }
                return pending
            }
            if batch.isEmpty { return }
            do {
                try await store.record(batch.map(\.record))
                for entry in batch { entry.recorded() }
            } catch {
                log.error(
                    "outcomes of tasks could not be recorded; trying again",
                    metadata: ["count": "\(batch.count)", "error": "\(error)"])
                pending.withLock { $0.insert(contentsOf: batch, at: 0) }
                do { try await Task.sleep(for: retryPause) } catch { return }
                if Task.isShuttingDownGracefully { return }
            }
        }
    }
}
