/// How long to wait before a failed link is tried again.
package enum Backoff {
    /// 100 ms, doubled for each failed attempt, at most 10 s; half of it fixed and half by chance, so that the agents of a
    /// center that comes back do not all come at once.
    ///
    /// - Parameters:
    ///   - attempt: How many attempts have failed in a row.
    ///   - random: Any byte.
    package static func pause(attempt: Int, random: UInt8) -> Duration {
        let full = Duration.milliseconds(100 << min(max(attempt, 0), 7))
        let capped = min(full, .seconds(10))
        return capped / 2 + capped / 2 * Double(random) / 255
    }
}
