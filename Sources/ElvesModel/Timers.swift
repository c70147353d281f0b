/// Where a component's timers come from. Injected, so that decisions which wait can be simulated without waiting.
public struct Timers: Sendable {
    /// Runs `fire` once after `delay`, unless the returned closure is called first. `fire` must return at once.
    public let start: @Sendable (_ delay: Duration, _ fire: @escaping @Sendable () -> Void) -> (@Sendable () -> Void)

    public init(
        start: @escaping @Sendable (_ delay: Duration, _ fire: @escaping @Sendable () -> Void) -> (@Sendable () -> Void)
    ) {
        self.start = start
    }
}
