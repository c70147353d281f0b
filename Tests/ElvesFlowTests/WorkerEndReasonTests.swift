import ElvesFlow
import ElvesJSON
import ElvesModel
import Testing

@Suite struct WorkerEndReasonTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let facts: WorkerEndFacts
        let reason: String
        let says: String

        var testDescription: String { name }

        init(
            _ name: String, _ ending: WorkerEnding, _ reason: String, _ says: String,
            _ set: (inout WorkerEndFacts) -> Void = { _ in }
        ) {
            self.name = name
            var facts = WorkerEndFacts(ending)
            set(&facts)
            self.facts = facts
            self.reason = reason
            self.says = says
        }
    }

    private static let ptrace = Violation(
        call: "ptrace", arguments: [16, 0, 0, 0, 0, 0], action: .killed, source: .notify, firstAt: Timestamp(microseconds: 1))

    static let rows: [Row] = [
        // By itself.
        Row("an exit without an answer", .exited(code: 0), "no-result", "ended without an answer"),
        Row("an exit with a code", .exited(code: 3), "exited", "exited with code 3") { $0.use.cpuMicroseconds = 99_000_000 },
        Row("a signal", .signaled(number: 11), "crashed", "signal 11; its last words: oh") { $0.tail = "oh" },
        Row("a launcher that went", .lost, "crashed", "without a word"),
        Row("a layer that is missing", .refused(layer: "cgroup", text: "gone"), "sandbox:cgroup", "gone") {
            $0.use.oomKills = 1
        },
        Row("no launcher", .spawnFailed("gone"), "spawn", "gone") { $0.kill = .deadline },
        // Memory.
        Row("killed for memory", .signaled(number: 9), "oom", "its memory of 1024 bytes: a process of it was") {
            ($0.use.oomKills, $0.use.memoryLimit) = (1, 1024)
        },
        Row("a child killed for memory, and an exit for that", .exited(code: 1), "oom", "3 processes of it were") {
            $0.use.oomKills = 3
        },
        Row("a child killed for memory, and no answer", .exited(code: 0), "oom", "its memory: a process") {
            $0.use.oomKills = 1
        },
        Row("killed by somebody else", .signaled(number: 9), "crashed", "signal 9"),
        // Processor time.
        Row("the soft limit of processor time", .signaled(number: 24), "cpu-time", "its processor time of 60 s") {
            $0.use.cpuLimit = 60
        },
        Row("the hard limit of processor time", .signaled(number: 9), "cpu-time", "its processor time of 60 s") {
            ($0.use.cpuLimit, $0.use.cpuMicroseconds) = (60, 60_012_000)
        },
        Row("killed, with processor time left", .signaled(number: 9), "crashed", "signal 9") {
            ($0.use.cpuLimit, $0.use.cpuMicroseconds) = (60, 59_990_000)
        },
        Row("killed, and nobody counted", .signaled(number: 9), "crashed", "signal 9") { $0.use.cpuLimit = 60 },
        Row("killed, and nothing was limited", .signaled(number: 9), "crashed", "signal 9") { $0.use.cpuMicroseconds = .max },
        Row("memory before processor time", .signaled(number: 9), "oom", "memory") {
            ($0.use.oomKills, $0.use.cpuLimit, $0.use.cpuMicroseconds) = (1, 60, 61_000_000)
        },
        // Killed by the host.
        Row("the deadline", .signaled(number: 9), "timeout", "before the deadline") { $0.kill = .deadline },
        Row("the deadline, of a worker that ended just then", .exited(code: 0), "timeout", "deadline") { $0.kill = .deadline },
        Row(
            "the deadline, with a cause before it", .signaled(number: 9), "timeout",
            "before that, the worker used up its memory"
        ) {
            ($0.kill, $0.use.oomKills) = (.deadline, 1)
        },
        Row("the deadline, with the processor's time", .signaled(number: 9), "timeout", "deadline") {
            ($0.kill, $0.use.cpuLimit, $0.use.cpuMicroseconds) = (.deadline, 1, 2_000_000)
        },
        Row("too much output", .signaled(number: 9), "output-limit", "limit of 8 bytes: standard error") {
            $0.kill = .output(what: "standard error", limit: 8)
        },
        Row("a tripwire", .signaled(number: 9), "violation:ptrace", "ptrace(0x10, 0x0, 0x0, 0x0, 0x0, 0x0); see") {
            $0.kill = .violation(ptrace, refused: 1)
        },
        Row("too many refused calls", .signaled(number: 9), "violation:ptrace", "after 50 other refused calls") {
            $0.kill = .violation(ptrace, refused: 51)
        },
        // Killed by the filter.
        Row("a call that nobody told of", .signaled(number: 31), "violation:unknown", "nobody told of"),
        Row("a call that the audit log has", .signaled(number: 31), "violation:ptrace", "the system call ptrace(0x10") {
            $0.fatalCall = .told(ptrace)
        },
        Row(
            "a call, and a log that cannot be read", .signaled(number: 31), "violation:unknown",
            "nobody told of (the log is shut);"
        ) {
            $0.fatalCall = .untold(why: "the log is shut")
        },
        // Disks.
        Row("a file too long", .signaled(number: 25), "crashed", "beyond its size limit"),
        Row("a full folder, told by an exit", .exited(code: 1), "scratch-full", "own folder was full") {
            $0.tail = "Traceback\nOSError: [Errno 28] No space left on device\n"
        },
        Row("a full folder, mapped", .signaled(number: 7), "scratch-full", "own folder was full") {
            $0.tail = "No space left on device"
        },
        Row("a full folder that may be another", .exited(code: 1), "exited", "No space left") {
            ($0.tail, $0.use.writesOnlyScratch) = ("No space left on device", false)
        },
        Row("a bus error", .signaled(number: 7), "crashed", "signal 7"),
    ]

    @Test(arguments: rows) func `an end has its precise reason`(row: Row) {
        let answer = workerEndAnswer(row.facts)

        #expect(answer.flag == .error)
        #expect(answer.reason?.word == row.reason)
        #expect(answer.result.stringValue?.contains(row.says) == true, "\(answer.result)")
    }
}
