import ElvesApps
import ElvesBus
import ElvesHTTP
import ElvesModel
import ElvesProtocol
import ElvesStore
import Hummingbird

/// The administrative routes of a security team: which policies are in use.
struct SandboxRoutes: Sendable {
    let supervisor: Supervisor

    func add(to admin: RouterGroup<CenterRequestContext>) {
        admin.get("sandbox/audit") { _, _ in try await Response.json(audit()) }
        admin.get("sandbox/effective") { request, _ in try await Response.json(effective(request)) }
    }

    /// What one version of an app has on one agent, as far as the center knows: who granted what, and the policy by its digest.
    private func effective(_ request: Request) async throws -> SandboxEffective {
        func parameter(_ name: String) throws -> String {
            guard let value = request.uri.queryParameters[name[...]] else {
                throw AdminError(.badRequest, "the query parameter \"\(name)\" is missing")
            }
            return String(value)
        }
        let (app, version, name) = (
            try AppName(parameter("app")), try AppVersion(parameter("version")), try parameter("agent")
        )
        guard let agent = supervisor.read({ $0.agent(named: name) }) else {
            throw AdminError(.notFound, "no agent \"\(name)\" has joined: `elves agents` lists them")
        }
        guard supervisor.read({ $0.version(app, version) }) != nil else {
            throw AdminError(.notFound, "\(app) \(version) is not published: `elves app list` lists what is")
        }
        guard let manifest = supervisor.read({ $0.manifest(of: app, version) }) else {
            throw AdminError(
                .notFound, "\(app) \(version) was published before manifests were kept: publish the same archive once more")
        }
        let presence = try await supervisor.bus.call(FindPresence(agent: agent.id), trace: supervisor.randomness.id())
        let status = presence?.isOnline == true ? presence?.status : nil
        let report = status?.apps.first { $0.app == app && $0.online == version }
        return SandboxEffective(
            app: app, version: version, agent: agent.id, ip: agent.address, language: manifest.language.rawValue,
            isLinked: status != nil, grants: supervisor.read { $0.bindings[app]?[agent.id]?.grants }, policy: report?.policy,
            missingLayers: status?.missingLayers ?? [])
    }

    private func audit() async throws -> SandboxAudit {
        var uses: [SandboxAudit.Use] = []
        var hosts: [SandboxAudit.Host] = []
        let agents = supervisor.read { $0.agents.values.filter { $0.revokedAt == nil }.sorted { $0.address < $1.address } }
        for agent in agents {
            let presence = try await supervisor.bus.call(FindPresence(agent: agent.id), trace: supervisor.randomness.id())
            let status = presence?.isOnline == true ? presence?.status : nil
            hosts.append(
                SandboxAudit.Host(
                    agent: agent.id, ip: agent.address, hostName: agent.hostName, isLinked: status != nil,
                    missingLayers: status?.missingLayers ?? []))
            for report in status?.apps ?? [] {
                guard let version = report.online, let policy = report.policy else { continue }
                uses.append(supervisor.read { $0.use(report.app, version, on: agent.id, policy) })
            }
        }
        return SandboxAudit(madeAt: supervisor.clocks.wall(), uses: uses, hosts: hosts)
    }
}

extension Registry {
    fileprivate func use(
        _ app: AppName, _ number: AppVersion, on agent: AgentID, _ policy: PolicyInUse
    ) -> SandboxAudit.Use {
        let approval = approvals[app]?.first { $0.version == number }
        return SandboxAudit.Use(
            app: app, version: number, agent: agent, policy: policy, grants: bindings[app]?[agent]?.grants ?? [],
            publishedBy: version(app, number)?.publishedBy, approvedBy: approval?.approvedBy,
            approvedAt: approval?.approvedAt)
    }
}
