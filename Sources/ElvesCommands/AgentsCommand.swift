import ArgumentParser
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol

struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "List the agents of a center, or revoke one.",
        subcommands: [List.self, Revoke.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the agents and the apps they have online.")

        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let agents = try await center.withCenter { try await $0.get("admin/v1/agents", as: [AgentView].self) }
            if output.json { return try printJSON(agents) }
            printTable(
                ["AGENT", "IP", "HOST", "STATE", "APPS"],
                agents.map { agent in
                    let state = agent.isRevoked ? "revoked" : agent.isOnline ? "online" : "offline"
                    let apps = agent.apps.map { app in
                        "\(app.app)" + (app.online.map { " \($0)" } ?? "") + (app.problem.map { " (\($0))" } ?? "")
                    }
                    return [agent.agent.text, "\(agent.ip)", agent.hostName, state, apps.joined(separator: ", ")]
                })
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke an agent: its link is closed at once and its certificate counts no more.")

        @Argument(help: "The agent's id, address or host name.")
        var agent: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            try await center.withCenter { try await $0.delete("admin/v1/agents/\(agent)") }
            output.printDone("revoked \(agent)", ["revoked": agent])
        }
    }
}
