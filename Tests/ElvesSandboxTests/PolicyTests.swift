import ElvesFiles
import ElvesPolicy
import ElvesSandbox
import ElvesSeccomp
import Testing

@Suite struct PolicyTests {
    @Test func `a policy says what its file says`() throws {
        let policy = try Policy(yaml: smallPolicy, file: "small.yaml")

        #expect(policy.name == "small")
        #expect(policy.version == 3)
        #expect(policy.summary == "for tests")
        #expect(policy.runtime.interpreters == ["/usr/bin/none", "/usr/bin/env"])
        #expect(policy.runtime.arguments == ["-I"])
        #expect(policy.filesystem.roots == ["/usr"])
        #expect(policy.filesystem.optional == ["/opt/none"])
        #expect(policy.filesystem.links.map(\.path) == ["/bin"])
        #expect(policy.filesystem.links.map(\.value) == ["usr/bin"])
        #expect(policy.filesystem.tmp.bytes == 65_536)
        #expect(policy.filesystem.tmp.inodes == 16)
        #expect(policy.filesystem.requestable == ["/etc/hosts", "/proc/meminfo"])
        #expect(policy.resources.memory == 536_870_912)
        #expect(policy.resources.stdoutLine == 1_048_576)
        #expect(policy.resources.stderr == 8_388_608)
        #expect(policy.environment.map(\.name) == ["LANG", "EMPTY"])
        #expect(policy.environment.map(\.value) == ["C.UTF-8", ""])
        #expect(policy.seccomp == ["base.json"])
        #expect(policy.runtime.sdk == nil)
        #expect(policy.runtime.isolations == [])
        #expect(policy.network == .none)
    }

    @Test func `a link goes up as far as it is deep`() throws {
        let policy = try Policy(
            yaml: smallPolicy.replacing("\"/bin\": \"usr/bin\"", with: "/dev/fd: ../proc/self/fd, /usr/x/y: ../../bin"),
            file: "small.yaml")

        #expect(policy.filesystem.links.map(\.path) == ["/dev/fd", "/usr/x/y"])
        #expect(policy.filesystem.links.map(\.value) == ["../proc/self/fd", "../../bin"])
    }

    @Test func `scalars are texts as they are written`() throws {
        let policy = try Policy(
            yaml: smallPolicy.replacing("LANG: C.UTF-8", with: "LANG: no\n  ONE: 1\n  NOTHING: ~"), file: "small.yaml")

        #expect(policy.environment.map(\.value) == ["no", "1", "~", ""])
    }

    @Test(arguments: BadPolicy.table)
    func `a bad policy is refused with the place and the reason`(_ row: BadPolicy) throws {
        let yaml = row.replaced.isEmpty ? row.by : smallPolicy.replacing(row.replaced, with: row.by)
        try #require(yaml != smallPolicy)

        let error = #expect(throws: PolicyError.self) { try Policy(yaml: yaml, file: "bad.yaml") }

        let text = "\(try #require(error))"
        #expect(text.hasPrefix("bad.yaml:\(row.place): "), "\(text)")
        #expect(text.contains(row.reason), "\(text)")
    }

