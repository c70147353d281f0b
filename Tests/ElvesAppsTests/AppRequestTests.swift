import ElvesApps
import ElvesPolicy
import Testing

/// What a version asks for, compared with an approved one: pairs of what their manifests say, and the lines that wait.
@Suite struct AppRequestTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let approved: String
        let wanted: String
        let lines: [String]

        init(_ name: String, _ approved: String, _ wanted: String, _ lines: String...) {
            testDescription = name
            self.approved = approved
            self.wanted = wanted
            self.lines = lines
        }
    }

    static let pairs: [Pair] = [
        Pair("nothing asked, before or now", "", ""),
        Pair("the same path", read("/a"), read("/a")),
        Pair("another reason", "sandbox: {filesystem: {read: [{path: /a, reason: other}]}}", read("/a")),
        Pair("a first path", "", read("/a"), "+ request.read: /a  (tests)"),
        Pair("no path any more", read("/a"), ""),
        Pair("another path", read("/a"), read("/b"), "+ request.read: /b  (tests)"),
        Pair("a path below", read("/a"), read("/a/b")),
        Pair("a path above", read("/a/b"), read("/a"), "+ request.read: /a  (tests)"),
        Pair("a path that only begins alike", read("/a"), read("/ab"), "+ request.read: /ab  (tests)"),
        Pair("to write what it read", read("/a"), write("/a"), "+ request.write: /a  (tests)"),
        Pair("to read what it wrote", write("/a"), read("/a")),
        Pair("to read below what it wrote", write("/a"), read("/a/b/c")),
        Pair("two paths of which one is new", read("/a"), paths("/a", "/b"), "+ request.read: /b  (tests)"),
        Pair(
            "two new paths", "", paths("/b", "/a"), "+ request.read: /b  (tests)",
            "+ request.read: /a  (tests)"),
        Pair("fewer paths", paths("/a", "/b"), read("/b")),
        Pair("a first place in the network", "", network("a.test:443"), "+ request.network: a.test:443  (tests)"),
        Pair("the same place", network("a.test:443"), network("a.test:443")),
        Pair("another port", network("a.test:443"), network("a.test:80"), "+ request.network: a.test:80  (tests)"),
        Pair("another host", network("a.test:443"), network("b.test:443"), "+ request.network: b.test:443  (tests)"),
        Pair("any port instead of one", network("a.test:443"), network("a.test:*"), "+ request.network: a.test:*  (tests)"),
        Pair("one port instead of any", network("a.test:*"), network("a.test:443")),
        Pair("any host instead of one", network("a.test:443"), network("*:443"), "+ request.network: *:443  (tests)"),
        Pair("one host instead of any", network("*:443"), network("a.test:443")),
        Pair("no network any more", network("a.test:443"), ""),
        Pair("the network instead of a path", read("/a"), network("a.test:1"), "+ request.network: a.test:1  (tests)"),
        Pair("a first secret", "", "secrets: [token]", "+ request.secrets.token: secret \"token\""),
        Pair("the same secrets in another order", "secrets: [a, b]", "secrets: [b, a]"),
        Pair("one more secret", "secrets: [a]", "secrets: [a, b]", "+ request.secrets.b: secret \"b\""),
        Pair("a secret less", "secrets: [a, b]", "secrets: [a]"),
        Pair("less memory", memory("128MiB"), memory("64MiB")),
        Pair(
            "more memory", memory("64MiB"), memory("128MiB"),
            "+ request.limits.memory: 64MiB -> 128MiB"),
        Pair("a first limit", "", memory("64MiB")),
        Pair(
            "no limit any more", memory("64MiB"), "",
            "+ request.limits.memory: 64MiB -> as the policy"),
        Pair("more processes", "limits: {processes: 2}", "limits: {processes: 3}", "+ request.limits.processes: 2 -> 3"),
        Pair("more files", "limits: {files: 64}", "limits: {files: 65}", "+ request.limits.files: 64 -> 65"),
        Pair(
            "more output", "limits: {output: 64KiB}", "limits: {output: 128KiB}",
            "+ request.limits.output: 64KiB -> 128KiB"),
        Pair("another language", "language: shell", "language: python", "~ request.language: shell -> python"),
        Pair("a program of the original system", "", "runtime: legacy", "~ request.runtime: legacy"),
        Pair(
            "everything at once", "", read("/a") + "\nsecrets: [s]", "+ request.read: /a  (tests)",
            "+ request.secrets.s: secret \"s\""),
    ]

    @Test func `the table has what it takes`() { #expect(Self.pairs.count >= 30) }

    @Test(arguments: pairs)
    func `what is new waits, and nothing else`(_ pair: Pair) throws {
        let (approved, wanted) = (try Self.request(pair.approved), try Self.request(pair.wanted))

        let diff = PolicyDiff(from: approved, to: wanted)

        // What is less is told beside it, and nothing waits for it.
        #expect(diff.changes.filter { $0.direction != .narrowed }.map(\.marked) == pair.lines)
        #expect(diff.needsApproval == !pair.lines.isEmpty)
        #expect(PolicyDiff(from: wanted, to: wanted).changes == [])
    }

    @Test func `the largest limit of all functions counts, and what one leaves open is open`() throws {
        let lines = "    limits: {memory: 32MiB}\n  other:\n    limits: {memory: 64MiB}"
        let both = try Self.request("", functions: lines)
        let open = try Self.request("", functions: "    limits: {memory: 32MiB}\n  other: {}")
        let small = try Self.request(Self.memory("32MiB"))

        #expect(PolicyDiff(from: small, to: both).marked == ["+ request.limits.memory: 32MiB -> 64MiB"])
        #expect(PolicyDiff(from: small, to: open).marked == ["+ request.limits.memory: 32MiB -> as the policy"])
        #expect(!PolicyDiff(from: open, to: both).needsApproval)
    }

    @Test func `workers that serve more than one call wait, and fresh ones never`() throws {
        func request(_ modes: String...) throws -> AppRequest {
            let functions = modes.enumerated().map { "  f\($0): {isolation: \($1)}" }.joined(separator: "\n")
            return try Self.request("", functions: "    isolation: fresh\n\(functions)")
        }
        let zygote = try request("zygote")

        #expect(PolicyDiff(from: try request("fresh"), to: zygote).marked == ["+ request.isolation: zygote"])
        #expect(PolicyDiff(from: zygote, to: try request("zygote", "resident")).needsApproval)
        #expect(!PolicyDiff(from: zygote, to: try request("fresh")).needsApproval)
        #expect(!PolicyDiff(from: zygote, to: try request("zygote", "fresh")).needsApproval)
    }

    private static func request(_ lines: String, functions: String = "    title: Main") throws -> AppRequest {
        let language = lines.hasPrefix("language:") ? lines : "language: python\n\(lines)"
        return try AppRequest(
            Manifest(
                yaml: Array(
                    "name: hello\nversion: 1.0.0\nentry: main.py\n\(language)\nfunctions:\n  main:\n\(functions)\n".utf8)))
    }

    private static func read(_ path: String) -> String { paths(path) }

    private static func paths(_ paths: String...) -> String {
        "sandbox: {filesystem: {read: [\(paths.map { "{path: \($0), reason: tests}" }.joined(separator: ", "))]}}"
    }

    private static func write(_ path: String) -> String {
        "sandbox: {filesystem: {write: [{path: \(path), reason: tests}]}}"
    }

    private static func network(_ host: String) -> String {
        "sandbox: {network: [{host: \"\(host)\", reason: tests}]}"
    }

    private static func memory(_ size: String) -> String { "limits: {memory: \(size)}" }
}
