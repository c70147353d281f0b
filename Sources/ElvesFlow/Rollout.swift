package import ElvesModel

/// Brings a version of an app to its hosts in waves, and takes it back by itself when more of them fail than may.
///
/// Pure: every move takes what happened and returns what has to be done. A host is asked for its health when it has the version
/// online, and again with every heartbeat while the rollout runs; one failure too many takes the version back from all hosts at
/// once. A host without a link holds nobody up: it gets, when it is back, what then counts.
package struct Rollout: Codable, Equatable, Sendable {
    package let plan: RolloutPlan
    package private(set) var phase: Phase
    package private(set) var hosts: [AgentID: Host]
    /// Until when hosts may come back to a center that was started again; nil while it has not been.
    private var linksAwaitedUntil: Timestamp?

    /// Longer than the longest pause between two tries of an agent to reach its center.
    private static var linkLimit: Duration { .seconds(15) }

    package enum Phase: Codable, Equatable, Sendable {
        /// Hosts of this wave and of those before should have the version. Next: `running` of a later wave, `finished`,
        /// `backedOut`.
        case running(wave: Int, since: Timestamp)
        /// Every host should have the version.
        case finished
        /// Every host should have the version before.
        case backedOut(reason: String)
    }

    package struct Host: Codable, Equatable, Sendable {
        /// From 0.
        package let wave: Int
        package fileprivate(set) var state: State
    }

    package enum State: Codable, Equatable, Sendable {
        /// Its wave has not come. Next: `assigned`.
        case waiting
        /// Should have the version, and has a link or not. Next: `checking`, `failed`.
        case assigned(since: Timestamp)
        /// Has the version online; its health is asked for. Next: `healthy`, `failed`.
        case checking
        /// Answered the last question for its health. Next: `rechecking`, `failed`.
        case healthy
        /// Was healthy and is asked again, which holds nobody up. Next: `healthy`, `assigned`, `failed`.
        case rechecking
        /// Counts against the budget, whatever comes later.
        case failed(reason: String)
    }

    package enum Effect: Equatable, Sendable {
        /// Tell these hosts what they should have now.
        case assign([AgentID])
        /// Call the health function on this host.
        case checkHealth(AgentID)
        /// A wave has begun or a host has failed: keep it, so that a center that is killed goes on from here.
        case progressed
        /// The phase has changed for good: keep it, with the version that counts now.
        case ended
    }

    /// - Parameter agents: The hosts the app is bound to, in the order of the waves.
    package init(_ plan: RolloutPlan, agents: [AgentID], at now: Timestamp) {
        self.plan = plan
        phase = .running(wave: 0, since: now)
        let ends = plan.waves.map { $0.atLeast(of: agents.count) }
        hosts = [:]
        for (index, agent) in agents.enumerated() {
            hosts[agent] = Host(wave: ends.firstIndex { index < $0 } ?? max(0, ends.count - 1), state: .waiting)
        }
    }

    /// The version a host should have.
    package func version(for agent: AgentID) -> AppVersion? {
        switch phase {
        case .finished: return plan.version
        case .backedOut: return plan.before
        case .running(let wave, _): return (hosts[agent]?.wave ?? .max) <= wave ? plan.version : plan.before
        }
    }

    package var isRunning: Bool { if case .running = phase { true } else { false } }

    /// How many hosts have failed, and how many may.
    package var errors: (count: Int, allowed: Int) {
        (hosts.values.count { $0.state.isFailed }, plan.maxErrors.atMost(of: hosts.count))
    }

    // MARK: What happens

    /// The center has started again: what hosts were asked is asked anew, and they are waited for, since none of them has a link
    /// yet. What failed before counts still; the time between counts against nobody.
    package mutating func resume(at now: Timestamp) {
        guard case .running(let wave, _) = phase else { return }
        phase = .running(wave: wave, since: now)
        linksAwaitedUntil = Timestamp(microseconds: now.microseconds + Self.linkLimit.milliseconds * 1000)
        for (agent, host) in hosts where host.wave <= wave {
            switch host.state {
            case .waiting, .assigned, .checking, .rechecking: hosts[agent]?.state = .assigned(since: now)
            case .healthy, .failed: break
            }
        }
    }

    /// Begins the first wave.
    package mutating func start(linked: Set<AgentID>, at now: Timestamp) -> [Effect] {
        begin(wave: 0, at: now) + advance(linked: linked, at: now)
    }

    /// A host told how it stands.
    ///
    /// - Parameters:
    ///   - online: The version of the app that takes new calls there.
    ///   - problem: Why what it should have is not online.
    package mutating func reported(
        _ agent: AgentID, online: AppVersion?, problem: String?, linked: Set<AgentID>, at now: Timestamp
    ) -> [Effect] {
        guard isRunning, let host = hosts[agent] else { return [] }
        switch host.state {
        case .waiting, .checking, .rechecking, .failed: return []
        case .assigned, .healthy:
            if online == plan.version {
                guard plan.health != nil else { return settle(agent, .healthy, linked, now) }
                hosts[agent]?.state = host.state == .healthy ? .rechecking : .checking
                return [.checkHealth(agent)]
            }
            if let problem { return settle(agent, .failed(reason: problem), linked, now) }
            guard case .healthy = host.state else { return [] }
            return settle(agent, .failed(reason: "the version is not online any more"), linked, now)
        }
    }

    /// The health function answered, or could not be asked.
    ///
    /// - Parameter failure: Why the host is not healthy; nil if it is.
    package mutating func answered(
        _ agent: AgentID, failure: String?, linked: Set<AgentID>, at now: Timestamp
    ) -> [Effect] {
        guard isRunning, hosts[agent]?.state.isAsked == true else { return [] }
        return settle(agent, failure.map { .failed(reason: "health: \($0)") } ?? .healthy, linked, now)
    }

    /// The host could not be asked since its link is gone: it is asked again when it is back.
    package mutating func lost(_ agent: AgentID, linked: Set<AgentID>, at now: Timestamp) -> [Effect] {
        guard isRunning, let host = hosts[agent] else { return [] }
        if host.state.isAsked { hosts[agent]?.state = .assigned(since: now) }
        return advance(linked: linked, at: now)
    }

    /// Time has passed: hosts that take too long fail, and a wave that has proved itself makes way for the next.
    package mutating func passed(linked: Set<AgentID>, at now: Timestamp) -> [Effect] {
        guard isRunning else { return [] }
        let failed = errors.count
        for (agent, host) in hosts {
            guard case .assigned(let since) = host.state else { continue }
            // The time without a link counts against nobody.
            guard linked.contains(agent) else {
                hosts[agent]?.state = .assigned(since: now)
                continue
            }
            guard now - since > plan.hostLimit else { continue }
            hosts[agent]?.state = .failed(reason: "the version was not online within \(plan.hostLimit.milliseconds / 1000) s")
        }
        return decide(linked, now, hasFailed: errors.count > failed)
    }

    /// The app was taken from a host: it is no part of the rollout any more.
    package mutating func unbound(_ agent: AgentID, linked: Set<AgentID>, at now: Timestamp) -> [Effect] {
        guard isRunning, hosts.removeValue(forKey: agent) != nil else { return [] }
        let effects = advance(linked: linked, at: now)
        return effects.isEmpty ? [.progressed] : effects
    }

    /// An operator takes the version back.
    package mutating func takeBack() -> [Effect] {
        guard isRunning else { return [] }
        phase = .backedOut(reason: "an operator rolled it back")
        return [.ended, .assign(assignedHosts)]
    }

    // MARK: Decisions

    private mutating func settle(
        _ agent: AgentID, _ state: State, _ linked: Set<AgentID>, _ now: Timestamp
    ) -> [Effect] {
        hosts[agent]?.state = state
        return decide(linked, now, hasFailed: state.isFailed)
    }

    private mutating func decide(_ linked: Set<AgentID>, _ now: Timestamp, hasFailed: Bool) -> [Effect] {
        if let effects = backOutIfOver() { return effects }
        let effects = advance(linked: linked, at: now)
        return hasFailed && effects.isEmpty ? [.progressed] : effects
    }

    private mutating func backOutIfOver() -> [Effect]? {
        guard errors.count > errors.allowed else { return nil }
        let failed = hosts.sorted { $0.key.text < $1.key.text }.compactMap { agent, host -> String? in
            if case .failed(let reason) = host.state { "\(agent): \(reason)" } else { nil }
        }
        phase = .backedOut(
            reason: "\(errors.count) hosts failed, \(errors.allowed) may; \(failed.prefix(3).joined(separator: "; "))")
        return [.ended, .assign(assignedHosts)]
    }

    private var assignedHosts: [AgentID] {
        hosts.filter { $0.value.state != .waiting }.map(\.key).sorted { $0.text < $1.text }
    }

    private mutating func begin(wave: Int, at now: Timestamp) -> [Effect] {
        phase = .running(wave: wave, since: now)
        let agents = hosts.filter { $0.value.wave == wave }.map(\.key).sorted { $0.text < $1.text }
        for agent in agents { hosts[agent]?.state = .assigned(since: now) }
        return agents.isEmpty ? [] : [.progressed, .assign(agents)]
    }

    /// Begins the next wave once every linked host so far is healthy, or has failed within the budget, for the time of a pause.
    private mutating func advance(linked: Set<AgentID>, at now: Timestamp) -> [Effect] {
        guard case .running(let wave, let since) = phase else { return [] }
        let areLinksAwaited = linksAwaitedUntil.map { now < $0 } ?? false
        let isProven = hosts.allSatisfy { agent, host in
            host.wave > wave || host.state.isSettled || !linked.contains(agent) && !areLinksAwaited
        }
        let isLast = wave + 1 >= plan.waves.count
        guard isProven, isLast || now - since >= plan.pause else { return [] }
        if isLast {
            phase = .finished
            return [.ended]
        }
        return begin(wave: wave + 1, at: now) + advance(linked: linked, at: now)
    }
}

extension Rollout.State {
    fileprivate var isFailed: Bool { if case .failed = self { true } else { false } }

    /// Whether an answer of the health function is awaited.
    fileprivate var isAsked: Bool { self == .checking || self == .rechecking }

    /// Whether the next wave need not wait for the host: it has proved the version, or has failed.
    fileprivate var isSettled: Bool { self == .healthy || self == .rechecking || isFailed }
}
