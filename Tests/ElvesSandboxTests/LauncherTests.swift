import ElvesPolicy
import ElvesSandbox
import Foundation
import Testing

@Suite(.disabled(if: TestLauncher.isMissing, "needs elves-sandbox: set ELVES_SANDBOX or install a C compiler"))
struct LauncherTests {
    let scratch: ScratchFolder
    let policy: CompiledPolicy

    init() throws {
        scratch = try ScratchFolder()
        policy = try CompiledPolicy(contentsOf: repository + "/sandbox/policies/python.yaml")
    }

    @Test func `a python worker prints a line from inside the sandbox`() throws {
        let worker = try start("import os; print('hello from', os.getcwd(), os.getuid())")
        var control = LineReader(worker.control)
        var output = LineReader(worker.standardOutput)

        guard case .started = try control.message() else {
            Issue.record("not started")
            return
        }
        #expect(try output.next() == "hello from /app 1000")
        #expect(try control.message() == .exited(code: 0))
        #expect(try control.next() == nil)
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `standard input and error reach the worker`() throws {
        let worker = try start("import sys; sys.stderr.write('got ' + sys.stdin.readline())")
        var error = LineReader(worker.standardError)
        let line = Array("work\n".utf8)

        #expect(write(worker.standardInput, line, line.count) == line.count)
        #expect(try error.next() == "got work")
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `the worker's exit code is told`() throws {
        let worker = try start("import sys; sys.exit(42)")
        var control = LineReader(worker.control)

        _ = try control.message()
        #expect(try control.message() == .exited(code: 42))
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `the worker has the limits and the environment of its policy and no other`() throws {
        let worker = try start(
            "import os, resource as r; print(r.getrlimit(r.RLIMIT_AS)[0], r.getrlimit(r.RLIMIT_CORE)[1], sorted(os.environ))")
        var output = LineReader(worker.standardOutput)

        #expect(try output.next() == "\(512 << 20) 0 ['HOME', 'LANG', 'PATH', 'TMPDIR', 'TZ']")
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `under the strictest policy a static program answers a line, and can do nothing else`() throws {
        let source = try scratch.write(
            "worker.c",
            """
            #include <errno.h>
            #include <fcntl.h>
            #include <stdio.h>
            #include <sys/socket.h>
            #include <unistd.h>
            static int failed(int result) { return result < 0 ? errno : 0; }
            int main(void) {
                char line[100];
                if (!fgets(line, sizeof line, stdin)) return 1;
                int made = failed(open("/tmp/x", O_CREAT | O_WRONLY, 0600)), read = failed(open("/etc/passwd", O_RDONLY));
                int talked = failed(socket(AF_UNIX, SOCK_STREAM, 0)), forked = failed(fork());
                printf("%d %d %d %d %s", made, read, talked, forked, line);
                return 0;
            }
            """)
        let strict = try CompiledPolicy(contentsOf: repository + "/sandbox/policies/strict.yaml")
        let build = Process()
        build.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        build.arguments = ["cc", "-static", "-o", scratch.path + "/worker", source]
        try build.run()
        build.waitUntilExit()
        try #require(build.terminationStatus == 0)
        let plan = SandboxPlan(
            policy: strict.policy, appFolder: scratch.path, entry: "worker", identity: try TestLauncher.identity)

        let worker = try Launcher(path: launcherPath()).launch(PreparedSandbox(plan, filter: strict.filter))
        var output = LineReader(worker.standardOutput)
        let line = Array("work\n".utf8)
        #expect(write(worker.standardInput, line, line.count) == line.count)

        #expect(try output.next() == "1 1 1 1 work")
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `a killed worker is told as signalled`() throws {
        let worker = try start("print('ready'); input()")
        var control = LineReader(worker.control)
        var output = LineReader(worker.standardOutput)
        #expect(try output.next() == "ready")
        // A launcher that is told to kill before it has told of the start does not tell of it any more.
        _ = try control.message()

        send(.kill, to: worker)

        #expect(try control.message() == .signaled(9))
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `a worker is asked to end`() throws {
        let worker = try start(
            "import signal, sys; signal.signal(15, lambda *_: sys.exit(3)); print('ready'); signal.pause()")
        var control = LineReader(worker.control)
        var output = LineReader(worker.standardOutput)
        #expect(try output.next() == "ready")

        send(.terminate, to: worker)

        _ = try control.message()
        #expect(try control.message() == .exited(code: 3))
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `closing the control socket ends the worker and its children`() throws {
        let worker = try start("import os; os.fork(); os.write(1, b'ready\\n'); input()")
        var output = LineReader(worker.standardOutput)
        #expect(try output.next() == "ready")

        close(worker.control)

        // The end of the file: nobody has the pipe's other end any more.
        while try output.next() != nil {}
        for descriptor in [worker.standardInput, worker.standardOutput, worker.standardError] { close(descriptor) }
        #expect(try worker.reap() == .exited(code: 0))
    }

    @Test func `a program that is not in the sandbox is told with its layer`() throws {
        // It is on the host, behind the link, but the folder that the link leads to is not shown.
        let hidden = try Policy(
            yaml: smallPolicy.replacing("[/usr/bin/none, /usr/bin/env]", with: "[/bin/sh]")
                .replacing("roots: {/usr: programs}", with: "roots: {/etc/passwd: names}"), file: "hidden.yaml")
        let plan = SandboxPlan(
            policy: hidden, appFolder: scratch.path, arguments: [], identity: try TestLauncher.identity)
        let worker = try Launcher(path: launcherPath()).launch(PreparedSandbox(plan, filter: policy.filter))
        var control = LineReader(worker.control)

        guard case .failed("exec", ENOENT, let reason) = try control.message() else {
            Issue.record("started, or failed otherwise")
            return
        }
        #expect(reason.contains("/bin/sh"))
        #expect(try control.next() == nil)
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `a missing root is told with its layer and path`() throws {
        let worker = try start("", appFolder: scratch.path + "/none")
        var control = LineReader(worker.control)

        guard case .failed("root", ENOENT, let reason) = try control.message() else {
            Issue.record("started, or failed otherwise")
            return
        }
        #expect(reason.contains(scratch.path + "/none"))
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `a control group that is not there is told with its layer`() throws {
        let launcher = Launcher(path: try launcherPath())
        let worker = try launcher.launch(prepare("", appFolder: scratch.path), cgroups: [scratch.path + "/group"])
        var control = LineReader(worker.control)

        guard case .failed("cgroup", ENOENT, _) = try control.message() else {
            Issue.record("started, or failed otherwise")
            return
        }
        #expect(try end(worker) == .exited(code: 0))
        #expect(throws: LaunchError.plan(.badPath(what: "a control group", path: "group"))) {
            try launcher.launch(prepare("", appFolder: scratch.path), cgroups: ["group"])
        }
    }

    @Test func `what an app asks for is there and the rest is not`() throws {
        var plan = try python("import os; print(open('/proc/uptime').read() > '', os.path.exists('/etc/passwd'))", scratch.path)
        plan.requestedPaths = ["/proc/uptime"]
        let worker = try Launcher(path: launcherPath()).launch(PreparedSandbox(plan, filter: policy.filter))
        var output = LineReader(worker.standardOutput)

        #expect(try output.next() == "True False")
        #expect(try end(worker) == .exited(code: 0))
    }

    @Test func `what a worker writes in a granted folder is on the host, under the owner's name`() throws {
        try FileManager.default.createDirectory(atPath: scratch.path + "/out", withIntermediateDirectories: false)
        let out = try #require(realpath(scratch.path + "/out", nil).map { String(cString: $0) })
        if geteuid() == 0 { chown(out, 4321, 4322) }
        var plan = try python("print(open('\(out)/made', 'w').write('by the worker'))", scratch.path)
        plan.writablePaths = [out]
        let worker = try Launcher(path: launcherPath()).launch(PreparedSandbox(plan, filter: policy.filter))
        var output = LineReader(worker.standardOutput)

        #expect(try output.next() == "13")
        #expect(try end(worker) == .exited(code: 0))
        #expect(try String(contentsOfFile: out + "/made", encoding: .utf8) == "by the worker")
        let made = try FileManager.default.attributesOfItem(atPath: out + "/made")
        #expect(made[.ownerAccountID] as? UInt32 == (geteuid() == 0 ? 4321 : geteuid()))
    }

    @Test func `arguments, secrets and input are those of one launch`() throws {
        let prepared = try prepare(
            "import os, sys; print(sys.argv[1:], sys.stdin.read(), os.read(3, 99))", appFolder: scratch.path)
        let launcher = Launcher(path: try launcherPath())
        let file = open(try scratch.write("input", "from a file"), O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        let worker = try launcher.launch(prepared, arguments: ["a", "b c"], secrets: Array("{}".utf8), input: file)
        var output = LineReader(worker.standardOutput)

        #expect(worker.standardInput == -1)
        #expect(try output.next() == "['a', 'b c'] from a file b'{}'")
        #expect(try end(worker) == .exited(code: 0))
        #expect(throws: LaunchError.plan(.badCharacter(what: "an argument of this launch"))) {
            try launcher.launch(prepared, arguments: ["a\tb"])
        }
        #expect(fcntl(file, F_GETFD) >= 0)
    }

    @Test func `a launcher that is not there is named`() throws {
        let launcher = Launcher(path: scratch.path + "/none")

        #expect(throws: LaunchError.cannotStart(path: scratch.path + "/none", errno: ENOENT)) {
            try launcher.launch(prepare("", appFolder: scratch.path))
        }
    }

    @Test func `one prepared sandbox is launched many times`() throws {
        let prepared = try prepare("print(1)", appFolder: scratch.path)
        let launcher = Launcher(path: try launcherPath())
        for _ in 0..<50 {
            let worker = try launcher.launch(prepared)
            var output = LineReader(worker.standardOutput)
            #expect(try output.next() == "1")
            #expect(try end(worker) == .exited(code: 0))
        }
    }

    private func launcherPath() throws -> String { try #require(TestLauncher.path) }

    private func prepare(_ program: String, appFolder: String) throws -> PreparedSandbox {
        try PreparedSandbox(python(program, appFolder), filter: policy.filter)
    }

    /// A program in the place of the worker.
    private func python(_ program: String, _ appFolder: String) throws -> SandboxPlan {
        var plan = SandboxPlan(
            policy: policy.policy, appFolder: appFolder, arguments: ["-I", "-S", "-B", "-u", "-c", program],
            identity: try TestLauncher.identity)
        plan.program = "/usr/bin/python3"
        return plan
    }

    private func start(_ program: String, appFolder: String? = nil) throws -> LaunchedProcess {
        try Launcher(path: launcherPath()).launch(prepare(program, appFolder: appFolder ?? scratch.path))
    }

    /// Waits for the end, after everything that a test wanted to read has been read.
    private func end(_ worker: LaunchedProcess) throws -> ProcessEnd {
        let end = try worker.reap()
        worker.closeDescriptors()
        return end
    }

    private func send(_ command: ControlCommand, to worker: LaunchedProcess) {
        var byte = command.rawValue
        #expect(Foundation.send(worker.control, &byte, 1, Int32(MSG_NOSIGNAL)) == 1)
    }
}

extension LineReader {
    fileprivate mutating func message() throws -> ControlMessage { try ControlMessage(#require(try next())) }
}
