package import ElvesJSON
import Foundation
import Synchronization

/// What an `elves` command that has ended said.
package struct CommandResult: Sendable {
    package let code: Int32
    package let output: String
    package let errors: String

    /// The output as one JSON object.
    package func object() throws -> JSONObject { try JSONObject(parsing: Array(output.utf8), limits: JSONLimits(bytes: .max)) }

    package func decode<T: Decodable>(_: T.Type) throws -> T { try JSONDecoder().decode(T.self, from: Data(output.utf8)) }
}

/// A command that was to succeed did not.
package struct CommandFailed: Error, CustomStringConvertible {
    package let description: String
}

/// Runs `elves` until it ends.
///
/// - Parameter environment: Added to the environment that all commands of tests have.
package func elves(
    _ arguments: [String], _ scratch: ScratchFolder, environment: [String: String] = [:], limit: Duration = .seconds(60)
) async throws -> CommandResult {
    try await run(Checkout.binary, arguments, scratch, environment: environment, limit: limit)
}

/// Runs any program until it ends.
package func run(
    _ program: String, _ arguments: [String], _ scratch: ScratchFolder, environment: [String: String] = [:],
    limit: Duration = .seconds(60)
) async throws -> CommandResult {
    let files = scratch.file("command-\(commandCount.add(1, ordering: .relaxed).newValue)")
    let process = try SpawnedProcess(
        program, arguments, environment: Checkout.environment(scratch).merging(environment, uniquingKeysWith: { $1 }),
        files: files)
    do {
        let ending = try await process.end(within: limit)
        guard case .exited(let code) = ending else {
            throw CommandFailed(description: "\(arguments) ended with \(ending): \(process.errors)")
        }
        return CommandResult(code: code, output: process.output, errors: process.errors)
    } catch {
        await process.kill()
        throw error
    }
}

private let commandCount = Atomic(0)

extension CommandResult {
    /// This result, if the command has succeeded.
    @discardableResult
    package func succeeded() throws -> CommandResult {
        guard code == 0 else { throw CommandFailed(description: "exit code \(code): \(errors)\(output)") }
        return self
    }
}
