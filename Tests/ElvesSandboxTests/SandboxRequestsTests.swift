import ElvesModel
import ElvesPolicy
import ElvesSandbox
import Testing

/// What an app gets beside its policy, and what a program of the original system is started with.
@Suite struct SandboxRequestsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let requests: [String]
        var grants: [String] = []
        /// In the order offered, granted, writable, network.
        var gets: [[String]]?
        /// What nobody has granted.
        var missing: [String] = []
    }

    static let rows: [Row] = [
        Row(testDescription: "nothing", requests: [], gets: [[], [], [], []]),
        Row(
            testDescription: "what the policy offers", requests: ["read:/etc/hosts", "read:/proc/meminfo"],
            gets: [["/etc/hosts", "/proc/meminfo"], [], [], []]),
        Row(testDescription: "below what it offers", requests: ["read:/etc/hosts/x"], missing: ["read:/etc/hosts/x"]),
        Row(testDescription: "to write what it offers to read", requests: ["write:/etc/hosts"], missing: ["write:/etc/hosts"]),
        Row(
            testDescription: "the granted path", requests: ["read:/var/log"], grants: ["read:/var/log"],
            gets: [[], ["/var/log"], [], []]),
        Row(
            testDescription: "a file below the granted path", requests: ["read:/var/log/kern.log"], grants: ["read:/var/log"],
            gets: [[], ["/var/log/kern.log"], [], []]),
        Row(
            testDescription: "above the granted path", requests: ["read:/var"], grants: ["read:/var/log"],
            missing: ["read:/var"]),
        Row(
            testDescription: "to read what may be written", requests: ["read:/srv/a"], grants: ["write:/srv"],
            gets: [[], ["/srv/a"], [], []]),
        Row(
            testDescription: "to write what may be read", requests: ["write:/srv"], grants: ["read:/srv"],
            missing: ["write:/srv"]),
        Row(
            testDescription: "more grants than requests", requests: ["write:/srv"], grants: ["write:/srv", "read:/root"],
            gets: [[], [], ["/srv"], []]),
        Row(
            testDescription: "all kinds at once",
            requests: ["read:/etc/hosts", "write:/srv", "network:example.com:443", "read:/opt/x"],
            grants: ["network:*.com:443", "write:/srv", "read:/opt"],
            gets: [["/etc/hosts"], ["/opt/x"], ["/srv"], ["example.com:443"]]),
        Row(
            testDescription: "all that is missing is named, in the order of the manifest",
            requests: ["read:/b", "read:/etc/hosts", "write:/a", "network:example.com:80"],
            grants: ["network:example.com:443"], missing: ["read:/b", "write:/a", "network:example.com:80"]),
    ]

    private let policy: Policy

    init() throws {
        policy = try Policy(
            yaml: smallPolicy.replacing("network: none", with: "network: {allow: proxy, profile: connect.json, reason: tests}"),
            file: "small.yaml")
    }

    @Test(arguments: rows)
    func `an app gets all it asks for or is not run`(_ row: Row) throws {
        let requests = try row.requests.map { try Grant($0) }
        let grants = try row.grants.map { try Grant($0) }

        guard let gets = row.gets else {
            let error = #expect(throws: PlanError.self) { try SandboxRequests(requests, under: policy, grants: grants) }
            #expect(try error == .notGranted(row.missing.map { try Grant($0) }, policy: "small"))
            for missing in row.missing { #expect(error?.description.contains("--grant \(missing)") == true) }
            return
        }
        let decided = try SandboxRequests(requests, under: policy, grants: grants)
        #expect(
            [decided.offeredPaths, decided.grantedPaths, decided.writablePaths, decided.network.map(\.target)] == gets)
    }

    @Test func `a grant above the ceiling does not count, and the app is told so`() throws {
        let (policy, asked) = (try Policy(yaml: smallPolicy, file: "small.yaml"), try Grant("write:/srv/out"))
        let ceiling = AppCeiling(grants: [try Grant("read:/srv")])

        let error = #expect(throws: PlanError.aboveCeiling([asked], policy: "small")) {
            try SandboxRequests(
                EffectivePolicy(policy, request: AppRequest([asked]), grants: [asked], ceiling: ceiling))
        }

        #expect("\(try #require(error))".contains("above what the signed grants.yaml lets this app have"))
    }

    @Test func `an app runs under no policy that is wider than the ceiling lets it have`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("base.json", #"{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[]}"#)
        let small = try PolicyDocument(contentsOf: scratch.write("small.yaml", smallPolicy))
        let wider = try PolicyDocument(
            contentsOf: scratch.write(
                "wider.yaml",
                """
                schema: elves.sandbox/v1
                name: wider
                version: 1
                summary: for tests
                extends: {name: small, digest: "sha256:\(small.digest.hex)"}
                resources: {memory: 1GiB, reason: tests}
                """))

        try AppCeiling(grants: []).admit(small)
        try AppCeiling(grants: [], widenings: ["resources"]).admit(wider)
        let error = #expect(throws: PlanError.self) { try AppCeiling(grants: [], widenings: ["process"]).admit(wider) }
        #expect(error?.description.contains("(resources.memory: 512MiB -> 1GiB)") == true)
        #expect(error?.description.contains("can add widenings: [resources.memory]") == true)
    }

    @Test func `a policy without a proxy gives nobody a network, whatever is granted`() throws {
        let policy = try Policy(yaml: smallPolicy, file: "small.yaml")
        let place = try Grant("network:example.com:443")

        #expect(throws: PlanError.networkNotOffered(policy: "small")) {
            try SandboxRequests([place], under: policy, grants: [place])
        }
    }
}

