package import ElvesJSON

/// A center, an agent or a dev session: a process that says on one line that it is ready, and runs until it is ended.
package struct LongRunning: Sendable {
    package let process: SpawnedProcess

    /// - Parameters:
    ///   - name: Of the files with its output, which a restart goes on with.
    ///   - environment: Added to the environment that all commands of tests have.
    package init(
        _ arguments: [String], name: String, _ scratch: ScratchFolder, environment: [String: String] = [:]
    ) throws {
        // Everything is logged, so that what must not stand in a log is looked for in the longest one there is.
        let environment = Checkout.environment(scratch).merging(["ELVES_LOG": "debug"], uniquingKeysWith: { $1 })
            .merging(environment, uniquingKeysWith: { $1 })
        process = try SpawnedProcess(Checkout.binary, arguments, environment: environment, files: scratch.file(name))
    }

    /// Waits for the ready line.
    ///
    /// - Throws: `NeverCame`, or `CommandFailed` if the process ends instead.
    package func ready(within limit: Duration = .seconds(30)) async throws -> JSONObject {
        let line = try await eventually("a ready line", within: limit) {
            let isRunning = process.isRunning
            let output = process.output
            guard isRunning || output.contains("\n") else {
                throw CommandFailed(description: "ended before it was ready: \(process.errors.suffix(2000))")
            }
            return (output, output.contains("\n"))
        }
        return try JSONObject(parsing: Array(line.utf8))
    }
}
