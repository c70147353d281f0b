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
        do { status = try spawnAndWait(["env", "-C", folder, "--"] + command, environment) } catch {
            throw CommandFailure(.badInput, "build: \(shown) cannot be started: \(error)")
        }
        guard status == 0 else {
            throw CommandFailure(
                .badInput, "build: \(shown) ended with code \(status); what it said is above")
        }
    }

    /// Runs `/usr/bin/env` with nothing to read, and what it prints on standard error.
    ///
    /// Not with Foundation's `Process`, which may wait for ever on a machine whose loopback interface is down.
    private static func spawnAndWait(_ arguments: [String], _ environment: [String: String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        let argv = arguments.map { strdup($0) }
        let envp = environment.map { strdup("\($0.key)=\($0.value)") }
        defer { for pointer in argv + envp { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, "/usr/bin/env", &actions, nil, argv + [nil], envp + [nil])
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 {
            guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .ECHILD) }
        }
        // As a shell says it: the code, or 128 and the signal.
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}
