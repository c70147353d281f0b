/// What an app function answered, or that it could not.
public enum TaskFlag: Int, Sendable, Codable {
    /// The system could not get an answer from the function; `reason` says why.
    case error = -1
    /// The function answered flag false.
    case failed = 0
    /// The function answered flag true.
    case succeeded = 1
}

/// Why a task ended without the function's own answer, or why the function's answer is false. One word each, stable: they
/// stand in answers, in the record and in the documentation.
public struct Reason: Hashable, Sendable, Codable, CustomStringConvertible {
    public let word: String

    public init(_ word: String) { self.word = word }

    /// The deadline passed before the function answered; its process tree was killed.
    public static let timeout = Reason("timeout")
    /// The worker was ended by a signal.
    public static let crashed = Reason("crashed")
    /// The worker exited in the middle of the call.
    public static let exited = Reason("exited")
    /// The worker ended in peace, but without an answer.
    public static let noResult = Reason("no-result")
    /// The worker broke the worker protocol.
    public static let protocolViolation = Reason("protocol")
    /// The worker wrote more than its limit.
    public static let outputLimit = Reason("output-limit")
    /// The worker had a process ended by the kernel for want of memory.
    public static let memory = Reason("oom")
    /// The worker used up its processor time.
    public static let processorTime = Reason("cpu-time")
    /// The worker's own folder had no room left, and it ended by that.
    public static let scratchFull = Reason("scratch-full")
    /// The worker did not get ready.
    public static let notReady = Reason("not-ready")
    /// The launcher could not be started.
    public static let spawn = Reason("spawn")
    /// The agent does not have the app, or not that version.
    public static let notInstalled = Reason("not-installed")
    /// The files of the version on the agent are not those that were installed: nothing of it runs until there is a clean copy.
    public static let quarantined = Reason("quarantined")
    /// The app has no such function.
    public static let unknownFunction = Reason("unknown-function")
    /// The parameters are not what the function takes.
    public static let badParameter = Reason("bad-param")
    /// The agent was lost while it had the task; whether the function ran is unknown.
    public static let agentLost = Reason("agent-lost")
    /// The agent is not connected; the task was not sent.
    public static let agentOffline = Reason("agent-offline")
    /// The center ended while the task was under way; its outcome is recorded when the center is back.
    public static let centerStopping = Reason("center-stopping")
    /// More calls wait than the agent takes.
    public static let busy = Reason("busy")
    /// The agent could not write down that it takes the task on, so it did not run it.
    public static let journal = Reason("journal")
    /// The caller or the operator ended the task.
    public static let cancelled = Reason("cancelled")

    /// Somebody stopped the task, or its queue, before it was sent.
    public static let stopped = Reason("stopped")
    /// A task it comes after did not end as it had to.
    public static let skipped = Reason("skipped")

    /// A sandbox layer could not be had, so the function was not run.
    public static func sandbox(layer: String) -> Reason { Reason("sandbox:\(layer)") }

    /// The worker was ended for a system call that no app may try.
    public static func violation(call: String) -> Reason { Reason("violation:\(call)") }

    public init(from decoder: any Decoder) throws {
        word = try decoder.singleValueContainer().decode(String.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(word)
    }

    public var description: String { word }
}
