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
