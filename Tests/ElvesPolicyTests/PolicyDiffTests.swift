import ElvesJSON
import ElvesModel
import ElvesPolicy
import Testing

/// One change to the small policy or its profile, and what it is.
struct DiffPair: Sendable, CustomTestStringConvertible {
    let replaced: String
    let by: String
    let layer: PolicyChange.Layer
    let verdict: PolicyDiff.Verdict
    /// The same with before and after exchanged.
    let reverse: PolicyDiff.Verdict
    var key: String?

    var testDescription: String { "\(by.prefix(70)): \(verdict.rawValue)" }

    init(
        _ replaced: String, _ by: String, _ layer: PolicyChange.Layer, _ verdict: PolicyDiff.Verdict,
        back: PolicyDiff.Verdict? = nil, _ key: String? = nil
    ) {
        (self.replaced, self.by, self.layer, self.verdict, self.key) = (replaced, by, layer, verdict, key)
        reverse =
            back
            ?? {
                switch verdict {
                case .widened: .narrowed
                case .narrowed: .widened
                case .equal, .changed, .widenedAndNarrowed: verdict
                }
            }()
    }

    static let table = [
        DiffPair("version: 3", "version: 4", .runtime, .equal),
        DiffPair("[/usr/bin/none, /usr/bin/env]", "[/usr/bin/env]", .runtime, .changed, "runtime.interpreter"),
        DiffPair("[\"-I\"]", "[\"-I\", \"-S\"]", .runtime, .changed, "runtime.arguments"),
        DiffPair("arguments: [\"-I\"]", "arguments: [\"-I\"]\n  isolation: [resident]", .runtime, .widened),
        DiffPair("arguments: [\"-I\"]", "arguments: [\"-I\"]\n  isolation: [fresh]", .runtime, .changed),
        DiffPair("{/opt/none: an example}", "{/opt/none: for something else}", .files, .equal),
        DiffPair("{/opt/none: an example}", "{/opt/none: x, /opt/more: y}", .files, .widened, "filesystem.optional./opt/more"),
        DiffPair("{/opt/none: an example}", "{/opt: all of it}", .files, .widened, "filesystem.optional./opt"),
        DiffPair("{/opt/none: an example}", "{/opt/none/a: a part}", .files, .narrowed, "filesystem.optional./opt/none"),
        DiffPair("{/opt/none: an example}", "{/opt/none: x, /usr/lib: in a root already}", .files, .equal),
        DiffPair("{/opt/none: an example}", "{/opt/other: x}", .files, .widenedAndNarrowed),
        DiffPair("names, /proc", "names, /etc/motd: greeting, /proc", .files, .widened, "filesystem.requestable./etc/motd"),
        DiffPair(
            "requestable: {/etc/hosts: names, ", "read: {/etc/hosts: names}\n  requestable: {", .files, .widened,
            "filesystem.read./etc/hosts"),
        DiffPair("  scratch:", "  read: {/srv/data: x}\n  scratch:", .files, .widened, "filesystem.read./srv/data"),
        DiffPair("  scratch:", "  write: {/srv/data: x}\n  scratch:", .files, .widened, "filesystem.write./srv/data"),
        DiffPair("  scratch:", "  read: {/usr/share: as its owner}\n  scratch:", .files, .widened),
        DiffPair("\"usr/bin\"}", "\"usr/sbin\"}", .files, .changed, "filesystem.links./bin"),
        DiffPair("\"usr/bin\"}", "\"usr/bin\", \"/lib\": \"usr/lib\"}", .files, .changed),
        DiffPair("size: 64KiB", "size: 128KiB", .files, .widened, "filesystem.scratch.size"),
        DiffPair("inodes: 16", "inodes: 17", .files, .widened, "filesystem.scratch.inodes"),
        DiffPair("network: none", "network: {allow: loopback, reason: x}", .network, .widened),
        DiffPair("network: none", "network: {allow: proxy, profile: more.json, reason: x}", .network, .widened),
        DiffPair(
            "network: none", "network: {allow: proxy, profile: more.json, reason: x}", .systemCalls, .widened,
            "syscalls.connect"),
        DiffPair("max: 32", "max: 31", .process, .narrowed, "process.max"),
        DiffPair("writableCode: deny", "writableCode: {allow: yes, reason: x}", .process, .widened),
        DiffPair("memory: 512MiB", "memory: 1GiB", .resources, .widened, "resources.memory"),
        DiffPair("cpu: 1.5", "cpu: 0.5", .resources, .narrowed, "resources.cpu"),
        DiffPair("cpuTime: 60s", "cpuTime: 1m", .resources, .equal),
        DiffPair("wall: 1h", "wall: 59m", .resources, .narrowed, "resources.wall"),
        DiffPair("memory: 512MiB\n  cpu: 1.5", "memory: 1GiB\n  cpu: 0.5", .resources, .widenedAndNarrowed),
        DiffPair("stdout: 4MiB", "stdout: 5MiB", .resources, .widened),
        DiffPair("LANG: C.UTF-8", "LANG: C", .environment, .changed, "environment.LANG"),
        DiffPair("EMPTY: \"\"", "TZ: UTC", .environment, .changed),
        DiffPair("secrets: none", "secrets: {allow: fd, reason: x}", .secrets, .widened),
        DiffPair(
            "reason: tests}]", "reason: tests}, {file: more.json, reason: more}]", .systemCalls, .widened, "syscalls.connect"),
        DiffPair("profiles:", "add: [{names: [ptrace], reason: x}]\n  profiles:", .systemCalls, .widened, "syscalls.ptrace"),
        DiffPair("profiles:", "add: [{names: [read], reason: x}]\n  profiles:", .systemCalls, .equal),
        DiffPair("profiles:", "remove: [symlink]\n  profiles:", .systemCalls, .narrowed, "syscalls.symlink"),
        DiffPair("profiles:", "remove: [ptrace]\n  profiles:", .systemCalls, .equal),
        DiffPair("file: base.json", "file: masked.json", .systemCalls, .narrowed, "syscalls.socket"),
        DiffPair("file: base.json", "file: other.json", .systemCalls, .widenedAndNarrowed, "syscalls.socket"),
        DiffPair("file: base.json", "file: open.json", .systemCalls, .widened),
        DiffPair("landlock>=1", "landlock>=4", .requirements, .narrowed, "requires.landlock"),
        DiffPair(", landlock>=1", "", .requirements, .widened, "requires.landlock"),
        DiffPair("[seccomp,", "[seccomp, pidns,", .requirements, .narrowed),
        DiffPair(
            "requires:", "optOut: [{layer: landlock, reason: x, approvedBy: y, expires: 2026-01-31}]\nrequires:", .requirements,
            .widened, "optOut.landlock"),
        DiffPair("tripwire: kill", "tripwire: deny", .violations, .widened),
        DiffPair("default: deny", "default: kill", .violations, .narrowed),
        DiffPair("killAfter: 50", "killAfter: 51", .violations, .widened),
    ]
}

