import ArgumentParser
import ElvesApps
import ElvesHTTPClient
import ElvesModel
import Foundation

struct AppShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Say what an app's functions do and what parameters they take.")

    @Argument(help: "APP or APP.FUNCTION of the center, or an app's folder or archive.")
    var app: String
    @Argument(help: "The function; all when left out.")
    var function: String?
    @Option(name: .customLong("app-version"), help: "A published version other than the one that is online.")
    var version: String?
    @OptionGroup var center: CenterOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        var name = function
        let manifest: Manifest
        if app.contains("/") || FileManager.default.fileExists(atPath: app) {
            guard version == nil else { throw CommandFailure(.usage, "--app-version is for apps of the center") }
            manifest = try AppSource(path: app).manifest()
        } else {
            let parts = app.split(separator: ".", maxSplits: 1).map(String.init)
            guard parts.count == 1 || function == nil else {
                throw CommandFailure(.usage, "give the function once: as APP.FUNCTION, or after the app")
            }
            name = parts.count == 2 ? parts[1] : function
            let app = try AppName(parts.first ?? "")
            let version = try version.map { try AppVersion($0) }
            manifest = try await center.withCenter { try await $0.manifest(of: app, version) }
        }
        let help = FunctionHelp(manifest: manifest)
        if output.json { printJSON(try help.json(name)) } else { printLine(try help.text(name)) }
    }
}

extension CenterClient {
    /// What a published app says of itself; without a version the one that is online.
    func manifest(of app: AppName, _ version: AppVersion? = nil) async throws -> Manifest {
        let query = version.map { "?version=\($0)" } ?? ""
        return try await get("admin/v1/apps/\(app)\(query)", as: Manifest.self)
    }
}
