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
        let parts = function.split(separator: ".", maxSplits: 1).map(String.init)
        if explains {
            printLine(ElvesCommand.helpMessage(for: Self.self))
            let app = try AppName(parts.first ?? "")
            let help = FunctionHelp(manifest: try await center.withCenter { try await $0.manifest(of: app) })
            return printLine(try help.text(parts.count == 2 ? parts[1] : nil))
        }
        guard parts.count == 2 else { throw CommandFailure(.usage, "\"\(function)\" is not APP.FUNCTION") }
        guard (1...86_400).contains(timeout) else { throw CommandFailure(.usage, "--timeout must be 1 to 86400") }
        let app = try AppName(parts[0])
        let parameters = try Parameters(pairs, whole: param)
        let reply = try await center.withCenter { client in
            let schema = parameters.needsSchema ? try await Self.schema(of: parts[1], app, client) : nil
            let request = RunRequest(
                agent: agent, app: app, function: parts[1], param: try parameters.json(schema), timeout: .seconds(timeout))
            return try await client.postJSON("admin/v1/run", request.json)
        }
        let report = try TaskView(JSONObject(reply)).report
        try Answer(flag: report.flag, result: report.result, reason: report.reason).print(asJSON: output.json)
    }
}

extension RunCommand {
    /// Nil where the center knows of none; what is wrong with the app itself is for the call to say.
    private static func schema(of function: String, _ app: AppName, _ client: CenterClient) async throws -> Schema? {
        do { return try await client.manifest(of: app).function(function)?.parameterSchema } catch CenterClientError.refused {
            return nil
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