@Suite struct PolicyDiffTests {
    let scratch: ScratchFolder
    let small: PolicyDocument

    init() throws {
        scratch = try ScratchFolder()
        func socket(_ masks: [(UInt64, UInt64)], default action: String = "SCMP_ACT_ERRNO", plain: String = "SCMP_ACT_ALLOW")
            -> String
        {
            let rules = masks.map { mask, value in
                #"{"names":["socket"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_MASKED_EQ","value":\#(mask),"valueTwo":\#(value)}]}"#
            }
            let named = #"{"names":["read","symlink"],"action":"\#(plain)"}"#
            return #"{"defaultAction":"\#(action)","syscalls":[\#(([named] + rules).joined(separator: ","))]}"#
        }
        try scratch.write("base.json", socket([(0xFFFF_FFFF, 1), (0xFFFF_FFFF, 2)]))
        try scratch.write("masked.json", socket([(0xFFFF_FFFF, 1)]))
        try scratch.write("other.json", socket([(0xFFFF_FFFF, 1), (0xFFFF_FFFF, 10)]))
        try scratch.write(
            "open.json", #"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["ptrace"],"action":"SCMP_ACT_ERRNO"}]}"#)
        try scratch.write("more.json", profile(allowing: ["connect"]))
        small = try PolicyDocument(contentsOf: scratch.write("small.yaml", smallPolicy))
    }

    @Test(arguments: DiffPair.table)
    func `a change is told as what it is, in its layer alone, and the other way round`(_ pair: DiffPair) throws {
        let text = smallPolicy.replacing(pair.replaced, with: pair.by)
        try #require(text != smallPolicy)
        let other = try PolicyDocument(contentsOf: scratch.write("other.yaml", text))

        let there = PolicyDiff(from: small, to: other)
        let back = PolicyDiff(from: other, to: small)

        #expect(there.verdict(on: pair.layer) == pair.verdict, "\(there.text)")
        #expect(back.verdict(on: pair.layer) == pair.reverse, "\(back.text)")
        if let key = pair.key { #expect(there.changes.contains { $0.key == key }, "\(there.text)") }
        // The proxy is a network and calls at the same time; nothing else touches two layers.
        let layers = Set(there.changes.map(\.layer))
        #expect(layers.isSubset(of: pair.by.contains("proxy") ? [.network, .systemCalls] : [pair.layer]), "\(there.text)")
        #expect(there.needsApproval == (pair.verdict != .equal && pair.verdict != .narrowed))
        #expect(there.json.text.contains("\"\(pair.layer.rawValue)\":\"\(pair.verdict.rawValue)\""))
    }

    @Test func `a policy is equal to itself in every layer`() {
        let diff = PolicyDiff(from: small, to: small)

        #expect(diff.changes == [])
        #expect(PolicyChange.Layer.allCases.allSatisfy { diff.verdict(on: $0) == .equal })
    }

    @Test func `the reason of a call is that of its profile`() throws {
        let other = try PolicyDocument(
            contentsOf: scratch.write(
                "other.yaml",
                smallPolicy.replacing("reason: tests}]", with: "reason: tests}, {file: more.json, reason: sockets}]")))

        let change = try #require(PolicyDiff(from: small, to: other).widened.first)

        #expect(change.reason == "sockets")
        #expect(change.inWords == "syscalls.connect: refused -> allowed")
        #expect(PolicyDiff(from: small, to: other).text.contains("  + syscalls.connect: refused -> allowed  (sockets)"))
    }
}

/// Two requests of one app.
struct RequestPair: Sendable, CustomTestStringConvertible {
    let before: [String]
    let after: [String]
    let verdict: PolicyDiff.Verdict
    var layer = PolicyChange.Layer.files

    var testDescription: String { "\(before) to \(after)" }

    static let table = [
        RequestPair(before: [], after: [], verdict: .equal),
        RequestPair(before: ["read:/a"], after: ["read:/a"], verdict: .equal),
        RequestPair(before: [], after: ["read:/a"], verdict: .widened),
        RequestPair(before: ["read:/a"], after: [], verdict: .narrowed),
        RequestPair(before: ["read:/a"], after: ["read:/a/b"], verdict: .narrowed),
        RequestPair(before: ["read:/a/b"], after: ["read:/a"], verdict: .widened),
        RequestPair(before: ["read:/a"], after: ["read:/ab"], verdict: .widenedAndNarrowed),
        RequestPair(before: ["read:/a", "read:/b"], after: ["read:/b", "read:/a"], verdict: .equal),
        RequestPair(before: ["read:/a"], after: ["write:/a"], verdict: .widened),
        RequestPair(before: ["write:/a"], after: ["read:/a"], verdict: .narrowed),
        RequestPair(before: ["write:/a"], after: ["write:/a", "read:/a/b"], verdict: .equal),
        RequestPair(before: ["read:/a"], after: ["read:/a", "write:/a/out"], verdict: .widened),
        RequestPair(before: [], after: ["network:a.example.com:443"], verdict: .widened, layer: .network),
        RequestPair(
            before: ["network:*.example.com:443"], after: ["network:a.example.com:443"], verdict: .narrowed, layer: .network),
        RequestPair(
            before: ["network:a.example.com:443"], after: ["network:a.example.com:*"], verdict: .widened, layer: .network),
        RequestPair(
            before: ["network:a.example.com:443"], after: ["network:a.example.com:80"], verdict: .widenedAndNarrowed,
            layer: .network),
    ]
}

@Suite struct RequestDiffTests {
    private func request(_ grants: [String]) throws -> AppRequest { AppRequest(try grants.map { try Grant($0) }) }

    @Test(arguments: RequestPair.table)
    func `a later request is compared with the approved one`(_ pair: RequestPair) throws {
        let diff = PolicyDiff(from: try request(pair.before), to: try request(pair.after))

        #expect(diff.verdict(on: pair.layer) == pair.verdict, "\(diff.text)")
        #expect(diff.verdict == pair.verdict, "\(diff.text)")
    }

    @Test func `limits, secrets and modes are requests too`() throws {
        func request(_ limits: [AppRequest.Limit: UInt64], _ secrets: Set<String>, _ modes: Set<String>) -> AppRequest {
            AppRequest(wishes: [], isolations: modes, secrets: secrets, limits: limits)
        }
        let old = request([.memory: 100, .processes: 4], ["db"], ["fresh", "zygote"])

        #expect(PolicyDiff(from: old, to: old).verdict == .equal)
        let moved = PolicyDiff(from: AppRequest(wishes: [], language: "python"), to: AppRequest(wishes: [], language: "csharp"))
        #expect(moved.verdict(on: .runtime) == .changed)
        #expect(moved.needsApproval)
        for (limits, secrets, modes, layer, verdict) in [
            ([.memory: 101, .processes: 4], ["db"], ["fresh", "zygote"], .resources, .widened),
            ([.processes: 4], ["db"], ["fresh", "zygote"], .resources, .widened),
            ([.memory: 100, .processes: 4, .files: 9], ["db"], ["fresh", "zygote"], .resources, .narrowed),
            ([.memory: 100, .processes: 3], ["db"], ["fresh", "zygote"], .process, .narrowed),
            ([.memory: 100, .processes: 4], ["db", "mail"], ["fresh", "zygote"], .secrets, .widened),
            ([.memory: 100, .processes: 4], [], ["fresh", "zygote"], .secrets, .narrowed),
            ([.memory: 100, .processes: 4], ["db"], ["fresh", "zygote", "resident"], .runtime, .widened),
            ([.memory: 100, .processes: 4], ["db"], ["fresh"], .runtime, .narrowed),
        ] as [([AppRequest.Limit: UInt64], Set<String>, Set<String>, PolicyChange.Layer, PolicyDiff.Verdict)] {
            let diff = PolicyDiff(from: old, to: request(limits, secrets, modes))
            #expect(diff.verdict == verdict, "\(diff.text)")
            #expect(diff.verdict(on: layer) == verdict, "\(diff.text)")
        }
    }
}
