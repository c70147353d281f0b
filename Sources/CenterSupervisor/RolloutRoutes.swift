import ElvesFlow
import ElvesHTTP
import ElvesModel
import ElvesProtocol
import ElvesStore
import Hummingbird

/// The administrative routes of versions: approve, promote, roll back, status.
struct RolloutRoutes: Sendable {
    let supervisor: Supervisor

    func add(to admin: RouterGroup<CenterRequestContext>) {
        admin.post("apps/{app}/promote") { request, context in
            let app = try AppName(context.parameters.require("app"))
            try await supervisor.promote(app, try await request.json(PromoteRequest.self))
            return try Response.json(status(of: app))
        }
        admin.post("apps/{app}/rollback") { _, context in
            let app = try AppName(context.parameters.require("app"))
            return try Response.json(RollbackReply(version: try await supervisor.rollBack(app)))
        }
        admin.post("apps/{app}/approve") { request, context in
            let app = try AppName(context.parameters.require("app"))
            let version = try await request.json(ApproveRequest.self).version
            let changes = try await supervisor.approve(app, version, by: context.administrator)
            return try Response.json(ApproveReply(app: app, version: version, changes: changes))
        }
        admin.get("apps/{app}/status") { _, context in
            try Response.json(status(of: AppName(context.parameters.require("app"))))
        }
    }

    private func status(of app: AppName) throws -> AppStatusView {
        try supervisor.read { registry in
            guard let online = registry.online[app] else {
                throw AdminError(.notFound, "no app \(app) is published: `elves app list` names those that are")
            }
            let rollout = registry.rollouts[app]
            let hosts = registry.bindings[app, default: [:]].values.compactMap { binding -> AppStatusView.HostView? in
                guard let agent = registry.agents[binding.agent], agent.revokedAt == nil else { return nil }
                let report = registry.report(of: app, on: agent.id)
                return AppStatusView.HostView(
                    agent: agent.id, ip: agent.address, isLinked: registry.isLinked(agent.id),
                    wanted: registry.wanted(app, on: agent.id), online: report?.online, problem: report?.problem,
                    state: rollout?.hosts[agent.id]?.state.word, grants: binding.grants)
            }
            return AppStatusView(
                app: app, online: online.version, before: online.before,
                waiting: registry.versions[app, default: []].compactMap { record in
                    let changes = registry.unapproved(app, record.version)
                    return changes.isEmpty ? nil : .init(version: record.version, changes: changes)
                },
                rollout: rollout.map { .init($0, isKept: !registry.isUnkept(app)) },
                hosts: hosts.sorted { $0.ip < $1.ip })
        }
    }
}

extension PromoteRequest {
    /// The plan of a rollout; nil where the version goes online everywhere at once.
    ///
    /// - Throws: `AdminError` naming what is no share or out of range.
    func plan(_ app: AppName, before: AppVersion?) throws(AdminError) -> RolloutPlan? {
        var shares: [RolloutPlan.Share] = []
        for text in waves ?? [] {
            guard let share = RolloutPlan.Share(text) else {
                throw AdminError(.badRequest, "wave \"\(text.prefix(20))\" is neither a number of hosts nor a part such as 10%")
            }
            shares.append(share)
        }
        guard let errors = RolloutPlan.Share(maxErrors ?? "0") else {
            throw AdminError(
                .badRequest,
                "max_errors \"\((maxErrors ?? "").prefix(20))\" is neither a number of hosts nor a part such as 10%")
        }
        guard (0...86_400).contains(pauseSeconds ?? 0), (1...86_400).contains(hostSeconds ?? 300) else {
            throw AdminError(.badRequest, "pause_seconds must be 0 to 86400, host_seconds 1 to 86400")
        }
        guard !shares.isEmpty || health != nil else { return nil }
        return RolloutPlan(
            app: app, version: version, before: before, waves: shares, health: health, maxErrors: errors,
            pause: .seconds(pauseSeconds ?? 0), hostLimit: .seconds(hostSeconds ?? 300))
    }
}

extension AppStatusView.RolloutView {
    /// - Parameter isKept: Whether its end is on record; until then the version before counts, and it runs.
    fileprivate init(_ rollout: Rollout, isKept: Bool) {
        let (state, wave, reason): (String, Int?, String?) =
            switch rollout.phase {
            case .running(let wave, _): ("running", wave + 1, nil)
            case .finished where !isKept: ("running", rollout.plan.waves.count, nil)
            case .finished: ("finished", nil, nil)
            case .backedOut(let reason): ("backed-out", nil, reason)
            }
        self.init(
            version: rollout.plan.version, state: state, wave: wave, waves: rollout.plan.waves.count, reason: reason,
            errors: rollout.errors.count, allowedErrors: rollout.errors.allowed)
    }
}

extension Rollout.State {
    fileprivate var word: String {
        switch self {
        case .waiting: "waiting"
        case .assigned: "assigned"
        case .checking, .rechecking: "checking"
        case .healthy: "healthy"
        case .failed: "failed"
        }
    }
}
