package import ElvesHTTPClient
import ElvesJSON
import ElvesModel
package import ElvesProtocol
import Foundation

/// A center and an agent as processes of their own, with apptest online: what the benchmarks of calls measure.
struct BenchSite {
    let center: Subject
    let agent: Subject
    let caller: SignedCaller
    let port: Int
    private let data: String

    /// - Parameters:
    ///   - folder: A scratch folder.
    ///   - publish: Signs and publishes apptest.
    init(
        executable: String, folder: String, publish: (CenterClient) async throws -> PublishReply
    ) async throws {
        data = folder + "/center"
        center = try Subject(
            "center", executable: executable,
            arguments: ["center", "--data", data, "--http", "127.0.0.1:0", "--link", "127.0.0.1:0", "--plain-http"],
            log: folder + "/center.log")
        do {
            let http = try center.ready().string("http") ?? ""
            guard let port = http.split(separator: ":").last.flatMap({ Int($0) }) else {
                throw BenchError("no port in \(http)")
            }
            self.port = port
            caller = try await Self.prepare(executable, http: http, data: data, folder: folder, publish)
            agent = try Subject(
                "agent", executable: executable, arguments: ["agent", "run", "--data", folder + "/agent"],
                log: folder + "/agent.log")
        } catch {
            center.stop()
            throw error
        }
        do {
            _ = try agent.ready()
            try await waitUntilOnline()
        } catch {
            stop()
            throw error
        }
    }

    func stop() {
        agent.stop()
        center.stop()
    }

    /// Asks the center over its local socket.
    func ask<T>(_ question: (CenterClient) async throws -> T) async throws -> T {
        try await CenterClient.withSocket(data + "/admin.sock", question)
    }

    /// Joins the agent, publishes and binds the app, and makes a key.
    private static func prepare(
        _ executable: String, http: String, data: String, folder: String,
        _ publish: (CenterClient) async throws -> PublishReply
    ) async throws -> SignedCaller {
        try await CenterClient.withSocket(data + "/admin.sock") { client in
            let token = try await client.post(
                "admin/v1/tokens", TokenRequest(kind: .join, lifetimeSeconds: 60), as: TokenReply.self)
            let agent = try await AgentJoinCommand(executable: executable).join(
                http, token: token.token, folder: folder + "/agent")
            let app = try await publish(client)
            try await client.post("admin/v1/bindings", BindingRequest(app: app.app, agent: agent))
            let key = try await client.post("admin/v1/keys", KeyRequest(app: app.app, sources: []), as: KeyReply.self)
            return SignedCaller(authID: key.authID.text, authKey: key.authKey)
        }
    }

    private func waitUntilOnline() async throws {
        for _ in 0..<200 {
            let agents = try await ask { try await $0.get("admin/v1/agents", as: [AgentView].self) }
            if agents.contains(where: { $0.apps.contains { $0.online != nil } }) { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchError("apptest did not come online on the agent within 10 s")
    }
}

/// Joins an agent with the program under measure.
private struct AgentJoinCommand {
    let executable: String

    /// - Returns: The agent's id.
    func join(_ url: String, token: String, folder: String) async throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: executable)
        process.arguments = ["agent", "join", url, "--token", token, "--data", folder, "--ip", "127.0.0.1", "--json"]
        process.standardOutput = output
        try process.run()
        let line = Array(output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        guard process.terminationStatus == 0, let agent = try JSONObject(parsing: line).string("agent") else {
            throw BenchError("the agent could not join")
        }
        return agent
    }
}
