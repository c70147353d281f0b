import ElvesApps
import ElvesBus
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesSchema
import ElvesStore
import Foundation
import Hummingbird
import Logging

/// Carries what agents tell and what health functions answer to `Rollout`, and does what it decides.
extension Supervisor {
    /// How often a rollout is told that time has passed.
    private static var tick: Duration { .seconds(1) }
    /// What a health function may take.
    private static var healthLimit: Duration { .seconds(30) }

    /// Puts a version online on the hosts of an app: at once, or in waves if the request has any, or a health function.
    ///
    /// - Throws: `AdminError` if the version is not published, is online already, or another rollout runs.
    func promote(_ app: AppName, _ request: PromoteRequest) async throws {
        guard read({ $0.version(app, request.version) }) != nil else {
            throw AdminError(.notFound, "\(app) \(request.version) is not published: `elves app list` names what is")
        }
        try requireApproval(app, request.version)
        try begin(app)
        defer { change { $0.changing.remove(app) } }
        if read({ $0.rollouts[app]?.isRunning == true || $0.isUnkept(app) }) {
            throw AdminError(.conflict, "a rollout of \(app) runs: wait for its end, or `elves app rollback \(app)` first")
        }
        let before = read { $0.online[app]?.version }
        guard let plan = try request.plan(app, before: before) else {
            return try await putOnline(app, request.version)
        }
        guard before != request.version else {
            throw AdminError(.conflict, "\(app) \(request.version) is online already: there is nothing to roll out")
        }
        try requireHealth(plan)
        let now = clocks.wall()
        // The first wave is to prove the version: hosts that have a link come first.
        let agents = read { registry in
            registry.agents(boundTo: app).filter { registry.agents[$0]?.revokedAt == nil }
                .sorted { (registry.isLinked($0) ? 0 : 1, $0.text) < (registry.isLinked($1) ? 0 : 1, $1.text) }
        }
        let rollout = Rollout(plan, agents: agents, at: now)
        try await store.keep(rollout.record)
        let effects = change { registry in
            registry.rollouts[app] = rollout
            return registry.move(app) { $0.start(linked: $1, at: now) }
        }
        log.info("rollout begun", metadata: ["app": "\(app)", "version": "\(plan.version)", "hosts": "\(agents.count)"])
        await perform(effects, app)
        passTime(app)
        // Hosts that have the version already have nothing new to tell.
        for agent in agents { await perform(change { $0.retell(app, agent, at: clocks.wall()) }, app) }
    }

    /// Puts the version online that was before the one that is, or ends a rollout by taking its version back.
    func rollBack(_ app: AppName) async throws -> AppVersion {
        try begin(app)
        defer { change { $0.changing.remove(app) } }
        if read({ $0.rollouts[app]?.isRunning == true }) {
            let effects = change { $0.move(app) { rollout, _ in rollout.takeBack() } }
            await perform(effects, app)
            guard let before = read({ $0.online[app]?.version }) else {
                throw AdminError(.notFound, "no version of \(app) is online")
            }
            return before
        }
        guard !read({ $0.isUnkept(app) }) else {
            throw AdminError(.conflict, "the end of the rollout of \(app) is being written down: try again in a moment")
        }
        guard let before = read({ $0.online[app]?.before }) else {
            throw AdminError(.conflict, "nothing was online before: `elves app promote \(app)@VERSION` names a version")
        }
        try await putOnline(app, before)
        return before
    }

    /// A health function that cannot be asked would fail on every host, after the first of them has the version.
    ///
    /// - Throws: `AdminError` if the version has no such function, or it needs parameters.
    private func requireHealth(_ plan: RolloutPlan) throws(AdminError) {
        // Of a version whose manifest was not kept nothing is known.
        guard let name = plan.health, let manifest = read({ $0.manifest(of: plan.app, plan.version) }) else { return }
        guard let function = manifest.function(name) else {
            let known = manifest.functions.map(\.name).joined(separator: ", ")
            throw AdminError(
                .badRequest, "\(plan.app) \(plan.version) has no function \(name.prefix(40)) to ask for health: it has \(known)"
            )
        }
        if let refusal = function.parameterSchema?.refusal(of: .emptyObject) {
            throw AdminError(
                .badRequest, "\(name) cannot be asked for health, since it is called without parameters: \(refusal)")
        }
    }

    /// Marks the app as being changed.
    ///
    /// - Throws: `AdminError` while somebody else changes it.
    private func begin(_ app: AppName) throws(AdminError) {
        guard change({ $0.changing.insert(app).inserted }) else {
            throw AdminError(.conflict, "somebody else is changing the version of \(app): look at `elves app status \(app)`")
        }
    }

    /// An agent told how its apps stand, or went.
    func presenceChanged(_ message: PresenceChanged) {
        let now = clocks.wall()
        let effects = change { $0.presenceChanged(message, at: now) }
        guard !effects.isEmpty else { return }
        Task { for (app, effects) in effects { await perform(effects, app) } }
    }

    /// Takes an app from an agent.
    func unbind(_ app: AppName, from agent: AgentID) async throws {
        try await store.unbind(app, from: agent)
        let now = clocks.wall()
        let effects = change { registry in
            registry.unbind(app, from: agent)
            return registry.move(app) { $0.unbound(agent, linked: $1, at: now) }
        }
        reassign([agent], trace: randomness.id())
        await perform(effects, app)
    }

