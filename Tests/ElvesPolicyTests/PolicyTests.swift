import ElvesFiles
import ElvesPolicy
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
        #expect(policy.filesystem.roots.map { "\($0.path): \($0.reason)" } == ["/usr: programs"])
        #expect(policy.filesystem.optional.map(\.path) == ["/opt/none"])
        #expect(policy.filesystem.links.map(\.path) == ["/bin"])
        #expect(policy.filesystem.links.map(\.value) == ["usr/bin"])
        #expect(policy.filesystem.scratch.bytes == 65_536)
        #expect(policy.filesystem.scratch.inodes == 16)
        #expect(policy.filesystem.requestable.map(\.path) == ["/etc/hosts", "/proc/meminfo"])
        #expect(policy.resources.memory == 536_870_912)
        #expect(policy.resources.cpu == 1500)
        #expect(policy.resources.cpuTime == 60)
        #expect(policy.resources.wall == 3600)
        #expect(policy.resources.stdoutLine == 1_048_576)
        #expect(policy.resources.stdout == 4_194_304)
        #expect(policy.resources.stderr == 8_388_608)
        #expect(policy.environment.map(\.name) == ["LANG", "EMPTY"])
        #expect(policy.environment.map(\.value) == ["C.UTF-8", ""])
        #expect(policy.process.max == 32)
        #expect(policy.process.writableCode == .deny)
        #expect(policy.secrets == .none)
        #expect(policy.systemCalls.profiles.map(\.file) == ["base.json"])
        #expect(policy.requires == [LayerRequirement(.seccomp), LayerRequirement(.landlock, minimum: 1)])
        #expect(policy.onViolation.standard == .deny)
        #expect(policy.onViolation.tripwire == .kill)
        #expect(policy.onViolation.killAfter == 50)
        #expect(policy.optOuts == [])
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

        let error = #expect(throws: SandboxError.self) { try PolicyDocument(contentsOf: scratch.path + "/none.yaml") }

        #expect(
            "\(try #require(error))"
                == "no policy: cannot open \"\(scratch.path)/none.yaml\": No such file or directory (errno 2)")
    }

    @Test func `an endless policy file is refused`() {
        #expect(throws: SandboxError.policy(.unreadable(.tooLong(path: "/dev/zero", limit: 65_536)))) {
            try PolicyDocument(contentsOf: "/dev/zero")
        }
    }

    @Test func `the digest covers what the policy says and the bytes of its profiles`() throws {
        let scratch = try ScratchFolder()
        let file = try scratch.write("small.yaml", smallPolicy)
        try scratch.write("base.json", #"{"defaultAction": "SCMP_ACT_KILL"}"#)
        let first = try CompiledPolicy(contentsOf: file).digest

        #expect(try CompiledPolicy(contentsOf: file).digest == first)
        try scratch.write("base.json", #"{"defaultAction": "SCMP_ACT_KILL" }"#)
        let second = try CompiledPolicy(contentsOf: file).digest
        #expect(second != first)
        try scratch.write("small.yaml", smallPolicy + "\n# a comment")
        #expect(try CompiledPolicy(contentsOf: file).digest == second)
        try scratch.write("small.yaml", smallPolicy.replacing("an example", with: "another"))
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
            smallPolicy.replacing("reason: tests}]", with: "reason: tests}, {file: more.json, reason: more}]")
                .replacing("network: none", with: "network: {allow: proxy, profile: proxy.json, reason: tests}"))
        func rule(_ name: String) -> String {
            #"{"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["\#(name)"],"action":"SCMP_ACT_ALLOW"}]}"#
        }
        try scratch.write("base.json", rule("read"))
        try scratch.write("more.json", rule("write"))
        try scratch.write("proxy.json", rule("connect"))

        let compiled = try CompiledPolicy(contentsOf: file)

        #expect(compiled.policy.systemCalls.profiles.map(\.file) == ["base.json", "more.json"])
        #expect(compiled.policy.network == .proxy(profile: "proxy.json", reason: "tests"))
        #expect(try #require(compiled.proxyFilter).instructionCount > compiled.filter.instructionCount)
    }

    @Test func `every policy of the repository compiles and is explained, with or without its runtime on this host`() throws {
        let catalog = PolicyCatalog(folder: repository + "/sandbox/policies")

        #expect(catalog.languages.contains("python"))
        for language in catalog.languages {
            let compiled = try CompiledPolicy(contentsOf: "\(catalog.folder)/\(language).yaml")
            #expect(compiled.policy.name == language)
            #expect(compiled.filter.instructionCount > 40)
            for architecture in SeccompArchitecture.allCases {
                let calls = CallExplanation.table(compiled.document, on: architecture)
                #expect(calls.count == 1024 && calls.contains { $0.name == "read" && $0.effect == "allowed" })
                #expect(try SeccompFilter(compiling: compiled.document.profile, for: architecture).instructionCount > 40)
            }
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
