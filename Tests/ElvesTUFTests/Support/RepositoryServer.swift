import ElvesTestSupport
import Foundation

/// Tests/Fixtures/tuf/server.py, running.
struct RepositoryServer {
    /// As in `http://127.0.0.1:40001`.
    let address: String
    private let log: String

    /// The paths that were asked for, as they came.
    var requests: [String] { text(of: log).split(separator: "\n").map(String.init) }

    /// Runs a server for as long as `body` takes.
    static func run(_ scratch: ScratchFolder, _ body: (RepositoryServer) async throws -> Void) async throws {
        let log = scratch.file("requests")
        let process = try SpawnedProcess(
            "/usr/bin/python3", ["-B", "\(Checkout.root)/Tests/Fixtures/tuf/server.py", log],
            environment: Checkout.environment(scratch), files: scratch.file("server"))
        do {
            let port = try await eventually("the server's port") { (process.output, process.output.hasSuffix("\n")) }
            try await body(
                RepositoryServer(
                    address: "http://127.0.0.1:\(port.trimmingCharacters(in: .whitespacesAndNewlines))", log: log))
        } catch {
            await process.kill()
            throw error
        }
        await process.kill()
    }
}
