import ElvesJSON

/// A running `elves dev`.
package struct DevSession: Sendable {
    package let process: SpawnedProcess
    package let key: APIKey
    package let agent: String
    package let ip: String
    package let port: Int
}

/// Runs `elves dev --json` with apps for as long as `body` runs.
package func withDev<T>(
    _ apps: [String], _ scratch: ScratchFolder, _ body: (DevSession) async throws -> T
) async throws -> T {
    let started = try LongRunning(["dev", "--json"] + apps.flatMap { ["--app", $0] }, name: "dev", scratch)
    let result: Result<T, any Error>
    do {
        let line = try await started.ready()
        let text = { (name: String) throws in try line.require(name, line.string(name)) }
        result = .success(
            try await body(
                DevSession(
                    process: started.process, key: APIKey(id: text("auth_id"), secret: text("auth_key")),
                    agent: text("agent"), ip: text("agent_ip"),
                    port: try text("http").split(separator: ":").last.flatMap { Int($0) } ?? 0)))
    } catch {
        result = .failure(error)
    }
    await started.process.kill()
    return try result.get()
}
