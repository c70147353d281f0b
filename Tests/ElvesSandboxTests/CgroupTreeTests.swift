import ElvesSandbox
import Foundation
import Synchronization
import Testing

/// Version 2 as it is where it has the controllers, by folders that behave so.
@Suite struct CgroupTreeTests {
    @Test func `each group on the way hands on what workers need`() throws {
        let fake = try FakeCgroups()
        let tree = fake.tree()
        let group = try tree.group(GroupLimits())

        #expect(tree.problems == [])
        #expect(CgroupDuty.allCases.allSatisfy(tree.has))
        let path = try #require(group.paths.first)
        #expect(group.paths.count == 1)
        let parts = path.dropFirst(fake.scratch.path.count + 1).split(separator: "/")
        #expect(parts.count == 4 && parts[0] == "own" && parts[1] == "elves" && parts[3] == "worker-1")
        #expect(parts[2].hasPrefix("agent-\(getpid())-"))
        for length in 1...3 {
            let folder = fake.scratch.path + "/" + parts.prefix(length).joined(separator: "/")
            #expect(fake.text(folder + "/cgroup.subtree_control") == "+cpu +memory +pids")
        }
    }

    @Test func `limits are written as the kernel reads them`() throws {
        let fake = try FakeCgroups()
        let tree = fake.tree()
        let group = try tree.group(GroupLimits(memory: 256 << 20, processes: 32, processors: 0.5))

        let path = try #require(group.paths.first)
        #expect(fake.text(path + "/memory.max") == "268435456")
        #expect(fake.text(path + "/memory.swap.max") == "0")
        #expect(fake.text(path + "/memory.oom.group") == "1")
        #expect(fake.text(path + "/pids.max") == "33", "one for the first process of the sandbox")
        #expect(fake.text(path + "/cpu.max") == "50000 100000")
    }

    @Test func `a worker gets at least the millisecond that the kernel takes`() throws {
        let fake = try FakeCgroups()
        let tree = fake.tree()
        let path = try #require(try tree.group(GroupLimits(processors: 0.001)).paths.first)

        #expect(fake.text(path + "/cpu.max") == "1000 100000")
        #expect(fake.text(path + "/memory.max") == "")
    }

    @Test func `the end of a group is read from its files`() throws {
        let fake = try FakeCgroups()
        let tree = fake.tree()
        let group = try tree.group(GroupLimits())
        let path = try #require(group.paths.first)
        #expect(group.end() == GroupEnd())

        for (name, text) in [
            ("memory.events", "low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\noom_group_kill 1\n"), ("memory.peak", "268435456\n"),
            ("pids.events", "max 12\n"),
            ("cpu.stat", "usage_usec 5000000\nuser_usec 1\nnr_throttled 4\nthrottled_usec 812\n"),
        ] { try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8) }

