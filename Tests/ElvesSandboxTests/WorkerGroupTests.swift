import ElvesPolicy
import ElvesSandbox
import Foundation
import Testing

enum TestCgroups {
    static let name = "elves-tests"
    /// What an earlier run left goes first.
    static let problems = {
        let tree = CgroupTree.find(named: name)
        tree.sweep()
        return tree.problems
    }()
}

/// Real groups of this machine's, with real workers in them.
@Suite(
    .disabled(if: TestLauncher.isMissing, "needs elves-sandbox: set ELVES_SANDBOX or install a C compiler"),
    .enabled(if: geteuid() == 0, "needs root to make control groups"),
    .enabled(if: TestCgroups.problems.isEmpty, "needs control groups: \(TestCgroups.problems)"))
struct WorkerGroupTests {
    private let tree = CgroupTree.find(named: TestCgroups.name)
    private let scratch: ScratchFolder
    private let policy: CompiledPolicy

    init() throws {
        scratch = try ScratchFolder()
        policy = try CompiledPolicy(contentsOf: repository + "/sandbox/policies/python.yaml")
    }

    @Test func `a worker is in its groups and sees none of the host's`() throws {
        try run("print(open('/proc/self/cgroup').read().split())", GroupLimits()) { (worker, group) throws in
            var output = LineReader(worker.standardOutput)
            let line = try #require(try output.next())
            #expect(line.contains("'0::/'"))
            #expect(!line.contains("elves-tests"))
        }
    }

    @Test func `a worker that takes more memory than its group has is ended, and the group says why`() throws {
        try run("held = bytearray(200 << 20); print('after')", GroupLimits(memory: 64 << 20)) { (worker, group) throws in
            #expect(try ending(worker) == .signaled(9))
            let end = group.end()
            #expect(end.oomKills >= 1)
            #expect(group.counts().oomKills == end.oomKills)
            let peak = try #require(end.peakMemory)
            #expect(peak > 32 << 20)
            #expect(peak <= 64 << 20)
        }
    }

    @Test func `a worker's processes together are limited`() throws {
        let program = """
            import os, time
            made = 0
            try:
                while made < 30:
                    if os.fork() == 0: time.sleep(60)
                    made += 1
            except BlockingIOError: pass
            print(made, flush=True)
            """
        try run(program, GroupLimits(processes: 8)) { (worker, group) throws in
            var output = LineReader(worker.standardOutput)
            #expect(try output.next() == "7")
            #expect(try ending(worker) == .exited(code: 0))
            #expect(group.end().refusedProcesses == 1)
            #expect(group.counts() == GroupCounts(refusedProcesses: 1))
        }
    }

    @Test func `processor time is counted, and slowed down beyond its share`() throws {
        let program = """
            import time
            while time.process_time() < 0.2: pass
            """
        try run(program, GroupLimits(processors: 0.25)) { (worker, group) throws in
            #expect(try ending(worker) == .exited(code: 0))
            let end = group.end()
            let (used, waited) = try (#require(end.cpuMicroseconds), #require(end.throttledMicroseconds))
            #expect(used >= 200_000)
            #expect(waited > 0)
        }
    }

    @Test func `killing a group ends processes that left their session and ignore signals`() throws {
        let program = """
            import os, signal, time
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
            for _ in range(5):
                if os.fork() == 0:
                    os.setsid()
                    if os.fork(): os._exit(0)
                    time.sleep(600)
            print('ready', flush=True)
            time.sleep(600)
            """
        try run(program, GroupLimits()) { (worker, group) throws in
            var output = LineReader(worker.standardOutput)
            #expect(try output.next() == "ready")
            try group.remove()
            #expect(try ending(worker) == .signaled(9))
            #expect(try output.next() == nil)
        }
    }

    @Test func `without the one write, processes are ended one by one`() throws {
        // A tree that knows the hierarchies of version 1 only.
        let mounts = try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        let old = mounts.split(separator: "\n").filter { !$0.contains(" - cgroup2 ") }.joined(separator: "\n")
        let tree = CgroupTree.find(named: TestCgroups.name, mounts: old)
        guard tree.has(.pids) else { return }
        #expect(tree.problems == [CgroupProblem(duty: .kill, cause: .notMounted)])
        let program = "import os, time\nfor _ in range(4): os.fork()\nprint('ready', flush=True); time.sleep(600)"
        try run(program, GroupLimits(processes: 40), in: tree) { (worker, group) throws in
            var output = LineReader(worker.standardOutput)
            for _ in 0..<16 { #expect(try output.next() == "ready") }
            try group.remove()
            #expect(try output.next() == nil)
            _ = try ending(worker)
        }
    }

    @Test func `a group with processes is emptied by its removal`() throws {
        let group = try tree.group(GroupLimits())
        let worker = try launch("import time; print('ready', flush=True); time.sleep(600)", group)
        var output = LineReader(worker.standardOutput)
        #expect(try output.next() == "ready")

        try group.remove()

        #expect(try ending(worker) == .signaled(9))
        #expect(group.paths.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
        worker.closeDescriptors()
        _ = try worker.reap()
    }

    @Test func `a limit that the kernel refuses leaves nothing`() throws {
        // Less than a page, so that nothing could ever run, is taken; more than there are numbers is not.
        #expect(throws: CgroupError.self) { try tree.group(GroupLimits(processors: 1e15)) }
    }

    // MARK: Workers

    private func run(
        _ program: String, _ limits: GroupLimits, in other: CgroupTree? = nil,
        _ body: (LaunchedProcess, WorkerGroup) throws -> Void
    ) throws {
        let group = try (other ?? tree).group(limits)
        let worker: LaunchedProcess
        do {
            worker = try launch(program, group)
        } catch {
            try group.remove()
            throw error
        }
        // However the test goes, nothing stays.
        let result = Result { try body(worker, group) }
        worker.closeDescriptors()
        _ = try worker.reap()
        try group.remove()
        #expect(group.paths.allSatisfy { !FileManager.default.fileExists(atPath: $0) })
        try result.get()
    }

    private func launch(_ program: String, _ group: WorkerGroup) throws -> LaunchedProcess {
        try scratch.write("program", program)
        var plan = SandboxPlan(
            policy: policy.policy, appFolder: scratch.path, arguments: ["-I", "-S", "-B", "/app/program"],
            identity: try HostIdentityRange().identity(40))
        plan.program = "/usr/bin/python3"
        let prepared = try PreparedSandbox(plan, filter: policy.filter)
        return try Launcher(path: #require(TestLauncher.path)).launch(prepared, cgroups: group.paths)
    }

    private func ending(_ worker: LaunchedProcess) throws -> ControlMessage {
        var control = LineReader(worker.control)
        _ = try control.next()
        return try ControlMessage(#require(try control.next()))
    }
}
