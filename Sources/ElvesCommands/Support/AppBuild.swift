import ElvesApps
import ElvesSandbox
import Foundation

/// Runs the `build` of a manifest: the author's own command, in the app's folder, on the author's machine.
enum AppBuild {
    /// Reads the manifest of a folder, whether or not the app is built.
    static func manifest(of folder: String) throws -> Manifest {
        guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(Manifest.fileName)") else {
            throw PackError.manifestMissing(folder: folder)
        }
        return try Manifest(yaml: Array(bytes.prefix(Manifest.byteLimit + 1)))
    }

    /// Builds the app, if there is anything to build; what the command prints goes to standard error.
    ///
    /// - Throws: `CommandFailure` if the command cannot be started or ends with another code than 0.
    static func run(in folder: String, installation: Installation) throws {
        guard let command = try manifest(of: folder).build else { return }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["--"] + command
        process.currentDirectoryURL = URL(filePath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(["ELVES_SDK": installation.sdks]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.standardError
        let shown = command.joined(separator: " ")
        do { try process.run() } catch { throw CommandFailure(.badInput, "build: \(shown) cannot be started: \(error)") }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw CommandFailure(
                .badInput, "build: \(shown) ended with code \(process.terminationStatus); what it said is above")
        }
    }
}