/// `Policy.legacyCommand`.
@Suite struct LegacyCommandTests {
    /// With a `PATH`, and a program that the sandbox shows besides `/usr`.
    private static func policy(path: String) throws -> Policy {
        try Policy(
            yaml: smallPolicy.replacing("roots: {/usr: programs}", with: "roots: {/usr/bin: programs, /bin: programs}")
                .replacing("links: {\"/bin\": \"usr/bin\"}", with: "links: {\"/sbin\": \"usr/bin\"}")
                .replacing("EMPTY: \"\"", with: "PATH: \(path)"), file: "small.yaml")
    }

    @Test(arguments: [
        (nil, "/none", ["/app/bin/run.sh"]),
        ("/usr/bin/env", "/none", ["/usr/bin/env", "/app/bin/run.sh"]),
        ("env", "/usr/bin", ["/usr/bin/env", "/app/bin/run.sh"]),
        ("env", "/none:/usr/bin:/bin", ["/usr/bin/env", "/app/bin/run.sh"]),
        ("env", "/bin", ["/bin/env", "/app/bin/run.sh"]),
    ])
    func `a program is started by its interpreter, found as a shell would`(
        _ interpreter: String?, _ path: String, _ command: [String]
    ) throws {
        #expect(try Self.policy(path: path).legacyCommand(interpreter: interpreter, file: "bin/run.sh") == command)
    }

    @Test(arguments: [
        // Not there; there, but out of view; in view by a name that is only the beginning of a folder's.
        ("/usr/bin/no-such-program", "/usr/bin"), ("no-such-program", "/usr/bin"), ("env", "/none"),
        ("/etc/passwd", "/usr/bin"),
        ("/usr/binx/env", "/usr/bin"), ("env", ""),
    ])
    func `an interpreter that the sandbox does not show is refused by name`(_ interpreter: String, _ path: String) throws {
        let policy = try Self.policy(path: path.isEmpty ? "\"\"" : path)

        let error = #expect(throws: PlanError.interpreterNotShown(interpreter, policy: "small")) {
            try policy.legacyCommand(interpreter: interpreter, file: "run.sh")
        }
        #expect(error?.description.contains("\"\(interpreter)\"") == true)
    }
}
