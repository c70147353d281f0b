import GRDB
import Synchronization

/// One writer for many callers: what queued while one commit was under way goes with the next.
///
/// A durable commit costs a wait for the disk whatever it holds, so the busier the center, the more changes share one. There
/// is no timer: the first change after a pause is committed at once. Each change has a savepoint of its own, so one that fails
/// takes none of its neighbours along.
final class GroupCommit: Sendable {
    /// One change: `run` makes it and returns what tells its caller so once the commit is durable.
    private struct Job: Sendable {
        let run: @Sendable (Database) -> (@Sendable () -> Void)
        let fail: @Sendable (any Error) -> Void
    }

    private struct State {
        var queue: [Job] = []
        var isCommitting = false
    }

    private let pool: DatabasePool
    private let state = Mutex(State())

    init(_ pool: DatabasePool) { self.pool = pool }

    /// Runs `change` in the next commit and returns when that commit is durable.
    ///
    /// - Throws: What `change` throws (its savepoint is rolled back), or why the commit failed.
    func write<T: Sendable>(_ change: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Job(
                    run: { database in
                        let result = Result {
                            var value: T?
                            try database.inSavepoint {
                                value = try change(database)
                                return .commit
                            }
                            guard let value else { throw DatabaseError(message: "the savepoint ended without a value") }
                            return value
                        }
                        return { continuation.resume(with: result) }
                    },
                    fail: { continuation.resume(throwing: $0) }))
        }
    }

    private func enqueue(_ job: Job) {
        let starts = state.withLock { state in
            state.queue.append(job)
            defer { state.isCommitting = true }
            return !state.isCommitting
        }
        if starts { commitNext() }
    }

    /// Commits everything that waits, then what came meanwhile, until nothing waits.
    private func commitNext() {
        pool.asyncWriteWithoutTransaction { database in
            while true {
                let jobs = self.takeQueue()
                if jobs.isEmpty { return }
                var endings: [@Sendable () -> Void] = []
                do {
                    try database.inTransaction(.immediate) {
                        endings = jobs.map { $0.run(database) }
                        return .commit
                    }
                    for ending in endings { ending() }
                } catch {
                    for job in jobs { job.fail(error) }
                }
            }
        }
    }

    /// What waits now; with nothing waiting, the next change starts a commit of its own.
    private func takeQueue() -> [Job] {
        state.withLock { state in
            defer { state.queue = [] }
            if state.queue.isEmpty { state.isCommitting = false }
            return state.queue
        }
    }
}
