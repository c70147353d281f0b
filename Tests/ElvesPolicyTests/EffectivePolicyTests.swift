import ElvesJSON
import ElvesModel
import ElvesPolicy
import Testing

@Suite struct EffectivePolicyTests {
    private func effective(
        _ requests: [String], _ grants: [String], ceiling: [String]? = nil, policy: String = smallPolicy
    ) throws -> EffectivePolicy {
        EffectivePolicy(
            try Policy(yaml: policy, file: "small.yaml"),
            request: AppRequest(wishes: try requests.map { .init(try Grant($0), reason: "because") }),
            grants: try grants.map { try Grant($0) },
            ceiling: try ceiling.map { AppCeiling(grants: try $0.map { try Grant($0) }) })
    }

    @Test func `each line says who gave it`() throws {
        let effective = try effective(
            ["read:/etc/hosts", "read:/srv/data/a", "write:/srv/out"], ["read:/srv/data", "write:/srv"])

        func origin(_ value: String) -> EffectivePolicy.Origin? { effective.lines.first { $0.value == value }?.origin }
        #expect(origin("reads /usr") == .policy)
        #expect(origin("reads /etc/hosts") == .request)
        #expect(origin("reads /srv/data/a") == .grant)
        #expect(origin("writes /srv/out") == .grant)
        #expect(effective.refusals == [])
        #expect(effective.offeredPaths == ["/etc/hosts"])
        #expect(effective.grantedPaths == ["/srv/data/a"])
        #expect(effective.writablePaths == ["/srv/out"])
        #expect(effective.text.contains("  writes /srv/out  [grant]  because"))
    }

    @Test func `what nobody granted is refused, what nobody asked for is idle`() throws {
        let effective = try effective(["read:/srv/data", "network:a.example.com:443"], ["read:/srv/other"])

        #expect(effective.refusals.map(\.cause) == [.notGranted, .noNetwork])
        #expect(effective.idleGrants.map(\.cause) == [.notAsked])
        #expect(effective.json.text.contains("\"runs\":false"))
        #expect(effective.text.contains("--grant read:/srv/data"))
    }

    @Test func `a grant counts as far as the ceiling goes`() throws {
        let ceiling = ["read:/srv", "network:*.example.com:443"]
        let proxied = smallPolicy.replacing("network: none", with: "network: {allow: proxy, profile: p.json, reason: x}")

        #expect(try effective(["read:/srv/a"], ["read:/srv/a"], ceiling: ceiling).refusals == [])
        let above = try effective(["write:/srv/a"], ["write:/srv/a"], ceiling: ceiling)
        #expect(above.refusals.map(\.cause) == [.aboveCeiling])
        #expect(above.idleGrants.map(\.cause) == [.aboveCeiling])
        let broad = try effective(["network:a.example.com:443"], ["network:*:443"], ceiling: ceiling, policy: proxied)
        #expect(broad.refusals.map(\.cause) == [.aboveCeiling])
        let narrow = try effective(
            ["network:a.example.com:443"], ["network:a.example.com:443"], ceiling: ceiling, policy: proxied)
        #expect(narrow.network.map(\.target) == ["a.example.com:443"])
        #expect(try effective(["read:/etc/hosts"], [], ceiling: []).refusals == [], "the policy itself is signed")
    }

    @Test func `an app that wants less gets less`() throws {
        let effective = EffectivePolicy(
            try Policy(yaml: smallPolicy, file: "small.yaml"),
            request: AppRequest(wishes: [], limits: [.memory: 64 << 20, .processes: 1000]), grants: [])

        #expect(effective.lines.first { $0.key == "resources.memory" }?.value == "64MiB of memory")
        #expect(effective.lines.first { $0.key == "resources.memory" }?.origin == .request)
        #expect(effective.lines.first { $0.key == "process.max" }?.value == "32 processes and threads")
        #expect(effective.lines.first { $0.key == "process.max" }?.origin == .policy)
    }
}

@Suite struct PolicyCeilingTests {
    let text = """
        schema: elves.grants/v1
        version: 2
        summary: what apps may be granted
        apps:
          - name: backup-*
            grants: ["read:/srv", "network:store.example.com:443"]
            widenings: [resources.memory, syscalls]
            reason: they copy data
            approvedBy: security
          - name: backup-db
            grants: ["write:/srv/dumps"]
            reason: it writes dumps
            approvedBy: security
        """

    @Test func `all entries for an app count together, others none`() throws {
        let ceiling = try PolicyCeiling(yaml: text, file: "grants.yaml")
        func grants(_ name: String) throws -> [String] { ceiling.ceiling(for: try AppName(name)).grants.map(\.description) }

        #expect(ceiling.version == 2)
        #expect(try grants("backup-db") == ["read:/srv", "network:store.example.com:443", "write:/srv/dumps"])
        #expect(try grants("backup-web").count == 2)
        #expect(try grants("report") == [])
    }

    @Test func `an operator's policy widens only what is named`() throws {
        let scratch = try ScratchFolder()
        try scratch.write("base.json", profile(allowing: ["read"]))
        let base = try PolicyDocument(contentsOf: scratch.write("small.yaml", smallPolicy))
        let mine = try PolicyDocument(
            contentsOf: scratch.write(
                "mine.yaml",
                """
                schema: elves.sandbox/v1
                name: mine
                version: 1
                summary: ours
                extends: {name: small, digest: "sha256:\(base.digest.hex)"}
                resources: {memory: 1GiB, cpu: 3.0, reason: pictures}
                syscalls: {add: [{names: [connect], reason: sockets}]}
                """))
        let ceiling = try PolicyCeiling(yaml: text, file: "grants.yaml").ceiling(for: try AppName("backup-db"))

        let refused = ceiling.refusedWidenings(in: mine)

        #expect(refused.map(\.key) == ["resources.cpu"])
        #expect(ceiling.refusedWidenings(in: base) == [])
        // What it widens counts as well for who extends it.
        let next = try PolicyDocument(
            contentsOf: scratch.write(
                "next.yaml",
                """
                schema: elves.sandbox/v1
                name: next
                version: 1
                summary: ours too
                extends: {name: mine, digest: "sha256:\(mine.digest.hex)"}
                """))
        #expect(ceiling.refusedWidenings(in: next) == refused)
    }

    @Test(arguments: [
        ("elves.grants/v1", "elves.grants/v2", "1:9", "must be elves.grants/v1"),
        ("backup-*", "back*up", "5:11", "the beginning of one and *"),
        ("read:/srv", "read:srv", "6:14", "must be an absolute path"),
        ("resources.memory", "memory", "7:17", "must be a key of a policy"),
        ("    approvedBy: security\n  -", "  -", "5:5", "\"apps[0].approvedBy\" is missing"),
        ("widenings", "widening", "7:5", "\"apps[0].widening\" is not a key"),
    ])
    func `a bad text is refused with its place`(_ row: (String, String, String, String)) throws {
        let bad = text.replacing(row.0, with: row.1)
        try #require(bad != text)

        let error = #expect(throws: PolicyError.self) { try PolicyCeiling(yaml: bad, file: "grants.yaml") }

        let words = "\(try #require(error))"
        #expect(words.hasPrefix("grants.yaml:\(row.2): "), "\(words)")
        #expect(words.contains(row.3), "\(words)")
    }
}
