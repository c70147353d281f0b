import ElvesFlow
package import ElvesStore
package import Logging
import ServiceLifecycle
import Synchronization

/// Writes what the moves of the book change into the store, in their order, as many in one commit as came during the one
/// before.
///
/// A failing store loses nothing: what could not be written is tried again, and until then nothing of it leaves the center.
package final class Ledger: Service {
    private struct Entry {
        let changes: [TaskChange]
        let written: @Sendable () -> Void
    }

    private let store: any CenterStore
    private let log: Logger
    private let limit: Int
    private let retryPause: Duration
    private let pending = Mutex<[Entry]>([])
    private let (wakeUps, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    /// - Parameter limit: The moves that may wait before no more should be made.
    package init(store: any CenterStore, log: Logger, limit: Int = 100_000, retryPause: Duration = .seconds(1)) {
        self.store = store
        self.log = log
        self.limit = limit
        self.retryPause = retryPause
    }

    /// Whether as many moves wait as may.
    var isFull: Bool { pending.withLock { $0.count >= limit } }

    /// Queues the changes of one move; `written` is called once they are durable.
    func append(_ changes: [TaskChange], written: @escaping @Sendable () -> Void) {
        pending.withLock { $0.append(Entry(changes: changes, written: written)) }
        wakeUp.yield()
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
                try await store.apply(batch.flatMap(\.changes))
                for entry in batch { entry.written() }
            } catch {
                log.error(
                    "what happened to tasks could not be written; trying again",
                    metadata: ["moves": "\(batch.count)", "error": "\(error)"])
                pending.withLock { $0.insert(contentsOf: batch, at: 0) }
                do { try await Task.sleep(for: retryPause) } catch { return }
                if Task.isShuttingDownGracefully { return }
            }
        }
    }
}
