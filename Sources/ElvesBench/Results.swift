import Synchronization

/// Collects the times that several threads measured.
final class Results: Sendable {
    private let parts = Mutex<[Result<[Int64], any Error>]>([])

    func add(_ part: Result<[Int64], any Error>) { parts.withLock { $0.append(part) } }

    /// - Throws: The first failure of any thread.
    func all() throws -> [Int64] { try parts.withLock { try $0.flatMap { try $0.get() } } }
}

/// The times of `count` runs of `body`, in nanoseconds.
func times(_ count: Int, _ body: () throws -> Void) rethrows -> [Int64] {
    var times: [Int64] = []
    times.reserveCapacity(count)
    for _ in 0..<count {
        let before = ContinuousClock.now
        try body()
        times.append((ContinuousClock.now - before).nanoseconds)
    }
    return times
}
