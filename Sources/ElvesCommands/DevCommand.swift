import ArgumentParser
import ElvesAgent
import ElvesCenter
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Foundation
import Logging
import ServiceLifecycle
import Synchronization

struct DevCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dev",
        abstract: "Run a center, an agent and your apps in one process, without configuration; saved apps are loaded anew.")

    @Option(name: .customLong("data"), help: "The folder to keep things in; default: a new one, removed at the end.")
    var dataFolder: String?
    @Option(help: "Where the REST API listens, HOST:PORT; port 0 takes any free one.")
    var http = "127.0.0.1:0"
    @Option(name: .customLong("app"), help: "An app's folder to publish and bind; repeatable.")
    var apps: [String] = []
    @Option(
        name: .customLong("grant"),
        help: "What the apps may have beside their policies: read:/PATH, write:/PATH or network:HOST:PORT; repeatable.")
    var grantTexts: [String] = []
    @OptionGroup var output: JSONOption

    func run() async throws {
        for app in apps where !FileManager.default.fileExists(atPath: app) {
            throw CommandFailure(.badInput, "--app \(app) does not exist")
        }
        if let dataFolder {
            return try await run(in: URL(filePath: dataFolder).standardizedFileURL.path(percentEncoded: false))
        }
        try await withScratchFolder { try await run(in: $0) }
    }

    private func run(in folder: String) async throws {
        guard let endpoint = Endpoint(http) else { throw CommandFailure(.usage, "--http \(http) is not HOST:PORT") }
        var configuration = CenterConfiguration(
            dataFolder: folder + "/center", http: endpoint, link: Endpoint(host: "127.0.0.1", port: 0))
        configuration.isPlainHTTP = true
        // Whoever develops an app is all there is here.
        configuration.asksForApproval = false
        let log = LogfmtHandler.logger("dev", level: output.json ? .warning : .info)
        let (addresses, listening) = AsyncStream<Center.Addresses>.makeStream()
        let center = try await Center(
            configuration, intake: try sandboxedIntake(), clocks: .system(), randomness: .system, log: log
        ) {
            listening.yield($0)
            listening.finish()
        }
        let session = DevSession(
            folder: folder, apps: apps, grants: try grantTexts.map { try Grant($0) }, log: log, addresses: addresses,
            ready: { output.json ? printJSON($0.json) : $0.printText() })
        try await runUntilStopped([center, session], log: log)
    }
}
