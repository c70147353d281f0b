package import ElvesModel

/// What is known when a worker's process tree has gone and a call of it is still without an answer.
package struct WorkerEndFacts: Sendable, Equatable {
    /// Why the host killed it; the first cause counts.
    package enum Kill: Sendable, Equatable {
        case deadline
        /// `what` it wrote too much of.
        case output(what: String, limit: Int)
        /// It tried a call that no app may try, or refused ones too often.
        case violation(Violation, refused: Int)
    }

    package var ending: WorkerEnding
    package var kill: Kill?
    package var use = WorkerUse()
    /// What is known of a call by which the filter itself ended it.
    package var fatalCall: FatalCall?
    /// The end of what it wrote on standard error.
    package var tail = ""

    package init(_ ending: WorkerEnding) { self.ending = ending }
}

/// What a worker as a whole could use, and used.
package struct WorkerUse: Sendable, Equatable {
    /// Processes of the worker that the kernel ended for want of memory.
    package var oomKills: UInt64 = 0
    /// Processes that it could not start because it had as many as it may.
    package var refusedProcesses: UInt64 = 0
    /// Bytes the worker as a whole could have; nil if only its processes were limited.
    package var memoryLimit: UInt64?
    /// Of all its processes together; nil if nobody counted.
    package var cpuMicroseconds: UInt64?
    /// Seconds that each of its processes could have; nil for any number.
    package var cpuLimit: UInt64?
    /// Whether its own folder was the only place it could write files in.
    package var writesOnlyScratch = true

    package init() {}
}

/// The precise reason of a worker's end, with its sentence.
///
/// What killed it comes first, then what it died of, then how it went by itself. A reason is never guessed: where something is
/// not counted on this host, the end is told as a plain signal or exit.
package func workerEndAnswer(_ facts: WorkerEndFacts) -> WorkerAnswer {
    switch facts.ending {
    case .refused, .spawnFailed: return facts.ending.answer(tail: facts.tail)
    case .exited, .signaled, .lost: break
    }
    if let kill = facts.kill { return kill.answer(facts) }
    if facts.use.oomKills > 0 { return .error(.memory, facts.memoryText + facts.lastWords) }
    switch facts.ending {
    case .signaled(WorkerEnding.badSystemCall):
        let (call, text) =
            switch facts.fatalCall {
            case .told(let violation): (violation.call, "the system call \(violation.attempt)")
            case .untold(let why): (Violation.unknownCall, "a system call that nobody told of (\(why))")
            case nil: (Violation.unknownCall, "a system call that nobody told of")
            }
        return .error(
            .violation(call: call), "the worker was ended for \(text); its sandbox allows nobody to make it" + facts.lastWords)
    case .signaled(Signal.processorTime):
        return .error(.processorTime, facts.processorText + facts.lastWords)
    // The kernel's own kill at the limit: the host did not send it, and only the worker's own processes could.
    case .signaled(Signal.kill) where facts.usedUpProcessorTime:
        return .error(.processorTime, facts.processorText + facts.lastWords)
    case .signaled(Signal.fileSize):
        return .error(
            .crashed,
            "the worker was ended by signal \(Signal.fileSize): it wrote a file beyond its size limit" + facts.lastWords)
    case .signaled(Signal.bus) where facts.use.writesOnlyScratch && facts.saysNoSpace,
        .exited where facts.use.writesOnlyScratch && facts.saysNoSpace:
        return .error(
            .scratchFull,
            "the worker ended because its own folder was full; write less there, or raise the scratch size" + facts.lastWords)
    case .exited, .signaled, .lost, .refused, .spawnFailed:
        return facts.ending.answer(tail: facts.tail)
    }
}

extension WorkerEndFacts.Kill {
    fileprivate func answer(_ facts: WorkerEndFacts) -> WorkerAnswer {
        // A worker that lost a process may have hung for that.
        let before = facts.use.oomKills > 0 ? "; before that, \(facts.memoryText)" : ""
        switch self {
        case .deadline:
            return .error(.timeout, "no answer before the deadline; the process tree was killed" + before)
        case .output(let what, let limit):
            return .error(.outputLimit, "the worker wrote more than its limit of \(limit) bytes: \(what)" + before)
        case .violation(let violation, let refused):
            let times = refused > 1 ? ", after \(refused - 1) other refused calls" : ""
            return .error(
                .violation(call: violation.call),
                "the worker was killed for the system call \(violation.attempt)\(times); see what it tried with elves sandbox why"
                    + before)
        }
    }
}

extension WorkerEndFacts {
    fileprivate var memoryText: String {
        let processes = use.oomKills == 1 ? "a process of it was" : "\(use.oomKills) processes of it were"
        let limit = use.memoryLimit.map { " of \($0) bytes" } ?? ""
        return "the worker used up its memory\(limit): \(processes) ended by the kernel"
    }

    fileprivate var processorText: String {
        "the worker used up its processor time\(use.cpuLimit.map { " of \($0) s" } ?? "")"
    }

    /// The kernel looks a few times a second, and a worker as a whole has used at least what its process had.
    fileprivate var usedUpProcessorTime: Bool {
        guard let used = use.cpuMicroseconds, let limit = use.cpuLimit else { return false }
        return used / 1_000_000 >= limit
    }

    /// As the C library says error 28, and as every runtime passes it on.
    fileprivate var saysNoSpace: Bool { tail.contains("No space left on device") }

    fileprivate var lastWords: String {
        let last = tail.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
        return last.isEmpty ? "" : "; its last words: \(last)"
    }
}

/// Of signal(7), the same on all machines that Elves runs on.
private enum Signal {
    static let bus = 7
    static let kill = 9
    static let processorTime = 24
    static let fileSize = 25
}
