import ElvesModel
import ElvesPolicy
import ElvesSeccomp
import Testing

/// Policies that extend another one.
@Suite struct DerivedPolicyTests {
    let scratch: ScratchFolder
    let base: PolicyDocument

    init() throws {
        scratch = try ScratchFolder()
        try scratch.write("base.json", profile(allowing: ["read", "write", "symlink"]))
        base = try PolicyDocument(contentsOf: scratch.write("small.yaml", smallPolicy))
    }

    private func derived(_ text: String, digest: String? = nil) throws -> PolicyDocument {
        try PolicyDocument(
            contentsOf: scratch.write(
                "mine.yaml",
                """
                schema: elves.sandbox/v1
                name: mine
                version: 1
                summary: ours
                extends: {name: small, digest: "sha256:\(digest ?? base.digest.hex)"}
                \(text)
                """))
    }

    private func refusal(_ text: String, digest: String? = nil) throws -> String {
        let error = #expect(throws: SandboxError.self) { try derived(text, digest: digest) }
        return "\(try #require(error))"
    }

    @Test func `what a policy does not say it has from the one it extends`() throws {
        let mine = try derived("resources: {memory: 256MiB}\nenvironment: {TZ: UTC, LANG: C}").policy

        #expect(mine.name == "mine")
        #expect(mine.parent?.name == "small")
        #expect(mine.parent?.digest == base.digest.hex)
        #expect(mine.resources.memory == 268_435_456)
        #expect(mine.resources.wall == 3600)
        #expect(mine.runtime == base.policy.runtime)
        #expect(mine.environment.map { "\($0.name)=\($0.value)" } == ["LANG=C", "EMPTY=", "TZ=UTC"])
    }

    @Test func `another digest than the one of what is there is refused with both`() throws {
        let wrong = String(repeating: "0", count: 64)

        let text = try refusal("", digest: wrong)

        #expect(text.contains("mine.yaml:5:"), "\(text)")
        #expect(text.contains("sha256:\(wrong)"))
        #expect(text.contains("sha256:\(base.digest.hex)"))
    }

    @Test func `paths are added with a reason and removed by name`() throws {
        let files = try derived("filesystem: {remove: [/opt/none, /bin], read: {/srv/data: reports}}").policy.filesystem

        #expect(files.roots.map(\.path) == ["/usr"])
        #expect(files.optional == [])
        #expect(files.links == [])
        #expect(files.read.map { "\($0.path): \($0.reason)" } == ["/srv/data: reports"])
        #expect(try refusal("filesystem: {remove: [/opt/other]}").contains("mine.yaml:6:23: \"filesystem.remove[0]\""))
    }

