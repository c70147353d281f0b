/// What is known of the system call by which the kernel itself ended a worker, without asking anybody first.
public enum FatalCall: Sendable, Equatable {
    case told(Violation)
    /// Nobody told it, and why.
    case untold(why: String)
}