    @Test func `a policy file that is not there is named`() throws {
        let scratch = try ScratchFolder()

        let error = #expect(throws: PolicyError.self) { try Policy(contentsOf: scratch.path + "/none.yaml") }

        #expect(
            "\(try #require(error))"
                == "no policy: cannot open \"\(scratch.path)/none.yaml\": No such file or directory (errno 2)")
    }

    @Test func `an endless policy file is refused`() {
        #expect(throws: PolicyError.unreadable(.tooLong(path: "/dev/zero", limit: 65_536))) {
            try Policy(contentsOf: "/dev/zero")
        }
    }

    @Test func `the digest covers both files`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("small.yaml", smallPolicy)
        try scratch.write("base.json", #"{"defaultAction": "SCMP_ACT_KILL"}"#)
        let first = try CompiledPolicy(contentsOf: file).digest

        #expect(try CompiledPolicy(contentsOf: file).digest == first)
        try scratch.write("base.json", #"{"defaultAction": "SCMP_ACT_KILL" }"#)
        let second = try CompiledPolicy(contentsOf: file).digest
        #expect(second != first)
        try scratch.write("small.yaml", smallPolicy + "\n# changed")
        #expect(try CompiledPolicy(contentsOf: file).digest != second)
    }

    @Test func `a runtime may be the app itself, with an SDK and modes of its own`() throws {
        let policy = try Policy(
            yaml: smallPolicy.replacing("interpreter: [/usr/bin/none, /usr/bin/env]", with: "interpreter: [\"{entry}\"]")
                .replacing(
                    "arguments: [\"-I\"]",
                    with: "arguments: [\"{entry}\", x]\n  sdk: shell\n  isolation: [fresh, zygote]"),
            file: "small.yaml")

        #expect(policy.runtime.interpreters == ["{entry}"])
        #expect(policy.runtime.arguments == ["{entry}", "x"])
        #expect(policy.runtime.sdk == "shell")
        #expect(policy.runtime.isolations == ["fresh", "zygote"])
    }

    @Test func `later profiles add their rules to the first, and the proxy's to those of apps that reach it`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write(
            "small.yaml",
            smallPolicy.replacing("seccomp: base.json", with: "seccomp: [base.json, more.json]")
                .replacing("network: none", with: "network: {proxy: proxy.json}"))
        func rule(_ name: String) -> String {
            #"{"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["\#(name)"],"action":"SCMP_ACT_ALLOW"}]}"#
        }
        try scratch.write("base.json", rule("read"))
        try scratch.write("more.json", rule("write"))
        try scratch.write("proxy.json", rule("connect"))

        let compiled = try CompiledPolicy(contentsOf: file)

        #expect(compiled.policy.seccomp == ["base.json", "more.json"])
        #expect(compiled.policy.network == .proxy(profile: "proxy.json"))
        #expect(try #require(compiled.proxyFilter).instructionCount > compiled.filter.instructionCount)
    }

    @Test func `every policy of the repository compiles`() throws {
        let catalog = PolicyCatalog(folder: repository + "/sandbox/policies")

        #expect(catalog.languages.contains("python"))
        for language in catalog.languages {
            let compiled = try CompiledPolicy(contentsOf: "\(catalog.folder)/\(language).yaml")
            #expect(compiled.policy.name == language)
            #expect(compiled.filter.instructionCount > 50)
        }
    }

    @Test func `a language without a policy is refused with those there are`() throws {
        let catalog = PolicyCatalog(folder: repository + "/sandbox/policies")

        let error = #expect(throws: PolicyCatalogError.self) { try catalog.policy(for: "cobol") }

        #expect("\(try #require(error))".contains("cobol.yaml; it has policies for "))
        #expect("\(try #require(error))".contains("python"))
    }

    @Test func `a policy that is none of a language runs no app`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("small.yaml", smallPolicy)
        try scratch.write("base.json", #"{"defaultAction": "SCMP_ACT_KILL"}"#)

        #expect(throws: PolicyCatalogError.notALanguage(path: file)) {
            try PolicyCatalog(folder: scratch.path).policy(for: "small")
        }
    }
}

/// The small policy with one text replaced, and what is said about it.
struct BadPolicy: Sendable, CustomTestStringConvertible {
    let replaced: String
    let by: String
    /// Line and column, counted from 1.
    let place: String
    let reason: String

    var testDescription: String { "\(by.prefix(60)): \(reason)" }

    init(_ replaced: String, _ by: String, _ place: String, _ reason: String) {
        (self.replaced, self.by, self.place, self.reason) = (replaced, by, place, reason)
    }

