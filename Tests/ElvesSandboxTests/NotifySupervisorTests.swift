import ElvesModel
import ElvesPolicy
import ElvesSandbox
import ElvesSeccomp
import Foundation
import Synchronization
import Testing

@Suite(.disabled(if: TestLauncher.isMissing, "needs elves-sandbox: set ELVES_SANDBOX or install a C compiler"))
struct NotifySupervisorTests {
    private let scratch: ScratchFolder
    private let policy: Policy
    private let supervisor: NotifySupervisor
    private let log = ViolationLog()
    private let noon = Timestamp(microseconds: 1_750_000_000_000_000)

    init() throws {
        scratch = try ScratchFolder()
        policy = try CompiledPolicy(contentsOf: repository + "/sandbox/policies/python.yaml").policy
        let noon = noon
        supervisor = try NotifySupervisor(now: { noon })
    }

    @Test func `a refused call fails with EPERM, and stands in the log before the worker knows`() throws {
        let worker = try start("print(attempt(7), flush=True); input()")
        try watch(worker)
        var output = LineReader(worker.standardOutput)

        #expect(try output.next() == "1")
        let violations = log.take()
        let violation = try #require(violations.kinds.first)
        #expect(violations.total == 1)
        #expect(violation.call == "fchown")
        #expect(violation.arguments == [0, 0, 7, 0, 0, 0], "the call reads three of the six")
        #expect(violation.action == .denied && violation.layer == .seccomp && violation.source == .notify)
        #expect(violation.firstAt == noon)
        close(worker.standardInput)
        try finish(worker)
    }

    @Test func `each take has what came since the last`() throws {
        let worker = try start("for line in sys.stdin: print(attempt(int(line)), flush=True)")
        try watch(worker)
        var output = LineReader(worker.standardOutput)
        for run in 1...3 {
            let line = Array("\(run)\n".utf8)
            #expect(write(worker.standardInput, line, line.count) == line.count)
            #expect(try output.next() == "1")
            #expect(log.take().kinds.map { $0.arguments[2] } == [UInt64(run)])
        }
        close(worker.standardInput)
        try finish(worker)
        #expect(log.take().isEmpty)
    }

    @Test func `a tripwire ends the worker, and the call never returns`() throws {
        let worker = try start("print('before', flush=True); os.chroot('/'); print('after', flush=True)")
        try watch(worker)
        var output = LineReader(worker.standardOutput)

        #expect(try output.next() == "before")
        #expect(try output.next() == nil)
        #expect(try ending(worker) == .signaled(9))
        #expect(log.take().fatal?.call == "chroot")
        try finish(worker)
    }

    @Test func `a flood is answered so often and no more`() throws {
        let worker = try start("[attempt(1) for _ in range(200_000)]; print('after', flush=True)")
        try watch(worker, ViolationRule(killAfter: 50))
        var output = LineReader(worker.standardOutput)

        #expect(try output.next() == nil)
        #expect(try ending(worker) == .signaled(9))
        let violations = log.take()
        #expect(violations.total == 51)
        #expect(violations.fatal?.count == 51)
        try finish(worker)
    }

    @Test func `many threads of many workers are all answered`() throws {
        let program = """
            from threading import Thread, Barrier, stack_size
            stack_size(1 << 17)
            gate = Barrier(16)
            def run(me):
                gate.wait()
                for _ in range(10): assert attempt(me % 4) == 1
            threads = [Thread(target=run, args=[me]) for me in range(16)]
            for thread in threads: thread.start()
            for thread in threads: thread.join()
            print('done', flush=True)
            """
        var workers: [(LaunchedProcess, ViolationLog)] = []
        // Limits of processes count per identity, and an ordinary user has but one.
        for index in 0..<(geteuid() == 0 ? UInt32(4) : 1) {
            var plan = try plan(program)
            if geteuid() == 0 { plan.identity = try HostIdentityRange().identity(20 + index) }
            let worker = try launch(plan)
            let log = ViolationLog()
            try watch(worker, ViolationRule(killAfter: nil), log)
            workers.append((worker, log))
        }

        for (worker, log) in workers {
            var output = LineReader(worker.standardOutput)
            #expect(try output.next() == "done")
            let violations = log.take()
            #expect(violations.total == 160)
            #expect(violations.kinds.map(\.count) == [40, 40, 40, 40])
            try finish(worker)
        }
    }

    @Test func `children of a worker are answered as well`() throws {
        let worker = try start("pid = os.fork(); print(attempt(3), flush=True); pid and os.waitpid(pid, 0)")
        try watch(worker)
        var output = LineReader(worker.standardOutput)

        #expect(try [output.next(), output.next(), output.next()] == ["1", "1", nil])
        #expect(log.take().total == 2)
        try finish(worker)
    }

    @Test func `a worker that never ran keeps nobody from being watched`() throws {
        var plan = try plan("")
        plan.program = "/usr/bin/none-such"
        let failed = try launch(plan)
        try watch(failed)
        var control = LineReader(failed.control)
        guard case .failed("exec", ENOENT, _) = try ControlMessage(#require(try control.next())) else {
            Issue.record("started, or failed otherwise")
            return
        }
        try finish(failed)

        let worker = try start("print(attempt(7), flush=True)")
        try watch(worker)
        var output = LineReader(worker.standardOutput)
        #expect(try output.next() == "1")
        try finish(worker)
    }