    @Test func `calls are added with their line and taken away by name`() throws {
        let mine = try derived(
            """
            syscalls:
              add:
                - names: [connect]
                  reason: to reach the database's socket
              remove: [symlink]
            """)

        func decision(_ name: String) throws -> SeccompDecision {
            mine.profile.decision(for: try #require(SystemCall(named: name, on: .x86_64)), on: .x86_64)
        }
        #expect(try decision("connect").action == .allow)
        #expect(try decision("connect").because.description.hasSuffix("mine.yaml line 8 (syscalls[0])"))
        #expect(try decision("symlink").action == .fail(1))
        #expect(try decision("read").action == .allow)
        #expect(mine.reason(for: try decision("connect")) == "to reach the database's socket")
        #expect(mine.reason(for: try decision("read")) == "tests")
    }

    @Test func `an addition takes the place of a refusal by name`() throws {
        try scratch.write(
            "base.json",
            #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["socket"],"action":"SCMP_ACT_ERRNO","errnoRet":97}]}"#)
        let base = try PolicyDocument(contentsOf: scratch.path + "/small.yaml")
        let mine = try derived(
            "syscalls: {add: [{names: [socket], args: [{index: 0, value: 1}], reason: local sockets}]}", digest: base.digest.hex
        )

        let local = SystemCall(41, [1])
        #expect(base.profile.decision(for: local, on: .x86_64).action == .fail(97))
        #expect(mine.profile.decision(for: local, on: .x86_64).action == .allow)
        #expect(mine.profile.decision(for: SystemCall(41, [2]), on: .x86_64).action == .fail(1))
        #expect(throws: Never.self) { try SeccompFilter(compiling: mine.profile) }
    }

    @Test(arguments: [
        ("resources: {memory: 1GiB}", "resources.memory: 512MiB -> 1GiB"),
        ("process: {max: 64}", "process.max: 32 -> 64"),
        ("onViolation: {tripwire: deny}", "onViolation.tripwire: kill -> deny"),
        ("onViolation: {killAfter: 51}", "onViolation.killAfter"),
        ("runtime: {isolation: [resident]}", "runtime.isolation: resident"),
        ("filesystem: {scratch: {size: 1MiB}}", "filesystem.scratch.size: 64KiB -> 1MiB"),
    ])
    func `what is wider needs a reason`(_ row: (String, String)) throws {
        let text = try refusal(row.0)

        #expect(text.contains("widens policy \"small\" without a reason"), "\(text)")
        #expect(text.contains(row.1), "\(text)")
    }

    @Test func `a reason that was given for less does not serve for more`() throws {
        try scratch.write("small.yaml", smallPolicy.replacing("  cpu: 1.5", with: "  reason: room\n  cpu: 1.5"))
        let base = try PolicyDocument(contentsOf: scratch.path + "/small.yaml")

        #expect(try refusal("resources: {memory: 1GiB}", digest: base.digest.hex).contains("without a reason"))
        let mine = try derived("resources: {memory: 1GiB, reason: pictures}", digest: base.digest.hex)
        #expect(mine.policy.resources.reason == "pictures")
        #expect(throws: Never.self) { try derived("resources: {memory: 16MiB}", digest: base.digest.hex) }
    }

    @Test func `a requirement is added or raised, never dropped`() throws {
        let mine = try derived("requires: [landlock>=4, cgroup]").policy

        #expect(mine.requires.map(\.description) == ["seccomp", "landlock>=4", "cgroup"])
    }

    @Test func `policies that extend each other are refused`() throws {
        try scratch.write(
            "small.yaml", smallPolicy + "\nextends: {name: mine, digest: sha256:\(String(repeating: "0", count: 64))}")

        #expect(try refusal("").contains("do they extend each other?"))
    }

    @Test func `the stored form says the same and has the same digest`() throws {
        let mine = try derived(
            "resources: {memory: 1GiB, reason: pictures}\nsyscalls: {add: [{names: [connect], reason: sockets}]}")

        let again = try PolicyDocument(
            contentsOf: scratch.write("stored.yaml", String(decoding: mine.canonicalJSON, as: UTF8.self)))

        #expect(again.digest == mine.digest)
        #expect(again.canonicalJSON == mine.canonicalJSON)
        #expect(again.policy.parent == mine.policy.parent)
    }

    @Test func `a profile that is named by digest may not change`() throws {
        let stored = try scratch.write("stored.yaml", String(decoding: base.canonicalJSON, as: UTF8.self))
        try scratch.write("base.json", profile(allowing: ["read"]))

        let error = #expect(throws: SandboxError.self) { try PolicyDocument(contentsOf: stored) }

        #expect("\(try #require(error))".contains("but the policy wants sha256:"))
    }
}

@Suite struct OptOutTests {
    private func policy(_ expires: String) throws -> Policy {
        try Policy(
            yaml: smallPolicy + "\noptOut: [{layer: landlock, reason: old kernel, approvedBy: sec, expires: \(expires)}]",
            file: "small.yaml")
    }

    @Test(arguments: [
        ("2026-03-01", "2026-02-28", true), ("2026-03-01", "2026-03-01", true), ("2026-03-01", "2026-03-02", false),
        ("2026-05-30", "2026-03-01", true), ("2026-05-31", "2026-03-01", false), ("2028-03-01", "2028-02-29", true),
    ])
    func `an opt-out counts until its day, and for 90 days at most`(_ row: (String, String, Bool)) throws {
        let policy = try policy(row.0)
        let today = try #require(PolicyDate(row.1))

        #expect(policy.waivedLayers(on: today).contains(.landlock) == row.2)
        #expect(policy.requirements(on: today).map(\.layer) == (row.2 ? [.seccomp] : [.seccomp, .landlock]))
        #expect((policy.optOuts[0].problem(on: today) == nil) == row.2)
    }

    @Test func `days are counted as the calendar has them`() throws {
        let first = try #require(PolicyDate("1970-01-01"))

        #expect(PolicyDate(Timestamp(microseconds: 0)) == first)
        #expect(PolicyDate(Timestamp(microseconds: 1_771_372_799_000_000)).description == "2026-02-17")
        #expect(first.days(until: try #require(PolicyDate("2000-02-29"))) == 11_016)
        for text in ["2026-2-01", "2026-13-01", "2100-02-29", "2026-00-10", "20260101", "+026-01-01"] {
            #expect(PolicyDate(text) == nil, "\(text)")
        }
    }
}
