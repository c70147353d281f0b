import ElvesApps
import Testing

/// What a version asks for beyond an approved one: pairs of what their manifests say, and the lines that wait.
@Suite struct AppNeedsTests {
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
        Pair("a first path", "", read("/a"), "reads /a"),
        Pair("no path any more", read("/a"), ""),
        Pair("another path", read("/a"), read("/b"), "reads /b"),
        Pair("a path below", read("/a"), read("/a/b")),
        Pair("a path above", read("/a/b"), read("/a"), "reads /a"),
        Pair("a path that only begins alike", read("/a"), read("/ab"), "reads /ab"),
        Pair("to write what it read", read("/a"), write("/a"), "writes /a"),
        Pair("to read what it wrote", write("/a"), read("/a")),
        Pair("to read below what it wrote", write("/a"), read("/a/b/c")),
        Pair("two paths of which one is new", read("/a"), paths("/a", "/b"), "reads /b"),
        Pair("two new paths, in the order of their names", "", paths("/b", "/a"), "reads /a", "reads /b"),
        Pair("fewer paths", paths("/a", "/b"), read("/b")),
        Pair("a first place in the network", "", network("a.test:443"), "connects to a.test:443"),
        Pair("the same place", network("a.test:443"), network("a.test:443")),
        Pair("another port", network("a.test:443"), network("a.test:80"), "connects to a.test:80"),
        Pair("another host", network("a.test:443"), network("b.test:443"), "connects to b.test:443"),
        Pair("any port instead of one", network("a.test:443"), network("a.test:*"), "connects to a.test:*"),
        Pair("one port instead of any", network("a.test:*"), network("a.test:443")),
        Pair("any host instead of one", network("a.test:443"), network("*:443"), "connects to *:443"),
        Pair("one host instead of any", network("*:443"), network("a.test:443")),
        Pair("no network any more", network("a.test:443"), ""),
        Pair("the network instead of a path", read("/a"), network("a.test:1"), "connects to a.test:1"),
        Pair("a first secret", "", "secrets: [token]", "is given the secret token"),
        Pair("the same secrets in another order", "secrets: [a, b]", "secrets: [b, a]"),
        Pair("one more secret", "secrets: [a]", "secrets: [a, b]", "is given the secret b"),
        Pair("a secret less", "secrets: [a, b]", "secrets: [a]"),
        Pair("less memory", memory("128MiB"), memory("64MiB")),
        Pair(
            "more memory", memory("64MiB"), memory("128MiB"),
            "uses 134217728 of memory; approved is 67108864"),
        Pair("a first limit", "", memory("64MiB")),
        Pair(
            "no limit any more", memory("64MiB"), "",
            "uses as much memory as its policy gives; approved is 67108864"),
        Pair("more processes", "limits: {processes: 2}", "limits: {processes: 3}", "uses 3 of processes; approved is 2"),
        Pair("more files", "limits: {files: 64}", "limits: {files: 65}", "uses 65 of files; approved is 64"),
        Pair(
            "more output", "limits: {output: 64KiB}", "limits: {output: 128KiB}",
            "uses 131072 of output; approved is 65536"),
        Pair(
            "another language", "language: shell", "language: python", "runs as python, under another policy; approved is shell"
        ),
        Pair(
            "everything at once", "", read("/a") + "\nsecrets: [s]", "reads /a", "is given the secret s"),
    ]

    @Test func `the table has what it takes`() { #expect(Self.pairs.count >= 30) }

    @Test(arguments: pairs)
    func `what is new waits, and nothing else`(_ pair: Pair) throws {
        let (approved, wanted) = (try Self.needs(pair.approved), try Self.needs(pair.wanted))

        #expect(wanted.beyond(approved) == pair.lines)
        #expect(wanted.beyond(wanted) == [])
    }

    @Test func `the largest limit of all functions counts, and what one leaves open is open`() throws {
        let lines = "    limits: {memory: 32MiB}\n  other:\n    limits: {memory: 64MiB}"
        let both = try Self.needs("", functions: lines)
        let open = try Self.needs("", functions: "    limits: {memory: 32MiB}\n  other: {}")
        let small = try Self.needs(Self.memory("32MiB"))

        #expect(both.beyond(small) == ["uses 67108864 of memory; approved is 33554432"])
        #expect(open.beyond(small) == ["uses as much memory as its policy gives; approved is 33554432"])
        #expect(both.beyond(open) == [])
    }

    private static func needs(_ lines: String, functions: String = "    title: Main") throws -> AppNeeds {
        let language = lines.hasPrefix("language:") ? lines : "language: python\n\(lines)"
        return try AppNeeds(
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