    static let table = [
        BadPolicy("", "", "1:1", "the file is empty"),
        BadPolicy("", "- a\n- b", "1:1", "must be a mapping"),
        BadPolicy("", "a: 1\n---\nb: 2\n", "2:1", "another document"),
        BadPolicy("summary: for tests", "summary: [", "6:14", "not YAML"),
        BadPolicy("summary: for tests", "summary: \"a\\tb\"", "4:10", "control character"),
        BadPolicy("summary: for tests", "summary: \"\"", "4:10", "\"summary\" is empty"),
        BadPolicy("summary: for tests", "summary: {a: b}", "4:10", "\"summary\" must be a text"),
        BadPolicy("version: 3", "version: 3\nname: twice", "2:1", "\"name\" is there twice"),
        BadPolicy("schema: elves.sandbox/v1", "schema: elves.sandbox/v2", "1:9", "must be elves.sandbox/v1"),
        BadPolicy("schema: elves.sandbox/v1", "scheme: elves.sandbox/v1", "1:1", "\"scheme\" is not a key"),
        BadPolicy("schema: elves.sandbox/v1\n", "", "1:1", "\"schema\" is missing"),
        BadPolicy("name: small", "name: Small", "2:7", "lower-case letters"),
        BadPolicy("name: small", "name: \(String(repeating: "a", count: 33))", "2:7", "1 to 32"),
        BadPolicy("version: 3", "version: three", "3:10", "must be a whole number"),
        BadPolicy("version: 3", "version: -3", "3:10", "must be a whole number"),
        BadPolicy("version: 3", "version: 0", "3:10", "is 0, must be from 1"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "[]", "6:16", "name at least one program"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "/usr/bin/env", "6:16", "\"runtime.interpreter\" must be a list"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "[python3]", "6:17", "must be an absolute path"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "[/opt/python3]", "6:3", "is in no folder of filesystem.roots"),
        BadPolicy("roots: [/usr]", "roots: []", "9:10", "\"filesystem.roots\" is empty"),
        BadPolicy("roots: [/usr]", "roots: [/usr/]", "9:11", "no / at its end"),
        BadPolicy("roots: [/usr]", "roots: [/usr/../etc]", "9:11", ".. parts"),
        BadPolicy("roots: [/usr]", "roots: [/]", "9:11", "must be an absolute path"),
        BadPolicy(
            "roots: [/usr]", "roots: [/usr, /usr]", "9:17", "\"filesystem.roots[1]\" is \"/usr\", which is in this policy twice"
        ),
        BadPolicy("optional: [/opt/none]", "optional: [/app/lib]", "10:14", "/app belongs to the sandbox"),
        BadPolicy("optional: [/opt/none]", "optional: [/proc]", "10:14", "every sandbox has its own"),
        BadPolicy("optional: [/opt/none]", "optional: &a [/opt/none]", "10:13", "anchors and aliases"),
        BadPolicy("summary: for tests", "summary: &s for tests", "4:10", "anchors and aliases"),
        BadPolicy("requestable: [/etc/hosts", "requestable: [*p", "13:17", "undefined alias"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{bin: usr/bin}", "11:16", "which is no absolute path"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/bin\": /usr/bin}", "11:19", "stays inside"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/bin\": ../bin}", "11:19", "from the link's own folder"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/dev/fd\": ../../x}", "11:22", "stays inside"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/dev/fd\": ../a/../../x}", "11:22", "stays inside"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/dev/fd\": \"..\"}", "11:22", "stays inside"),
        BadPolicy("size: 64KiB", "size: 64K", "12:15", "such as 512KiB"),
        BadPolicy("size: 64KiB", "size: 1KiB", "12:15", "is 1024 bytes, must be from 65536"),
        BadPolicy("size: 64KiB", "size: 99999999999999GiB", "12:15", "must be a size"),
        BadPolicy("inodes: 16", "inode: 16", "12:22", "\"filesystem.tmp.inode\" is not a key"),
        BadPolicy("network: none", "network: host", "14:10", "must be none"),
        BadPolicy("network: none", "network: {proxy: proxy}", "14:18", "a .json file"),
        BadPolicy("network: none", "network: {host: x}", "14:11", "\"network.host\" is not a key"),
        BadPolicy("arguments: [\"-I\"]", "isolation: [forever]", "7:15", "must be one of fresh, resident, zygote"),
        BadPolicy("arguments: [\"-I\"]", "sdk: ../python", "7:8", "the plain name of a folder"),
        BadPolicy("seccomp: base.json", "seccomp: []", "25:10", "is empty"),
        BadPolicy("network: none\n", "", "1:1", "\"network\" is missing"),
        BadPolicy("memory: 512MiB", "memory: lots", "16:11", "\"resources.memory\" is \"lots\""),
        BadPolicy("  files: 256\n", "", "16:3", "\"resources.files\" is missing"),
        BadPolicy("LANG: C.UTF-8", "1LANG: x", "23:10", "no digit first"),
        BadPolicy("LANG: C.UTF-8", "LANG: [x]", "23:9", "\"environment.LANG\" must be a text"),
        BadPolicy("LANG: C.UTF-8", "LANG: \"a\\nb\"", "23:9", "line break"),
        BadPolicy("seccomp: base.json", "seccomp: ../base.json", "25:10", "beside the policy"),
        BadPolicy("seccomp: base.json", "seccomp: base.bpf", "25:10", "a .json file"),
        BadPolicy("", String(repeating: "[", count: 20_000), "1:1", "nesting level"),
    ]
}
