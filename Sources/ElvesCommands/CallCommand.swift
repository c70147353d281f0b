import ArgumentParser
import ElvesAgent
import ElvesApps
import ElvesFlow
import ElvesModel

struct CallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call", abstract: "Call a function of an app's folder here: its worker in its sandbox, no center.")

    @Option(name: .customLong("local"), help: "The app's folder, or its archive.")
    var app: String
    @Argument(help: "The function.")
    var function: String?
    @Argument(help: "NAME=VALUE each, read as the function's schema says; elsewhere JSON counts as JSON.")
    var pairs: [String] = []
    @Option(help: "All parameters as one JSON value.")
    var param: String?
    /// What `--help` becomes beside an app.
    @Flag(name: .customLong(explainFlag), help: .hidden)
    var explains = false
    @OptionGroup var host: LocalHostOptions
    @Flag(name: .shortAndLong, help: "Print what the worker logs, and its progress, on standard error.")
    var verbose = false
    @OptionGroup var output: JSONOption

    func run() async throws {
        if explains {
            printLine(ElvesCommand.helpMessage(for: Self.self))
            return printLine(try FunctionHelp(manifest: AppSource(path: app).manifest()).text(function))
        }
        guard let name = function else { throw CommandFailure(.usage, "which function? `elves app show \(app)` lists them") }
        let parameters = try Parameters(pairs, whole: param)
        let answer = try await LocalApp.with(app) { local in
            let function = try local.function(name)
            let param = try parameters.json(function.parameterSchema)
            return try await local.prepared(grants: host.grants(), secrets: host.secrets()) { calls in
                await calls.call(
                    function, param, logged: { if verbose { printError("\($0): \($1)") } },
                    progressed: { if verbose { printError(Progress.line(percent: $0, message: $1)) } })
            }
        }
        for violation in answer.violations.kinds { printError("sandbox: \(violation)") }
        if answer.violations.more > 0 { printError("sandbox: \(answer.violations.more) more refused calls") }
        try Answer(flag: answer.flag, result: answer.result, reason: answer.reason).print(asJSON: output.json)
    }
}

/// What the operator of this host, who is the author as well, lets an app have that is called here.
struct LocalHostOptions: ParsableArguments {
    @Option(
        name: .customLong("grant"),
        help: "What the app may have here beside its policy: read:/PATH, write:/PATH or network:HOST:PORT; repeatable.")
    var grantTexts: [String] = []
    @Option(
        name: .customLong("secret"), help: "A secret of the app, NAME=VALUE or NAME=@FILE; repeatable.")
    var secretTexts: [String] = []

    func grants() throws -> [Grant] { try grantTexts.map { try Grant($0) } }

    func secrets() throws -> AppSecrets { .given(try SecretValues.parse(secretTexts)) }
}

/// How progress is shown on one line.
enum Progress {
    static func line(percent: Int64?, message: String?) -> String {
        [percent.map { "\($0) %" }, message].compactMap { $0 }.joined(separator: " ")
    }
}
