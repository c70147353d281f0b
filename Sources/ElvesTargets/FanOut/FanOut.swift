package import ElvesFlow
package import ElvesModel

/// One instant call to many hosts: who is sent it when, and when no further one is.
///
/// Pure: every move takes what happened and returns what has to be done. `maxErrors` is what may go wrong: with 3, the fourth
/// failure ends it in that very move, and no host is sent the call after it. What runs then runs on; what had not begun ends
/// as skipped, with the cause. Every host has exactly one end, the first one that is told.
package struct FanOut: Codable, Equatable, Sendable {
    package enum State: Codable, Equatable, Sendable {
        /// Its turn has not come. Next: `sent`, `ended` as skipped.
        case waiting
        /// On its way. Next: `started`, `ended`.
        case sent
        /// The agent has taken it on. Next: `ended`.
        case started
        case ended(End)
    }

    package enum End: Codable, Equatable, Sendable {
        case succeeded
        /// The function answered flag false, or the system got no answer.
        case failed
        /// It could not be sent.
        case unreachable(String)
        /// The call's time was up while it ran.
        case expired
        /// Never sent.
        case skipped(Cause)
    }

    package enum Cause: Codable, Equatable, Sendable, CustomStringConvertible {
        case errors(count: Int, allowed: Int)
        case cancelled
        case expired

        package var description: String {
            switch self {
            case .errors(let count, let allowed): "\(count) hosts failed, \(allowed) may: raise --max-errors to go on"
            case .cancelled: "the call was cancelled before this host's turn"
            case .expired: "the call's time was up before this host's turn"
            }
        }
    }

    package enum Effect: Equatable, Sendable {
        case send(AgentID)
        /// The agent should end what it runs of this call.
        case cancel(AgentID)
        /// A host has ended, or several that were never sent it.
        case progress(Tally)
        /// Every host has ended.
        case finished(Tally)
    }

    /// How many hosts stand where.
    package struct Tally: Codable, Equatable, Sendable {
        package fileprivate(set) var waiting: Int
        package fileprivate(set) var running = 0
        package fileprivate(set) var succeeded = 0
        package fileprivate(set) var failed = 0
        package fileprivate(set) var unreachable = 0
        package fileprivate(set) var expired = 0
        package fileprivate(set) var skipped = 0

        /// What counts against `maxErrors`: a host that could not be asked has not done it either.
        package var errors: Int { failed + unreachable + expired }
    }

    /// In the order in which they are sent the call.
    package let agents: [AgentID]
    package let concurrency: Int
    package let allowedErrors: Int
    package private(set) var tally: Tally
    /// Why no further host is sent it; nil while they are.
    package private(set) var stop: Cause?
    private var states: [AgentID: State]
    /// How many agents have begun when each wave has.
    private let ends: [Int]
    private var wave = 0
    /// The first agent that has not begun.
    private var next = 0
    private var isCancelled = false

    /// - Parameters:
    ///   - agents: Each once; a second time is left out.
    ///   - concurrency: How many may run at once, at least 1.
    package init(_ agents: [AgentID], waves: Waves, maxErrors: RolloutPlan.Share, concurrency: Int) {
        var seen: Set<AgentID> = []
        self.agents = agents.filter { seen.insert($0).inserted }
        self.concurrency = max(1, concurrency)
        allowedErrors = maxErrors.atMost(of: self.agents.count)
        ends = waves.ends(of: self.agents.count)
        tally = Tally(waiting: self.agents.count)
        states = Dictionary(self.agents.map { ($0, State.waiting) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil for an agent that is not called.
    package func state(of agent: AgentID) -> State? { states[agent] }

    package var isFinished: Bool { tally.waiting == 0 && tally.running == 0 }

    // MARK: What happens

    /// Begins the first wave. Without hosts it is finished at once.
    package mutating func start() -> [Effect] {
        guard next == 0, stop == nil else { return [] }
        return agents.isEmpty ? [.finished(tally)] : sendMore()
    }

    /// The agent has taken the call on.
    package mutating func started(_ agent: AgentID) {
        if states[agent] == .sent { states[agent] = .started }
    }

    package mutating func reported(_ agent: AgentID, flag: TaskFlag) -> [Effect] {
        end(agent, flag == .succeeded ? .succeeded : .failed)
    }

    package mutating func unreachable(_ agent: AgentID, reason: String) -> [Effect] { end(agent, .unreachable(reason)) }

    /// Whoever called it wants no more: what runs is asked to end, and ends as it reports.
    package mutating func cancelled() -> [Effect] {
        guard !isFinished, !isCancelled else { return [] }
        isCancelled = true
        let running = agents.prefix(next).filter { isRunning($0) }
        return running.map { .cancel($0) } + skipRest(.cancelled)
    }

    /// The time of the whole call is up: nothing is waited for any more.
    package mutating func expired() -> [Effect] {
        guard !isFinished else { return [] }
        let running = agents.prefix(next).filter { isRunning($0) }
        for agent in running { settle(agent, .expired) }
        let skipped = skipRest(.expired)
        let rest: [Effect] = skipped.isEmpty ? [.progress(tally), .finished(tally)] : skipped
        return running.map { .cancel($0) } + rest
    }

    // MARK: Decisions

    private func isRunning(_ agent: AgentID) -> Bool { states[agent] == .sent || states[agent] == .started }

    private mutating func end(_ agent: AgentID, _ end: End) -> [Effect] {
        guard isRunning(agent) else { return [] }
        settle(agent, end)
        if stop == nil, tally.errors > allowedErrors, tally.waiting > 0 {
            return skipRest(.errors(count: tally.errors, allowed: allowedErrors))
        }
        return [.progress(tally)] + (isFinished ? [.finished(tally)] : sendMore())
    }

    private mutating func settle(_ agent: AgentID, _ end: End) {
        states[agent] = .ended(end)
        tally.running -= 1
        switch end {
        case .succeeded: tally.succeeded += 1
        case .failed: tally.failed += 1
        case .unreachable: tally.unreachable += 1
        case .expired: tally.expired += 1
        case .skipped: tally.skipped += 1
        }
    }

    /// - Returns: Nothing if no host was waiting.
    private mutating func skipRest(_ cause: Cause) -> [Effect] {
        stop = stop ?? cause
        guard tally.waiting > 0 else { return [] }
        for agent in agents[next...] { states[agent] = .ended(.skipped(cause)) }
        tally.skipped += tally.waiting
        tally.waiting = 0
        next = agents.count
        return [.progress(tally)] + (isFinished ? [.finished(tally)] : [])
    }

    /// Sends as many as may run. A wave waits for all of the one before it.
    private mutating func sendMore() -> [Effect] {
        guard stop == nil, !ends.isEmpty else { return [] }
        if next == ends[wave], tally.running == 0, wave + 1 < ends.count { wave += 1 }
        var effects: [Effect] = []
        while next < ends[wave], tally.running < concurrency {
            states[agents[next]] = .sent
            effects.append(.send(agents[next]))
            tally.waiting -= 1
            tally.running += 1
            next += 1
        }
        return effects
    }
}
