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
        let environment = ProcessInfo.processInfo.environment.merging(["ELVES_SDK": installation.sdks]) { $1 }
        let shown = command.joined(separator: " ")
        let status: Int32
        do { status = try spawnAndWait(["-C", folder, "--"] + command, environment) } catch {
            throw CommandFailure(.badInput, "build: \(shown) cannot be started: \(error)")
        }
        guard status == 0 else {
            throw CommandFailure(
                .badInput, "build: \(shown) ended with code \(status); what it said is above")
        }
    }
}
