import Foundation

/// Runs a body that blocks on a thread of its own, so that no test holds up another.
package func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}

/// Waits for something that another process does, where no event of it can be had: asks every 20 ms.
///
/// - Parameter look: What is seen now, and whether it is what is waited for.
/// - Throws: `NeverCame` with the last value seen.
@discardableResult
package func eventually<Seen>(
    _ what: String, within limit: Duration = .seconds(10), _ look: () async throws -> (seen: Seen, isThere: Bool)
) async throws -> Seen {
    let start = ContinuousClock.now
    while true {
        let (seen, isThere) = try await look()
        if isThere { return seen }
        guard ContinuousClock.now - start < limit else {
            throw NeverCame(description: "not within \(limit): \(what); seen last: \(seen)")
        }
        _ = try await onOwnThread { poll(nil, 0, 20) }
    }
}

/// What was waited for did not come.
package struct NeverCame: Error, CustomStringConvertible {
    package let description: String
}
