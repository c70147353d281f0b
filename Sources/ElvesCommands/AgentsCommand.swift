import ArgumentParser
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol

struct AgentsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agents", abstract: "List the agents of a center, label or revoke one.",
        subcommands: [List.self, LabelAgent.self, Revoke.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the agents and the apps they have online.")

        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let agents = try await center.withCenter { try await $0.get("admin/v1/agents", as: [AgentView].self) }
            if output.json { return try printJSON(agents) }
            printTable(
                ["AGENT", "IP", "HOST", "STATE", "LABELS", "APPS"],
                agents.map { agent in
                    let state = agent.isRevoked ? "revoked" : agent.isOnline ? "online" : "offline"
                    let apps = agent.apps.map { app in
                        "\(app.app)" + (app.online.map { " \($0)" } ?? "") + (app.problem.map { " (\($0))" } ?? "")
                    }
                    let labels = agent.labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
                    return [
                        agent.agent.text, "\(agent.ip)", agent.hostName, state, labels.joined(separator: ","),
                        apps.joined(separator: ", "),
                    ]
                })
        }
    }

    struct LabelAgent: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "label", abstract: "Give an agent labels, or take some away; `elves target test` finds agents by them."
        )

        @Argument(help: "The agent's id, address or host name.")
        var agent: String
        @Argument(help: "NAME=VALUE sets a label, NAME- takes it away.")
        var changes: [String]
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let request = try request()
            let reply = try await center.withCenter {
                try await $0.post("admin/v1/agents/\(agent)/labels", request, as: LabelsBody.self)
            }
            if output.json { return try printJSON(reply) }
            let labels = reply.labels.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
            printLine(labels.isEmpty ? "\(agent) has no labels" : "\(agent): \(labels.joined(separator: ", "))")
        }

        private func request() throws -> LabelRequest {
            var (set, remove): ([Label], [LabelName]) = ([], [])
            for change in changes {
                if let sign = change.firstIndex(of: "=") {
                    set.append(try Label(LabelName(String(change[..<sign])), String(change[change.index(after: sign)...])))
                } else if change.hasSuffix("-") {
                    remove.append(try LabelName(String(change.dropLast())))
                } else {
                    throw CommandFailure(.usage, "\"\(change)\" is neither NAME=VALUE nor NAME-")
                }
            }
            let names = set.map(\.name) + remove
            if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
                throw CommandFailure(.usage, "label \(twice) is given twice")
            }
            return LabelRequest(set: set, remove: remove)
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
