import ElvesPolicy
import ElvesSandbox
import Foundation
import Testing

@Suite struct SandboxPlanTests {
    let policy: Policy

    init() throws { policy = try Policy(yaml: smallPolicy, file: "small.yaml") }

    @Test func `the plan of a small policy`() throws {
        let plan = SandboxPlan(
            policy: policy, appFolder: "/var/apps/x/1", requestedPaths: ["/proc/meminfo"],
            additions: [.init(source: "/usr/share/elves/sdk", target: "/sdk/elves")],
            arguments: ["/app/worker.py", "two words"],
            identity: .pair(root: 0x7000_0000, worker: 0x7000_0001))

        #expect(
            try lines(plan) == [
                "elves-plan 1",
                "hostname|worker",
                "uid-map|1879048192|1879048193",
                "bind-ro|/usr|/usr",
                "bind-ro-optional|/opt/none|/opt/none",
                "symlink|usr/bin|/bin",
                "tmpfs|/tmp|65536|16",
                "bind-ro|/proc/meminfo|/proc/meminfo",
                "bind-ro|/var/apps/x/1|/app",
                "bind-ro|/usr/share/elves/sdk|/sdk/elves",
                "rlimit|as|536870912",
                "rlimit|nproc|33",
                "rlimit|nofile|256",
                "rlimit|fsize|1048576",
                "rlimit|core|0",
                "rlimit|memlock|65536",
                "rlimit|stack|8388608",
                "env|LANG=C.UTF-8",
                "env|EMPTY=",
                "cwd|/app",
                "exec|/usr/bin/env",
                "arg|/usr/bin/env",
                "arg|-I",
                "arg|/app/worker.py",
                "arg|two words",
                "",
            ])
    }

    @Test func `grants come after what is shown anyway, outer folders before inner ones`() throws {
        var plan = plan()
        plan.writablePaths = ["/srv/data/out", "/srv"]
        plan.grantedPaths = ["/srv/data"]

        let binds = try lines(plan).drop { !$0.contains("|/app") }.dropFirst().prefix(3)
        #expect(
            Array(binds) == [
                "bind-rw|/srv|/srv", "bind-ro-mapped|/srv/data|/srv/data", "bind-rw|/srv/data/out|/srv/data/out",
            ])
        #expect(plan.scratchIsPrivate)
        plan.writablePaths = ["/tmp/shared"]
        #expect(!plan.scratchIsPrivate)
        plan.writablePaths = ["/srv/../etc"]
        #expect(throws: PlanError.badPath(what: "a granted path", path: "/srv/../etc")) { try plan.text() }
    }

    @Test func `a test's own file is shown to everybody`() throws {
        var plan = plan()
        plan.grantedPaths = ["/srv/data"]
        plan.standIns = ["/srv/data": "/scratch/1"]

        #expect(try lines(plan).contains("bind-ro|/scratch/1|/srv/data"))
    }

    @Test func `what an app asks for has to be there, and be the place itself if it is granted`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("there", "x")
        let (missing, link) = (scratch.path + "/missing", scratch.path + "/link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "there")
        var plan = plan()
        plan.requestedPaths = [file, link]
        plan.grantedPaths = [file]
        plan.writablePaths = [scratch.path]
        try plan.requirePresence()

        plan.requestedPaths = [missing]
        #expect(throws: PlanError.notThere(path: missing)) { try plan.requirePresence() }
        plan.requestedPaths = []
        plan.grantedPaths = [missing]
        #expect(throws: PlanError.notThere(path: missing)) { try plan.requirePresence() }
        plan.grantedPaths = []
        plan.writablePaths = [file + "/below"]
        #expect(throws: PlanError.notThere(path: file + "/below")) { try plan.requirePresence() }
        plan.writablePaths = [link]
        #expect(throws: PlanError.leadsOverLink(path: link, place: file)) { try plan.requirePresence() }
        plan.writablePaths = ["/proc/self/root/etc"]
        #expect(throws: PlanError.leadsOverLink(path: "/proc/self/root/etc", place: "/etc")) { try plan.requirePresence() }
    }

    @Test func `a program of the host's own needs no app and no interpreter`() throws {
        let policy = try Policy(yaml: smallPolicy.replacing(", /usr/bin/env", with: ""), file: "small.yaml")
        var plan = SandboxPlan(
            policy: policy, appFolder: nil, additions: [.init(source: "/opt/x/elves", target: "/opt/x/elves")],
            arguments: ["work"], identity: .single)
        plan.program = "/opt/x/elves"
        plan.processorSeconds = 10

        let lines = try lines(plan)
        #expect(!lines.contains { $0.contains("/app") })
        #expect(lines.contains("rlimit|cpu|10"))
        #expect(lines.suffix(5) == ["cwd|/tmp", "exec|/opt/x/elves", "arg|/opt/x/elves", "arg|work", ""])
    }

    @Test func `an ordinary user has one id`() throws {
        #expect(try lines(plan(identity: .single))[2] == "single-map")
    }

    @Test func `an app reads only what its policy offers`() throws {
        var plan = plan()
        plan.requestedPaths = ["/etc/hosts", "/etc/shadow"]

        #expect(
            throws: PlanError.notRequestable(
                path: "/etc/shadow", policy: "small", offered: ["/etc/hosts", "/proc/meminfo"])
        ) { try plan.text() }
        plan.requestedPaths = ["/etc/hosts/"]
        #expect(throws: PlanError.self) { try plan.text() }
    }

    @Test(arguments: ["a\tb", "a\nb", "a\0b"])
    func `a value that would break its line is refused by name`(_ value: String) throws {
        var arguments = plan()
        arguments.arguments = ["fine", value]
        #expect(throws: PlanError.badCharacter(what: "argument 3")) { try arguments.text() }

        var hostname = plan()
        hostname.hostname = value
        #expect(throws: PlanError.badCharacter(what: "the host name")) { try hostname.text() }

        var folder = plan()
        folder.appFolder = "/apps/" + value
        #expect(throws: PlanError.badCharacter(what: "the app folder")) { try folder.text() }
    }

    @Test(arguments: ["", "/", "apps/x", "/apps/../x", "/apps//x", "/apps/x/", "/apps/./x"])
    func `an app folder that is no plain path is refused`(_ path: String) throws {
        var plan = plan()
        plan.appFolder = path

        #expect(throws: PlanError.badPath(what: "the app folder", path: path)) { try plan.text() }
    }

    @Test func `a plan that the launcher would not read is refused`() throws {
        var plan = plan()
        plan.arguments = [String(repeating: "x", count: 65_536)]

        #expect(throws: PlanError.self) { try plan.text() }
    }

    @Test func `a policy without an interpreter on this host is refused`() throws {
        let policy = try Policy(yaml: smallPolicy.replacing(", /usr/bin/env", with: ""), file: "small.yaml")
        let plan = SandboxPlan(policy: policy, appFolder: "/apps/x", arguments: [], identity: .single)

        #expect(throws: PlanError.noInterpreter(policy: "small", candidates: ["/usr/bin/none"])) { try plan.text() }
    }

    @Test func `host ids come in pairs from a range`() throws {
        let range = HostIdentityRange(base: 1000, pairs: 3)

        #expect(try range.identity(0) == .pair(root: 1000, worker: 1001))
        #expect(try range.identity(2) == .pair(root: 1004, worker: 1005))
        #expect(throws: PlanError.identityOutOfRange(number: 3, pairs: 3)) { try range.identity(3) }
    }

    @Test func `no pair touches root's id or the one that means unchanged`() throws {
        #expect(throws: PlanError.self) { try HostIdentityRange(base: 0).identity(0) }
        #expect(throws: PlanError.self) { try HostIdentityRange(base: .max - 1).identity(0) }
        #expect(throws: PlanError.self) { try HostIdentityRange(base: .max - 2, pairs: .max).identity(.max - 1) }
        #expect(try HostIdentityRange(base: .max - 2).identity(0) == .pair(root: .max - 2, worker: .max - 1))
    }

    private func plan(identity: SandboxIdentity = .single) -> SandboxPlan {
        SandboxPlan(policy: policy, appFolder: "/apps/x", arguments: [], identity: identity)
    }

    /// With the fields' separators made visible.
    private func lines(_ plan: SandboxPlan) throws -> [String] {
        String(decoding: try plan.text(), as: UTF8.self).replacing("\t", with: "|").split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
    }
}