        #expect(
            group.end()
                == GroupEnd(
                    oomKills: 3, peakMemory: 268_435_456, cpuMicroseconds: 5_000_000, throttledMicroseconds: 812,
                    refusedProcesses: 12))
    }

    @Test func `a group that is not empty is killed by one write, and then removed with its folder`() throws {
        let fake = try FakeCgroups()
        let busy = Mutex(true)
        let folders = CgroupFolders(
            make: fake.folders.make,
            remove: { busy.withLock { $0 } && $0.hasSuffix("worker-1") ? EBUSY : fake.folders.remove($0) },
            write: { text, path in
                if path.hasSuffix("worker-1/cgroup.kill"), text == "1" { busy.withLock { $0 = false } }
                return fake.folders.write(text, path)
            })
        let tree = fake.tree(folders: folders)
        let group = try tree.group(GroupLimits())
        let path = try #require(group.paths.first)

        try group.remove()
        #expect(!busy.withLock { $0 })
        #expect(!FileManager.default.fileExists(atPath: path))
        try group.remove()
    }

    @Test func `a group that is shared or was handed nothing is the shell's, and a service would have its own`() throws {
        let shared = try FakeCgroups()
        try shared.scratch.write("own/cgroup.procs", "1\n2\n")
        try shared.scratch.write("cgroup.controllers", "")
        #expect(shared.tree().awaitsService)

        #expect(try FakeCgroups(controllers: "cpuset io").tree().awaitsService)
        #expect(try !FakeCgroups().tree().awaitsService, "it lacks nothing")
        #expect(try !FakeCgroups(isForbidden: true).tree().awaitsService, "an ordinary user has no group anywhere")
        #expect(try !FakeCgroups().tree(mountOptions: "ro").awaitsService, "no service can write there either")
    }

    @Test func `a tree that goes takes its folder along`() throws {
        let fake = try FakeCgroups()
        var tree: CgroupTree? = fake.tree()
        let path = try #require(try tree?.group(GroupLimits()).paths.first)
        #expect(fake.folders.remove(path) == 0)

        tree = nil

        #expect(!FileManager.default.fileExists(atPath: fake.own + "/elves"))
    }

    @Test func `what a dead agent left is removed, and a living one's is not`() throws {
        let fake = try FakeCgroups()
        let living = fake.tree()
        let kept = try #require(try living.group(GroupLimits()).paths.first)
        let dead = fake.own + "/elves/agent-1-dead"
        for path in [dead, dead + "/worker-1", dead + "/worker-2"] { #expect(fake.folders.make(path) == 0) }
        #expect(fake.folders.make(fake.own + "/elves/somebody-else") == 0)

        let tree = fake.tree()

        #expect(tree.sweep() == 2)
        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(FileManager.default.fileExists(atPath: kept))
        #expect(FileManager.default.fileExists(atPath: fake.own + "/elves/somebody-else"))
        #expect(tree.sweep() == 0)
        #expect(living.has(.memory))
    }

    // MARK: The agent's own place

    @Test func `an agent that is alone in its group moves into a child of it`() throws {
        let fake = try FakeCgroups()
        try fake.scratch.write("own/cgroup.procs", "\(getpid())\n")
        let tree = fake.tree()

        #expect(tree.problems == [])
        #expect(fake.text(fake.own + "/cgroup.procs") == "")
        #expect(fake.text(fake.own + "/elves-agent/cgroup.procs") == "\(getpid())")
        #expect(try tree.group(GroupLimits()).paths.allSatisfy { $0.hasPrefix(fake.own + "/elves/agent-") })
    }

    @Test func `an agent that has moved finds its place again`() throws {
        let fake = try FakeCgroups()
        let tree = fake.tree(group: "/own/elves-agent")

        #expect(tree.problems == [])
        #expect(try tree.group(GroupLimits()).paths.allSatisfy { $0.hasPrefix(fake.own + "/elves/agent-") })
    }

    @Test func `beside others, groups are made below the first one, where that is allowed`() throws {
        let fake = try FakeCgroups()
        try fake.scratch.write("own/cgroup.procs", "1\n\(getpid())\n")
        try fake.scratch.write("cgroup.controllers", "cpu memory pids\n")
        try fake.scratch.write("cgroup.procs", "2\n")
        try fake.scratch.write("cgroup.subtree_control", "")
        let tree = fake.tree()

        #expect(tree.problems == [])
        #expect(try tree.group(GroupLimits()).paths.allSatisfy { $0.hasPrefix(fake.scratch.path + "/elves/agent-") })
        #expect(fake.text(fake.own + "/cgroup.procs") == "1\n\(getpid())\n")
    }

    @Test func `others in the agent's group are not moved, and the remedy is told`() throws {
        let fake = try FakeCgroups()
        try fake.scratch.write("own/cgroup.procs", "1\n\(getpid())\n")
        let tree = fake.tree()

        #expect(
            tree.problems
                == [.memory, .pids, .cpu].map { CgroupProblem(duty: $0, cause: .shared(folder: fake.own)) })
        #expect("\(tree.problems[0])".contains("Delegate=yes"))
        #expect(tree.has(.kill), "which needs no controller")
        #expect(fake.text(fake.own + "/cgroup.procs") == "1\n\(getpid())\n")
    }

    // MARK: What is missing

    @Test func `controllers that were not delegated are told with the remedy`() throws {
        let fake = try FakeCgroups(controllers: "cpu pids")
        let tree = fake.tree()

        #expect(tree.problems == [CgroupProblem(duty: .memory, cause: .notDelegated(folder: fake.own))])
        #expect("\(tree.problems[0])".contains("Delegate=yes"))
        #expect(tree.has(.pids) && tree.has(.cpu) && tree.has(.kill) && !tree.has(.memory))
        let path = try #require(try tree.group(GroupLimits(memory: 1 << 20, processes: 1)).paths.first)
        #expect(!FileManager.default.fileExists(atPath: path + "/memory.max"))
        #expect(fake.text(path + "/pids.max") == "2")
    }

    @Test func `a user who may make no groups is told what would`() throws {
        let fake = try FakeCgroups(isForbidden: true)
        let tree = fake.tree()

        #expect(tree.problems == CgroupDuty.allCases.map { CgroupProblem(duty: $0, cause: .notPermitted(folder: fake.own)) })
        #expect("\(tree.problems[0])".contains("run the agent as root"))
        #expect(try tree.group(GroupLimits(memory: 1)).paths == [])
    }

    @Test func `a read-only mount is told`() throws {
        let fake = try FakeCgroups()
        let tree = fake.tree(mountOptions: "ro,relatime")

        #expect(
            tree.problems == CgroupDuty.allCases.map { CgroupProblem(duty: $0, cause: .readOnly(folder: fake.scratch.path)) })
        #expect("\(tree.problems[0])".contains("read-only"))
    }

    @Test func `a group that is out of sight is told`() throws {
        let tree = try FakeCgroups().tree(group: "/../outside")

        #expect(tree.problems.map(\.duty) == CgroupDuty.allCases)
        #expect(tree.problems.allSatisfy { if case .hidden = $0.cause { true } else { false } })
    }

    @Test func `a host without control groups is told so`() {
        let tree = CgroupTree.find(mounts: "", groups: "")

        #expect(tree.problems == CgroupDuty.allCases.map { CgroupProblem(duty: $0, cause: .notMounted) })
        #expect(tree.problems.allSatisfy { "\($0)".contains("mount cgroup2") })
    }

    @Test func `each way to be without a limit says what, why and what would change it`() {
        let causes: [CgroupProblem.Cause] = [
            .notMounted, .readOnly(folder: "/f"), .notPermitted(folder: "/f"), .notDelegated(folder: "/f"),
            .shared(folder: "/f"),
            .hidden(folder: "/f"),
        ]
        for cause in causes {
            let text = "\(CgroupProblem(duty: .memory, cause: cause))"
            #expect(text.hasPrefix("no memory limit for a worker as a whole: "))
            #expect(text.contains("; "), "a remedy")
        }
        let failed = CgroupProblem(duty: .kill, cause: .failed(path: "/f", errno: ENOSPC))
        #expect("\(failed)".hasSuffix("/f: No space left on device (errno \(ENOSPC))"))
    }
}