    /// After a start: rollouts that ran go on.
    func resumeRollouts() {
        let now = clocks.wall()
        for app in read({ registry in registry.rollouts.filter { $0.value.isRunning }.map(\.key) }) {
            change { registry in
                registry.rollouts[app]?.resume(at: now)
                let gone = registry.rollouts[app]?.hosts.keys.filter { !registry.isBound(app, to: $0) } ?? []
                for agent in gone { _ = registry.move(app) { $0.unbound(agent, linked: $1, at: now) } }
            }
            passTime(app)
        }
    }

    private func putOnline(_ app: AppName, _ version: AppVersion) async throws {
        guard let online = read({ $0.online[app] }), online.version != version else { return }
        let record = OnlineRecord(app: app, version: version, since: clocks.wall(), before: online.version)
        try await store.promote(record, rollout: nil)
        change {
            $0.online[app] = record
            $0.rollouts[app] = nil
        }
        log.info("app promoted", metadata: ["app": "\(app)", "version": "\(version)"])
        reassign(read { $0.agents(boundTo: app) }, trace: randomness.id())
    }

    private func passTime(_ app: AppName) {
        _ = timers.start(Self.tick) {
            Task {
                let now = self.clocks.wall()
                let effects = self.change { $0.move(app) { $0.passed(linked: $1, at: now) } }
                await self.perform(effects, app)
                // An end that could not be kept is tried again.
                if self.read({ $0.isUnkept(app) }) { await self.ended(app) }
                if self.read({ $0.rollouts[app]?.isRunning == true || $0.isUnkept(app) }) { self.passTime(app) }
            }
        }
    }

    private func perform(_ effects: [Rollout.Effect], _ app: AppName) async {
        for effect in effects {
            switch effect {
            case .assign(let agents): reassign(agents, trace: randomness.id())
            case .checkHealth(let agent): Task { await checkHealth(agent, app) }
            case .progressed: await keepProgress(of: app)
            case .ended: await ended(app)
            }
        }
    }

    private func keepProgress(of app: AppName) async {
        guard let rollout = read({ $0.rollouts[app] }), rollout.isRunning else { return }
        do { try await store.keep(rollout.record) } catch {
            log.error("how far a rollout is was not kept", metadata: ["app": "\(app)", "error": "\(error)"])
        }
    }

    private func checkHealth(_ agent: AgentID, _ app: AppName) async {
        guard let plan = read({ $0.rollouts[app]?.plan }), let health = plan.health else { return }
        let reply = try? await bus.call(
            RunNow(
                TaskDraft(
                    id: randomness.id(), agent: agent, app: app, function: health, param: .emptyObject,
                    timeout: Self.healthLimit)),
            trace: randomness.id())
        let now = clocks.wall()
        let effects = change { registry -> [Rollout.Effect] in
            guard registry.rollouts[app]?.plan == plan else { return [] }
            // Only an answer of the version itself counts; a host that was lost meanwhile is asked again.
            let isLost: (Reason?) -> Bool = { [.agentLost, .agentOffline, .centerStopping, .busy].contains($0) }
            guard case .reported(let report) = reply, !isLost(report.reason), report.version == plan.version else {
                return registry.move(app) { $0.lost(agent, linked: $1, at: now) }
            }
            let isHealthy = report.flag == .succeeded
            let failure = "\(report.reason.map { "\($0), " } ?? "")\(report.result.text.prefix(200))"
            return registry.move(app) { $0.answered(agent, failure: isHealthy ? nil : failure, linked: $1, at: now) }
        }
        await perform(effects, app)
    }

    /// Keeps how a rollout ended, and the version that counts from now on. What cannot be kept now is tried again.
    private func ended(_ app: AppName) async {
        guard
            let (rollout, online) = read({ registry in
                registry.rollouts[app].flatMap { r in registry.online[app].map { (r, $0) } }
            })
        else { return }
        do {
            switch rollout.phase {
            case .finished:
                let record = OnlineRecord(
                    app: app, version: rollout.plan.version, since: clocks.wall(), before: rollout.plan.before)
                try await store.promote(record, rollout: rollout.record)
                // Two tries may have been under way, and the version have changed since the first.
                guard change({ $0.kept(rollout, record) }) else { return }
                // Hosts that were bound meanwhile, or linked while this was kept, are no part of it.
                reassign(read { $0.agents(boundTo: app) }, trace: randomness.id())
                log.info("rollout finished", metadata: ["app": "\(app)", "version": "\(rollout.plan.version)"])
            case .backedOut(let reason):
                try await store.keep(rollout.record)
                log.error(
                    "rollout backed out",
                    metadata: [
                        "app": "\(app)", "version": "\(rollout.plan.version)", "to": "\(online.version)", "reason": "\(reason)",
                    ])
            case .running: break
            }
        } catch {
            log.error("the end of a rollout was not kept", metadata: ["app": "\(app)", "error": "\(error)"])
        }
    }
}

extension Rollout {
    var record: RolloutRecord {
        // A value of numbers and texts: encoding it cannot fail.
        RolloutRecord(app: plan.app, state: (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "")
    }

    init?(_ record: RolloutRecord) {
        guard let rollout = try? JSONDecoder().decode(Rollout.self, from: Data(record.state.utf8)) else { return nil }
        self = rollout
    }
}
