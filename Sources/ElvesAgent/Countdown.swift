import Synchronization

/// Calls `then` at the last of a number of events.
final class Countdown: Sendable {
    private let remaining: Atomic<Int>
    private let then: @Sendable () -> Void

    init(_ count: Int, then: @escaping @Sendable () -> Void) {
        remaining = Atomic(count)
        self.then = then
    }

    func next() {
        if remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { then() }
    }
}
