import ElvesJSON
import ElvesModel
import ElvesProtocol
import Synchronization

/// An agent that has joined a center, and its process while it runs.
package final class Agent: Sendable {
    package let ip: String
    package let id: String
    package let data: String
    /// The token it joined with.
    package let token: String
    private let scratch: ScratchFolder
    private let name: String
    private let environment: [String: String]
    private let running = Mutex<SpawnedProcess?>(nil)

    /// Joins a center, without running yet.
    ///
    /// - Parameter environment: Of its process, beside what all have.
    package init(joining center: Center, ip: String, environment: [String: String] = [:]) async throws {
        self.ip = ip
        self.environment = environment
        scratch = center.scratch
        name = "a-\(ip)"
        data = scratch.file(name)
        token = try await center.newToken()
        let joined = try await elves(
            ["agent", "join", center.addresses.http, "--token", token, "--data", data, "--ip", ip, "--json"], scratch
        ).succeeded().object()
        id = try joined.require("agent", joined.string("agent"))
    }

    package var process: SpawnedProcess? { running.withLock { $0 } }

    /// Starts the agent and waits until its center has welcomed it.
    ///
    /// - Parameter options: Beside the folder.
    package func start(_ options: String...) async throws {
        let started = try launch(options)
        do { _ = try await started.ready() } catch {
            await started.process.kill()
            throw error
        }
    }

    /// Starts the agent, whether it finds its center or not.
    @discardableResult
    package func launch(_ options: [String] = []) throws -> LongRunning {
        let started = try LongRunning(
            ["agent", "run", "--data", data, "--json"] + options, name: name, scratch, environment: environment)
        running.withLock { $0 = started.process }
        return started
    }

    package func kill() async { await process?.kill() }

    /// The processes in the sandboxes of its apps, whether it lives or not.
    package var workers: Set<ProcessEntry> { ProcessTable().sandboxed(below: data) }

    /// Everything it has started that lives: launchers, sandboxes, workers.
    package var family: Set<ProcessEntry> {
        let table = ProcessTable()
        return table.descendants(of: process?.id ?? -1).union(table.sandboxed(below: data))
    }
}

/// Runs an agent of a center for as long as `body` runs, and ends it and its workers however `body` ends.
package func withAgent<T>(
    of center: Center, ip: String = "127.0.0.1", environment: [String: String] = [:],
    _ body: (Agent) async throws -> T
) async throws -> T {
    let agent = try await Agent(joining: center, ip: ip, environment: environment)
    let result: Result<T, any Error>
    do {
        try await agent.start()
        result = .success(try await body(agent))
    } catch {
        result = .failure(error)
    }
    let family = agent.family
    await agent.kill()
    try await eventually("no process of agent \(ip) is left") {
        let left = ProcessTable().remaining(of: family).union(agent.workers)
        return (left, left.isEmpty)
    }
    return try result.get()
}

/// Runs a center and one agent that has apps online.
///
/// - Parameter apps: Folders, each with the name of its app.
package func withHost<T>(
    _ apps: [String], keepsPorts: Bool = false, _ body: (Center, Agent) async throws -> T
) async throws -> T {
    try await withCenter(keepsPorts: keepsPorts) { center in
        try await withAgent(of: center) { agent in
            for app in apps {
                let published = try await center.publish(app)
                try await center.bind(published.app.text, to: agent)
                try await center.waitFor(published.app.text, published.version.text, onlineOn: agent)
            }
            return try await body(center, agent)
        }
    }
}
