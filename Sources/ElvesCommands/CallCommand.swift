import ArgumentParser
import ElvesAgent
import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesSandbox
import ElvesSchema
import ElvesWorkers
import Foundation
import NIOPosix

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
    @OptionGroup var output: JSONOption

    func run() async throws {
        if explains {
            printLine(ElvesCommand.helpMessage(for: Self.self))
            return printLine(try FunctionHelp(manifest: AppSource(path: app).manifest()).text(function))
        }
        guard let function else { throw CommandFailure(.usage, "which function? `elves app show \(app)` lists them") }
        let param = try Parameters(pairs, whole: param)
        let answer = try await AppSource(path: app).withArchive { archive in
            try await withScratchFolder { scratch in try await Self.call(function, param, archive, scratch) }
        }
        try Answer(flag: answer.flag, result: answer.result, reason: answer.reason).print(asJSON: output.json)
    }

    private static func call(
        _ name: String, _ parameters: Parameters, _ archive: PackedApp, _ scratch: String
    ) async throws -> WorkerAnswer {
        let manifest = archive.contents.manifest
        guard let function = try FunctionHelp(manifest: manifest).functions(name).first else {
            throw CommandFailure(.badInput, "\(manifest.name) has no function \"\(name)\"")
        }
        let param = try parameters.json(function.parameterSchema)
        if let refusal = function.parameterSchema?.refusal(of: param) { return .error(.badParameter, refusal) }
        let installation = try findInstallation()
        let store = try AppStore.open(at: scratch)
        let installed = try store.install(archive: archive.path, app: manifest.name, version: manifest.version)
        let runtime = try AppRuntime(
            installed, policy: CompiledPolicy(contentsOf: installation.policy(manifest.language.rawValue)),
            identity: geteuid() == 0 ? try HostIdentityRange().identity(0) : .single,
            launcher: Launcher(path: installation.launcher), loop: MultiThreadedEventLoopGroup.singleton.next(),
            log: LogfmtHandler.logger("call"))
        let call = WorkerCall(
            id: Randomness.system.id(), function: name, param: param, timeout: function.timeout)
        let answer = await withCheckedContinuation { continuation in
            runtime.run(call, function, .init(started: {}, answered: { continuation.resume(returning: $0) }))
        }
        await withCheckedContinuation { continuation in runtime.drain { continuation.resume() } }
        return answer
    }
}