    @Test func `without a supervisor refused calls stay refused`() throws {
        var own: NotifySupervisor? = try NotifySupervisor()
        let worker = try start(
            """
            print(attempt(1), flush=True); input()
            while (code := attempt(1)) == 1: pass
            print(code, flush=True)
            """)
        try own?.watch(socket: #require(worker.notify), log: log, rule: ViolationRule(killAfter: nil), tripped: {})
        var output = LineReader(worker.standardOutput)
        #expect(try output.next() == "1")

        own = nil
        #expect(write(worker.standardInput, "\n", 1) == 1)

        #expect(try output.next() == "\(ENOSYS)")
        try finish(worker)
    }

    @Test func `a recording lets every call pass and tells it`() throws {
        let everything =
            #"{"defaultAction": "SCMP_ACT_NOTIFY", "syscalls": [{"names": ["execve"], "action": "SCMP_ACT_ALLOW"}]}"#
        let filter = try SeccompFilter(compiling: SeccompProfile(json: Array(everything.utf8)), notify: .allowed)
        let worker = try launch(plan("print(open('/proc/self/comm').read(), os.getuid())"), filter)
        let seen = Seen()
        try supervisor.record(socket: #require(worker.notify)) { call in
            seen.names.withLock { _ = $0.insert(call.name ?? "\(call.number)") }
            return nil
        }
        var output = LineReader(worker.standardOutput)

        #expect(try output.next() == "python3")
        #expect(try ending(worker) == .exited(code: 0))
        #expect(seen.names.withLock { $0 }.isSuperset(of: ["openat", "read", "write", "getuid", "mmap", "exit_group"]))
        try finish(worker)
    }

    /// The kernel may leave a record out when there are many.
    @Test(.enabled(if: SeccompArchitecture.native == .x86_64, "x32 is of x86_64"))
    func `a call that the filter kills for is in the kernel's log, or it is said why nobody knows it`() throws {
        let begin = Clocks.systemWall()
        let worker = try start("import ctypes; ctypes.CDLL(None).syscall(0x4000_0000 + 39)")
        try watch(worker)

        #expect(try ending(worker) == .signaled(31))
        #expect(log.take().isEmpty, "it never came to the supervisor")
        let user: UInt32? = if case .pair(_, let worker) = try TestLauncher.identity { worker } else { nil }
        switch KernelLog.fatalCall(of: user, process: nil, from: begin) {
        case .told(let found): #expect(found.call == "x32-39" && found.source == .audit && found.action == .killed)
        case .untold(let why):
            let readable = access("/dev/kmsg", R_OK) == 0
            #expect(why.contains(readable ? "has no record of it" : "cannot be read"), "\(why)")
        }
        try finish(worker)
    }

    @Test func `what is no socket is refused`() {
        #expect(throws: NotifyError.unavailable(what: "place for a listener", errno: EBADF)) {
            try supervisor.watch(socket: -1, log: log, rule: ViolationRule(), tripped: {})
        }
    }

    private final class Seen: Sendable { let names = Mutex<Set<String>>([]) }

    // MARK: Workers

    private func plan(_ program: String) throws -> SandboxPlan {
        let file = UUID().uuidString
        try scratch.write(file, attempts + program)
        var plan = SandboxPlan(
            policy: policy, appFolder: scratch.path, arguments: ["-I", "-S", "-B", "/app/" + file],
            identity: try TestLauncher.identity)
        plan.program = "/usr/bin/python3"
        return plan
    }

    private func launch(_ plan: SandboxPlan, _ filter: SeccompFilter? = nil) throws -> LaunchedProcess {
        let filter = if let filter { filter } else { try notifying("worker-base.json") }
        return try Launcher(path: #require(TestLauncher.path)).launch(PreparedSandbox(plan, filter: filter), notify: true)
    }

    private func start(_ program: String) throws -> LaunchedProcess { try launch(plan(program)) }

    /// Kills as a worker's host does.
    private func watch(
        _ worker: LaunchedProcess, _ rule: ViolationRule = ViolationRule(), _ log: ViolationLog? = nil
    ) throws {
        try supervisor.watch(socket: #require(worker.notify), log: log ?? self.log, rule: rule) {
            var byte = ControlCommand.kill.rawValue
            send(worker.control, &byte, 1, Int32(MSG_NOSIGNAL))
        }
    }

    private func ending(_ worker: LaunchedProcess) throws -> ControlMessage {
        var control = LineReader(worker.control)
        guard case .started = try ControlMessage(#require(try control.next())) else { throw NotStarted() }
        return try ControlMessage(#require(try control.next()))
    }

    private struct NotStarted: Error {}

    /// The supervisor has the listener's socket, and whoever closed the input has that.
    private func finish(_ worker: LaunchedProcess) throws {
        for descriptor in [worker.standardOutput, worker.standardError, worker.control] { close(descriptor) }
        _ = try worker.reap()
    }
}

/// What the programs begin with: a call that worker-base.json refuses, with an argument of the test's choice.
private let attempts = """
    import os, sys
    def attempt(value):
        try: os.fchown(0, 0, value)
        except OSError as error: return error.errno
        return 0

    """

/// A profile of the repository, with a listener for what it does not list.
private func notifying(_ name: String) throws -> SeccompFilter {
    let text = try Data(contentsOf: URL(fileURLWithPath: repository + "/sandbox/policies/" + name))
    var profile = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    profile["defaultAction"] = "SCMP_ACT_NOTIFY"
    profile["defaultErrnoRet"] = nil
    let json = try JSONSerialization.data(withJSONObject: profile)
    return try SeccompFilter(compiling: SeccompProfile(json: Array(json)), notify: .allowed)
}
