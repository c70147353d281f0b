import ElvesBus
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
import Hummingbird

/// The administrative routes of agents: the list, labels, and shutting one out.
struct AgentAdminRoutes: Sendable {
    let supervisor: Supervisor

    func add(to admin: RouterGroup<CenterRequestContext>) {
        admin.get("agents") { _, _ in try await agents() }
        admin.delete("agents/{name}") { _, context in try await revoke(context.parameters.require("name")) }
        admin.post("agents/{name}/labels") { request, context in
            try await label(context.parameters.require("name"), request)
        }
    }

    private func agents() async throws -> Response {
        var views: [AgentView] = []
        let (records, labels) = supervisor.read { registry in
            (registry.agents.values.sorted { ($0.address, $0.joinedAt) < ($1.address, $1.joinedAt) }, registry.labels)
        }
        for record in records {
            let presence = try await supervisor.bus.call(FindPresence(agent: record.id), trace: supervisor.randomness.id())
            views.append(
                AgentView(
                    agent: record.id, ip: record.address, hostName: record.hostName,
                    isOnline: presence?.isOnline ?? false, isRevoked: record.revokedAt != nil,
                    lastHeard: presence?.lastHeard.iso8601, version: presence?.agentVersion,
                    apps: presence?.status.apps ?? [], labels: LabelsBody.texts(labels[record.id] ?? [:]),
                    facts: HostFactView.list(presence?.status.facts ?? .emptyObject)))
        }
        return try .json(views)
    }

    private func revoke(_ name: String) async throws -> Response {
        let agent = try supervisor.require(agent: name)
        try await supervisor.store.revoke(agent.id, at: supervisor.clocks.wall())
        supervisor.change { $0.revoke(agent.id, at: supervisor.clocks.wall()) }
        supervisor.bus.cast(CloseLinks(agent: agent.id), trace: supervisor.randomness.id())
        return .json(.emptyObject)
    }

    private func label(_ name: String, _ request: Request) async throws -> Response {
        let body = try LabelRequest(JSONObject(parsing: await request.bytes(limit: 64 << 10)))
        let agent = try supervisor.require(agent: name)
        try await supervisor.store.label(agent.id, set: body.set, remove: body.remove)
        let labels = supervisor.change { registry in
            registry.label(agent.id, set: body.set, remove: body.remove)
            return registry.labels[agent.id] ?? [:]
        }
        return try .json(LabelsBody(labels))
    }
}

extension Supervisor {
    func require(agent name: String) throws -> AgentRecord {
        guard let agent = read({ $0.agent(named: name) }) else {
            throw AdminError(.notFound, "no single agent is called \"\(name.prefix(80))\": `elves agents` lists them")
        }
        return agent
    }
}
