import ArgumentParser
import ElvesApps
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesSchema

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a function of an app on an agent, and wait for its answer.")

    @Argument(help: "The agent's id, address or host name.")
    var agent: String
    @Argument(help: "APP.FUNCTION")
    var function: String
    @Argument(help: "NAME=VALUE each, read as the function's schema says; elsewhere JSON counts as JSON.")
    var pairs: [String] = []
    @Option(help: "All parameters as one JSON value.")
    var param: String?
    @Option(help: "How many seconds the function has at most.")
    var timeout = 90
    /// What `--help` becomes beside an app.
    @Flag(name: .customLong(explainFlag), help: .hidden)
    var explains = false
    @OptionGroup var center: CenterOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let called = try CalledFunction(function)
        if explains {
            printLine(ElvesCommand.helpMessage(for: Self.self))
            let help = FunctionHelp(
                manifest: try await center.withCenter { try await $0.manifest(of: called.app, called.version) })
            return printLine(try help.text(called.function))
        }
        guard let name = called.function else { throw CommandFailure(.usage, "\"\(function)\" is not APP.FUNCTION") }
        guard (1...86_400).contains(timeout) else { throw CommandFailure(.usage, "--timeout must be 1 to 86400") }
        let parameters = try Parameters(pairs, whole: param)
        let reply = try await center.withCenter { client in
            let schema = parameters.needsSchema ? try await Self.schema(of: name, called, client) : nil
            let request = RunRequest(
                agent: agent, app: called.app, version: called.version, function: name, param: try parameters.json(schema),
                timeout: .seconds(timeout))
            return try await client.postJSON("admin/v1/run", request.json)
        }
        let report = try TaskView(JSONObject(reply)).report
        try Answer(flag: report.flag, result: report.result, reason: report.reason).print(asJSON: output.json)
    }
}

extension RunCommand {
    /// Nil where the center knows of none; what is wrong with the app itself is for the call to say.
    private static func schema(
        of function: String, _ called: CalledFunction, _ client: CenterClient
    ) async throws -> Schema? {
        do {
            return try await client.manifest(of: called.app, called.version).function(function)?.parameterSchema
        } catch CenterClientError.refused {
            return nil
        }
    }
}

/// A function as the command line names it: `APP.FUNCTION`, or `APP@VERSION.FUNCTION` for a version that need not be online.
struct CalledFunction {
    let app: AppName
    let version: AppVersion?
    /// Nil where only the app is named.
    let function: String?

    init(_ text: String) throws {
        let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard halves.count == 2 else {
            let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            app = try AppName(parts[0])
            version = nil
            function = parts.count == 2 && !parts[1].isEmpty ? parts[1] : nil
            return
        }
        app = try AppName(halves[0])
        // A function's name begins with a letter and has no dot; a version may end in a word behind a dot.
        if let whole = try? AppVersion(halves[1]) {
            version = whole
            function = nil
        } else if let dot = halves[1].lastIndex(of: ".") {
            version = try AppVersion(String(halves[1][..<dot]))
            function = String(halves[1][halves[1].index(after: dot)...])
        } else {
            version = try AppVersion(halves[1])
            function = nil
        }
    }
}

/// What `run` and `call` print: the function's answer.
struct Answer {
    let flag: TaskFlag
    let result: RawJSON
    let reason: Reason?

    /// - Throws: The exit code 1 unless the function answered flag true.
    func print(asJSON: Bool) throws {
        if asJSON {
            printJSON(
                .object { members in
                    members.add("flag", flag == .succeeded)
                    members.add("result", result)
                    members.add("reason", reason.map { .string($0.word) } ?? .null)
                })
        } else {
            printLine(result.stringValue ?? result.text)
            if flag != .succeeded { printError("flag false\(reason.map { ", reason \($0)" } ?? "")") }
        }
        if flag != .succeeded { throw ExitCode(Exit.refused.rawValue) }
    }
}
