import ElvesFlow
import ElvesModel

/// A plan from `1.0.0` to `1.1.0` of an app with the health function `health`.
func rolloutPlan(
    _ waves: String..., errors: String = "0", health: String? = "health", before: String? = "1.0.0",
    pause: Duration = .zero, hostLimit: Duration = .seconds(300)
) throws -> RolloutPlan {
    RolloutPlan(
        app: try AppName("hello"), version: try AppVersion("1.1.0"), before: try before.map { try AppVersion($0) },
        waves: waves.compactMap { RolloutPlan.Share($0) }, health: health,
        maxErrors: RolloutPlan.Share(errors) ?? .count(-1), pause: pause, hostLimit: hostLimit)
}

/// `A00`, `A01`, … in the order of the waves.
func agents(_ count: Int) -> [AgentID] { (0..<count).map { AgentID($0 < 10 ? "A0\($0)" : "A\($0)") } }

/// A rollout by example: time passes only when a test says so, and all hosts have a link unless it says otherwise.
struct RolloutCase {
    var rollout: Rollout
    var linked: Set<AgentID>
    var now = noon

    init(_ plan: RolloutPlan, hosts: Int) {
        let agents = agents(hosts)
        linked = Set(agents)
        rollout = Rollout(plan, agents: agents, at: noon)
    }

    mutating func start() -> [Rollout.Effect] { rollout.start(linked: linked, at: now) }

    mutating func reported(_ agent: AgentID, _ online: String? = "1.1.0", problem: String? = nil) throws -> [Rollout.Effect] {
        rollout.reported(
            agent, online: try online.map { try AppVersion($0) }, problem: problem, linked: linked, at: now)
    }

    mutating func answered(_ agent: AgentID, failure: String? = nil) -> [Rollout.Effect] {
        rollout.answered(agent, failure: failure, linked: linked, at: now)
    }

    /// The host has the version online and answers the question for its health.
    mutating func proves(_ agent: AgentID, failure: String? = nil) throws -> [Rollout.Effect] {
        try reported(agent) + answered(agent, failure: failure)
    }

    mutating func pass(_ time: Duration) -> [Rollout.Effect] {
        now = Timestamp(microseconds: now.microseconds + time.milliseconds * 1000)
        return rollout.passed(linked: linked, at: now)
    }

    mutating func loses(_ agent: AgentID) -> [Rollout.Effect] {
        linked.remove(agent)
        return rollout.lost(agent, linked: linked, at: now)
    }

    /// Counted from 1; nil once the rollout has ended.
    var wave: Int? { if case .running(let wave, _) = rollout.phase { wave + 1 } else { nil } }

    /// Why the version was taken back; nil unless it was.
    var backOut: String? { if case .backedOut(let reason) = rollout.phase { reason } else { nil } }

    func wants(_ agent: AgentID) -> String? { rollout.version(for: agent)?.text }
}
