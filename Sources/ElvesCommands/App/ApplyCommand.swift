import ArgumentParser
import ElvesApps
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Foundation

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Make a desired state true: which version of which app on which hosts, from a file.",
        discussion: "Hosts that the file does not name lose the app; apps that it does not name stay as they are.")

    @Argument(help: "The YAML file.")
    var file: String
    @Flag(name: .customLong("dry-run"), help: "Only print what would change, host by host.")
    var isDryRun = false
    @OptionGroup var center: CenterOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        guard let bytes = FileManager.default.contents(atPath: file) else {
            throw CommandFailure(.badInput, "\(file) cannot be read")
        }
        let desired = try DesiredState(yaml: Array(bytes), file: file)
        try await center.withCenter { client in
            let changes = try await Self.changes(to: desired, client)
            if output.json { printJSON(changes.json) } else { changes.printText() }
            guard !isDryRun else { return }
            for change in changes.apps { try await Self.make(change, client, quietly: output.json) }
            if !output.json { printLine(changes.count == 0 ? "nothing to do" : "applied \(changes.count) changes") }
        }
    }

    private static func changes(to desired: DesiredState, _ client: CenterClient) async throws -> StateChanges {
        let agents = try await client.get("admin/v1/agents", as: [AgentView].self).filter { !$0.isRevoked }
        let published = try await client.get("admin/v1/apps", as: [AppView].self)
        var present: [AppName: StateChanges.Present] = [:]
        for view in published where desired.apps.contains(where: { $0.app == view.app }) {
            let status = try await client.get("admin/v1/apps/\(view.app)/status", as: AppStatusView.self)
            present[view.app] = StateChanges.Present(
                online: status.online, versions: view.versions,
                hosts: Dictionary(status.hosts.map { ($0.agent, $0.grants) }) { first, _ in first })
        }
        return try StateChanges(from: present, to: desired) { name in
            let matching = agents.filter { $0.agent.text == name || "\($0.ip)" == name || $0.hostName == name }
            return matching.count == 1 ? (matching[0].agent, "\(matching[0].ip)") : nil
        }
    }

    /// Grants before versions: a version that asks for more finds it granted.
    private static func make(_ change: StateChanges.AppChange, _ client: CenterClient, quietly: Bool) async throws {
        for host in change.hosts {
            let binding = BindingRequest(app: change.app, agent: host.agent.text, grants: change.desired.grants)
            switch host.kind {
            case .bind, .grant: try await client.post("admin/v1/bindings", binding)
            case .unbind: try await client.delete("admin/v1/bindings", binding)
            }
        }
        guard let promotion = change.promotion else { return }
        let rollout = change.desired.rollout
        let request = PromoteRequest(
            version: promotion.to, waves: rollout.waves.isEmpty ? nil : rollout.waves, health: rollout.health,
            maxErrors: rollout.maxErrors, pauseSeconds: rollout.pauseSeconds)
        let status = try await Promotion(client: client, app: change.app).run(request) { if !quietly { printError($0) } }
        if status.rollout?.state == "backed-out" { throw CommandFailure(.refused, status.outcomeLine) }
    }
}

extension StateChanges {
    fileprivate func printText() {
        for change in apps {
            let version = change.promotion.map { "\($0.from) -> \($0.to)" } ?? "version stays"
            let waves = change.desired.rollout.waves
            printLine(
                "\(change.app)  \(version)"
                    + (change.promotion == nil || waves.isEmpty ? "" : ", waves \(waves.joined(separator: ", "))")
                    + (change.promotion == nil ? "" : change.desired.rollout.health.map { ", health \($0)" } ?? ""))
            for host in change.hosts {
                let grants = change.desired.grants.map(\.description).joined(separator: ", ")
                switch host.kind {
                case .bind: printLine("  + \(host.name)  bind\(grants.isEmpty ? "" : ", grant \(grants)")")
                case .unbind: printLine("  - \(host.name)  unbind")
                case .grant: printLine("  ~ \(host.name)  grant \(grants.isEmpty ? "nothing any more" : grants)")
                }
            }
        }
    }

    fileprivate var json: RawJSON {
        .array(
            apps.map { change in
                .object { members in
                    members.add("app", change.app.text)
                    members.add("from", ifPresent: change.promotion?.from.text)
                    members.add("to", ifPresent: change.promotion?.to.text)
                    members.add("grants", change.desired.grants.map(\.description))
                    members.add(
                        "hosts",
                        change.hosts.map { host in
                            .object { entry in
                                entry.add("agent", host.agent.text)
                                entry.add("host", host.name)
                                entry.add("change", "\(host.kind)")
                            }
                        })
                }
            })
    }
}
