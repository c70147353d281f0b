import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// The exit codes of the command line, and what it says on standard error.
@Suite(.fewAtOnce) struct CommandLineTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let code: Int32
        let text: String
        var environment: [String: String] = [:]
        var testDescription: String { arguments.joined(separator: " ") }
    }

    /// A token of no center, but of the right form.
    private static let token = "elves-\(String(repeating: "0", count: 64))-\(String(repeating: "1", count: 32))"

    static let withoutCenter: [Row] = [
        Row(arguments: ["nonsense"], code: 64, text: "Unexpected argument 'nonsense'"),
        Row(arguments: ["agents"], code: 64, text: "which center? Give --data (or ELVES_DATA)"),
        Row(
            arguments: ["agents", "--data", "/tmp/ei-none"], code: 69,
            text: "elves: no center runs on /tmp/ei-none: start one with `elves center --data /tmp/ei-none`, or name another\n"),
        Row(
            arguments: ["agents"], code: 64, text: "ELVES_URL needs ELVES_TOKEN",
            environment: ["ELVES_URL": "https://127.0.0.1:1"]),
        Row(
            arguments: ["agents"], code: 65, text: "the text that `elves token create` printed",
            environment: ["ELVES_URL": "https://127.0.0.1:1", "ELVES_TOKEN": "nonsense"]),
        Row(
            arguments: ["agents"], code: 69, text: "the center cannot be reached",
            environment: ["ELVES_URL": "https://127.0.0.1:1", "ELVES_TOKEN": token]),
        Row(
            arguments: ["agents"], code: 65, text: "https beyond this machine",
            environment: ["ELVES_URL": "http://10.1.2.3:1", "ELVES_TOKEN": token]),
        Row(arguments: ["run", "x", "y", "--data", "/tmp/ei-none"], code: 64, text: "\"y\" is not APP.FUNCTION"),
        Row(arguments: ["run", "x", "a.b", "--timeout", "0"], code: 64, text: "--timeout must be 1 to 86400"),
        Row(arguments: ["run", "x", "a.b", "c"], code: 64, text: "\"c\" is not NAME=VALUE"),
        Row(arguments: ["run", "x", "a.b", "c=1", "c=2"], code: 64, text: "c is given twice"),
        Row(arguments: ["run", "x", "a.b", "--param", "{"], code: 65, text: "--param:"),
        Row(arguments: ["run", "x", "A!.b"], code: 65, text: "A!"),
        Row(arguments: ["center", "--data", "/tmp/ei-none", "--http", "xx"], code: 64, text: "--http xx is not HOST:PORT"),
        Row(
            arguments: ["center", "--data", "/tmp/ei-none", "--http", "0.0.0.0:0", "--plain-http"], code: 78,
            text: "--plain-http is allowed on loopback only"),
        Row(arguments: ["agent", "run", "--data", "/tmp/ei-none"], code: 78, text: "/tmp/ei-none holds no agent"),
        Row(arguments: ["app", "check", "/tmp/ei-none"], code: 65, text: "/tmp/ei-none does not exist"),
        Row(arguments: ["app", "check", "\(Checkout.root)/sandbox/policies"], code: 1, text: "app.yaml"),
        Row(
            arguments: ["call", "--local", Checkout.apptest, "nosuch"], code: 65,
            text: "apptest has no function \"nosuch\"; it has: helloword"),
        Row(
            arguments: ["sandbox", "explain", "nosuch"], code: 65,
            text: "there is no policy \"nosuch\": built in are awk, csharp, dotnet, intake, java, python, shell, strict, swift"),
        Row(
            arguments: ["sandbox", "import", "/tmp/ei-none.json"], code: 65,
            text: "/tmp/ei-none.json"),
        Row(
            arguments: ["sandbox", "import", "x", "--kernel", "six"], code: 64,
            text: "--kernel is \"six\", must begin with two numbers such as 6.1"),
        Row(
            arguments: ["sandbox", "import", "x", "--cap", "chown"], code: 64,
            text: "--cap is \"chown\", must be a capability's name"),
        Row(arguments: ["sandbox", "test", "--sweep", "--row", "S15"], code: 64, text: "--sweep makes none"),
        Row(arguments: ["sandbox", "explain", "/tmp/ei-none.yaml"], code: 65, text: "/tmp/ei-none.yaml does not exist"),
        Row(arguments: ["sandbox", "explain", "python", "--arg0", "1"], code: 64, text: "name it with --syscall"),
        Row(
            arguments: ["sandbox", "explain", "python", "--syscall", "raed"], code: 65, text: "has no system call \"raed\""),
        Row(
            arguments: ["sandbox", "explain", "python", "--syscall", "read", "--arg0", "x"], code: 64,
            text: "\"x\" is no argument of a call"),
        Row(arguments: ["sandbox", "diff", "python", Checkout.apptest], code: 64, text: "compare like with like"),
        Row(arguments: ["sandbox", "show", "python", "--grant", "read:/x"], code: 64, text: "are for --effective"),
        Row(arguments: ["sandbox", "show", "python", "--agent", "x"], code: 64, text: "are for --effective"),
        Row(
            arguments: ["sandbox", "show", "--effective", "apptest", "--agent", "x"], code: 64,
            text: "\"apptest\" is not APP@VERSION"),
        Row(
            arguments: ["sandbox", "test", "shell"], code: 65,
            text: "attacks from workers of Python, and policy \"shell\" starts"),
        Row(arguments: ["sandbox", "test", "--row", "S999"], code: 65, text: "no row is called S999"),
        Row(
            arguments: ["sandbox", "test"], code: 78, text: "the attack battery is not at \"/tmp/ei-none\"",
            environment: ["ELVES_ATTACKS": "/tmp/ei-none"]),
        Row(arguments: ["token", "create", "--hours", "0"], code: 64, text: "--hours must be 1 to 8784"),
        Row(arguments: ["key", "create", "apptest", "--from", "here"], code: 64, text: "--from here is not as in 10.0.0.0/8"),
    ]

    static let withCenterRows: [Row] = [
        Row(arguments: ["run", "nobody", "apptest.version"], code: 1, text: "no single agent is called \"nobody\""),
        Row(
            arguments: ["run", "127.0.0.1", "hostile.ok"], code: 1,
            text: "hostile is not bound to 127.0.0.1: `elves app bind hostile 127.0.0.1` first"),
        Row(arguments: ["run", "127.0.0.1", "apptest.helloword"], code: 1, text: "flag false"),
        Row(arguments: ["run", "127.0.0.1", "apptest.nosuch"], code: 1, text: "reason unknown-function"),
        Row(arguments: ["run", "127.0.0.1", "apptest.slow", "--timeout", "1"], code: 1, text: "reason timeout"),
        Row(arguments: ["run", "127.0.0.2", "apptest.version"], code: 69, text: "agent 127.0.0.2 is not connected"),
        Row(arguments: ["tasks", "show", "0000000000000000"], code: 1, text: "there is no task 0000000000000000"),
        Row(arguments: ["key", "create", "nosuch"], code: 1, text: "app nosuch does not exist"),
        Row(arguments: ["key", "revoke", "nosuch"], code: 1, text: "key nosuch does not exist"),
        Row(arguments: ["app", "bind", "nosuch", "127.0.0.1"], code: 1, text: "app nosuch does not exist"),
        Row(arguments: ["app", "bind", "apptest", "nobody"], code: 1, text: "no single agent is called \"nobody\""),
        Row(arguments: ["app", "unbind", "hostile", "127.0.0.1"], code: 1, text: "a binding of hostile to agent"),
        Row(arguments: ["agents", "revoke", "nobody"], code: 1, text: "no single agent is called \"nobody\""),
        Row(arguments: ["run", "127.0.0.1", "apptest.version"], code: 0, text: ""),
    ]

    /// They print what they found, and their exit code is the answer.
    @Test(arguments: [
        Row(
            arguments: ["sandbox", "diff", "strict", "python", "--fail-on-widening"], code: 1,
            text: "python may do what strict may not"),
        Row(arguments: ["sandbox", "diff", "python", "python", "--fail-on-widening"], code: 0, text: ""),
        Row(arguments: ["sandbox", "score", "python", "--fail-above", "0"], code: 1, text: "is above 0"),
        Row(arguments: ["sandbox", "score", "python", "--fail-above", "9.9"], code: 0, text: ""),
        Row(arguments: ["sandbox", "lint"], code: 0, text: ""),
        Row(arguments: ["sandbox", "show", "--effective", "\(Checkout.root)/apps/backup"], code: 1, text: ""),
    ])
    func `a command that judges prints what it found`(_ row: Row) async throws {
        let result = try await elves(row.arguments, try ScratchFolder(), environment: row.environment)

        #expect(result.code == row.code, "\(result.errors)")
        #expect(row.text.isEmpty || result.errors.contains(row.text), "\(result.errors)")
        #expect(!result.output.isEmpty)
    }

    @Test func `a profile of a container engine is resolved, and what nobody knows is named`() async throws {
        let scratch = try ScratchFolder()
        let template = """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
            {"names": ["read", "raed"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["chroot"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
            {"names": ["write"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "9.0"}}]}

            """
        let file = try scratch.write("template.json", Array(template.utf8))
        let arguments = ["sandbox", "import", file, "--arch", "aarch64", "--kernel", "6.1"]

        let plain = try await elves(arguments, scratch).succeeded()
        #expect(plain.output.contains("\"read\"") && !plain.output.contains("chroot") && !plain.output.contains("write"))
        #expect(plain.output.contains("SCMP_ARCH_AARCH64"))
        #expect(plain.errors.contains("warning: template.json line 2: unknown system calls, left out: raed"))
        #expect(plain.errors.contains("note: template.json line 3: not taken over, needs CAP_SYS_CHROOT: chroot"))
        #expect(plain.errors.contains("needs Linux 9.0: write"))

        let written = scratch.file("out.json")
        let strict = try await elves(arguments + ["--fail-on-warning", "--to", written], scratch)
        #expect(strict.code == 1 && !FileManager.default.fileExists(atPath: written))
        try await elves(arguments + ["--cap", "CAP_SYS_CHROOT", "--to", written], scratch).succeeded()
        #expect(try String(contentsOfFile: written, encoding: .utf8).contains("chroot"))
    }

    @Test(arguments: withoutCenter)
    func `a command that cannot work says why and exits with the code for it`(_ row: Row) async throws {
        let scratch = try ScratchFolder()

        let result = try await elves(row.arguments, scratch, environment: row.environment)

        #expect(result.code == row.code, "\(result.errors)")
        #expect(result.errors.contains(row.text), "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: "/tmp/ei-none"))
    }

    @Test func `what a center or a function refuses is said with the code for it`() async throws {
        try await withHost([Checkout.apptest]) { center, _ in
            try await center.publish(Checkout.hostile)
            let offline = try await Agent(joining: center, ip: "127.0.0.2")
            try await center.bind("apptest", to: offline)
            for row in Self.withCenterRows {
                let result = try await elves(row.arguments, center.scratch, environment: ["ELVES_DATA": center.data])
                #expect(result.code == row.code, "\(row.testDescription): \(result.errors)")
                #expect(row.text.isEmpty || result.errors.contains(row.text), "\(row.testDescription): \(result.errors)")
            }
        }
    }

    @Test func `a center that was killed is unreachable, whatever it left behind`() async throws {
        try await withCenter { center in
            await center.kill()

            let result = try await center.elves("agents")

            #expect(result.code == 69)
            #expect(result.errors.contains("the center cannot be reached"))
        }
    }

    @Test func `every command that speaks to a center prints one JSON value when asked to`() async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let key = try await center.newKey(for: "apptest")
            _ = try await center.call(agent, "apptest.version")
            let task = try #require(try await center.tasks().keys.first)
            let commands: [[String]] = [
                ["app", "check", Checkout.apptest], ["app", "pack", Checkout.apptest, "--output", center.scratch.path],
                ["app", "publish", Checkout.apptest], ["app", "list"], ["agents"], ["agents", "list"],
                ["run", agent.ip, "apptest.helloword", "my=x"], ["tasks"], ["tasks", "list"], ["tasks", "show", task],
                ["key", "create", "apptest"], ["key", "list"], ["key", "revoke", key.id],
                ["token", "create"], ["token", "create", "--admin"],
                ["app", "bind", "apptest", agent.ip], ["app", "unbind", "apptest", agent.ip],
                ["agents", "revoke", agent.ip], ["version"],
            ]
            for command in commands {
                let result = try await elves(command + ["--json"], center.scratch, environment: ["ELVES_DATA": center.data])
                let isOneLine = result.output.hasSuffix("\n") && result.output.count { $0 == "\n" } == 1
                let isJSON = (try? RawJSON(validating: result.output)) != nil
                #expect(result.code == 0 && isOneLine && isJSON, "\(command): \(result.errors)")
            }
        }
    }
}
