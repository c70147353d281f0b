import ElvesFlow
import ElvesModel
import Foundation
import Testing

/// `Rollout` under a long random sequence of all that hosts, operators and a center that is killed can do.
@Suite struct RolloutWalkTests {
    @Test(arguments: 0..<8)
    func `the budget holds, waves wait for each other, and every host ends with what counts`(block: Int) throws {
        for seed in block * 25..<(block + 1) * 25 {
            var walk = try RolloutWalk(seed: seed)
            try walk.run(steps: 200)
            #expect(walk.faults.prefix(3) == [], "seed \(seed)")
        }
    }

    @Test func `walks end in every way there is`() throws {
        var endings: Set<String> = []
        for seed in 0..<50 {
            var walk = try RolloutWalk(seed: seed)
            try walk.run(steps: 200)
            endings.insert(walk.ending)
        }
        #expect(endings == ["finished", "over the budget", "by an operator"])
    }
}

private struct RolloutWalk {
    /// A host as it stands in the walk.
    private struct Host {
        var isLinked = true
        var online: AppVersion?
        /// What it was told last that it should have.
        var told: AppVersion?
        var cannotInstall = false
        var isIll = false
        var isAsked = false
    }

    private let plan: RolloutPlan
    private let agents: [AgentID]
    private var rollout: Rollout
    /// What a center that is started again finds.
    private var kept: Rollout
    private var hosts: [AgentID: Host] = [:]
    private var random: SeededRandom
    private var now = noon
    private var ends = 0
    private(set) var faults: [String] = []

    init(seed: Int) throws {
        random = SeededRandom(seed: seed)
        agents = ElvesFlowTests.agents(Int.random(in: 1...12, using: &random))
        let waves = [[], ["1"], ["1", "10%"], ["1", "50%"], ["34%", "67%"], ["2", "4", "6"]]
        let before = random.chance(90) ? try AppVersion("1.0.0") : nil
        plan = RolloutPlan(
            app: try AppName("hello"), version: try AppVersion("1.1.0"), before: before,
            waves: (waves.randomElement(using: &random) ?? []).compactMap { RolloutPlan.Share($0) },
            health: random.chance(80) ? "health" : nil, maxErrors: .count(Int.random(in: 0...3, using: &random)),
            pause: .seconds(random.chance(50) ? 0 : 30), hostLimit: .seconds(120))
        rollout = Rollout(plan, agents: agents, at: noon)
        kept = rollout
        for agent in agents { hosts[agent] = Host(isLinked: random.chance(85), online: before, told: before) }
    }

    var ending: String {
        switch rollout.phase {
        case .running: "running"
        case .finished: "finished"
        case .backedOut(let reason): reason.contains("operator") ? "by an operator" : "over the budget"
        }
    }

    mutating func run(steps: Int) throws {
        try make(allFailures: true) { $0.start(linked: $1, at: $2) }
        let trouble = Int.random(in: 0...6, using: &random)
        for _ in 0..<steps { try step(trouble) }
        // Everybody comes back, gets well and does what it was told.
        for agent in agents {
            hosts[agent]?.cannotInstall = false
            hosts[agent]?.isIll = false
            if hosts[agent]?.isLinked == false { link(agent) }
        }
        for _ in 0..<100 {
            for agent in agents { try report(agent) }
            for agent in agents { try answer(agent) }
            try pass(.seconds(5))
        }
        if rollout.isRunning { faults.append("never ended: \(rollout.phase) \(rollout.hosts)") }
        for agent in agents where hosts[agent]?.online != rollout.version(for: agent) {
            faults.append("\(agent) ended with \(hosts[agent]?.online?.text ?? "nothing")")
        }
    }

    private var linked: Set<AgentID> { Set(agents.filter { hosts[$0]?.isLinked == true }) }

    private mutating func step(_ trouble: Int) throws {
        guard let agent = agents.randomElement(using: &random), let host = hosts[agent] else { return }
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: try report(agent)
        case 40..<65: try answer(agent)
        case 65..<75: try pass(.seconds(Int.random(in: 0...20, using: &random)))
        case 75..<83 where host.isLinked: try lose(agent)
        case 75..<90: if !host.isLinked { link(agent) }
        case 90..<96: if random.chance(trouble * 2) { hosts[agent]?.isIll = true }
        case 96..<98: if random.chance(trouble * 2) { hosts[agent]?.cannotInstall = true }
        case 98: if random.chance(10) { try make { rollout, _, _ in rollout.takeBack() } }
        default: if random.chance(30) { dieAndResume() }
        }
    }

    /// The agent does what it was told, if it can, and says how it stands: with each change and with each heartbeat.
    private mutating func report(_ agent: AgentID) throws {
        guard var host = hosts[agent], host.isLinked else { return }
        var problem: String?
        if host.told != host.online {
            if host.told == plan.version, host.cannotInstall { problem = "no room" } else { host.online = host.told }
        }
        hosts[agent] = host
        try make { $0.reported(agent, online: host.online, problem: problem, linked: $1, at: $2) }
    }

    private mutating func answer(_ agent: AgentID) throws {
        guard let host = hosts[agent], host.isAsked, host.isLinked else { return }
        hosts[agent]?.isAsked = false
        // A host that has given the version back meanwhile cannot say anything good of it.
        let isIll = host.isIll || host.online != plan.version
        try make { $0.answered(agent, failure: isIll ? "ill" : nil, linked: $1, at: $2) }
    }

    private mutating func pass(_ time: Duration) throws {
        now = Timestamp(microseconds: now.microseconds + time.milliseconds * 1000)
        try make(allFailures: true) { $0.passed(linked: $1, at: $2) }
    }

    private mutating func lose(_ agent: AgentID) throws {
        hosts[agent]?.isLinked = false
        hosts[agent]?.isAsked = false
        try make { $0.lost(agent, linked: $1, at: $2) }
    }

    /// A link begins with what the host should have.
    private mutating func link(_ agent: AgentID) {
        hosts[agent]?.isLinked = true
        hosts[agent]?.told = rollout.version(for: agent)
    }

    private mutating func dieAndResume() {
        let had = holders
        for agent in agents {
            hosts[agent]?.isLinked = false
            hosts[agent]?.isAsked = false
        }
        rollout = kept
        rollout.resume(at: now)
        if rollout.isRunning, !had.isSubset(of: holders) { faults.append("a center that was killed took the version back") }
    }

    /// The hosts that should have the version.
    private var holders: Set<AgentID> { Set(agents.filter { rollout.version(for: $0) == plan.version }) }

    /// - Parameter allFailures: Whether more than one host may fail in the move.
    private mutating func make(
        allFailures: Bool = false, _ move: (inout Rollout, Set<AgentID>, Timestamp) -> [Rollout.Effect]
    ) throws {
        let before = rollout
        let effects = move(&rollout, linked, now)
        check(since: before, allFailures)
        for effect in effects { take(effect) }
        if !before.isRunning, !effects.isEmpty || rollout != before { faults.append("a move after the end: \(effects)") }
        // Each new phase, and now and then in between: to write and read it takes longer than all the rest.
        guard rollout.phase != before.phase || random.chance(5) else { return }
        let coded = try JSONDecoder().decode(Rollout.self, from: JSONEncoder().encode(rollout))
        if coded != rollout { faults.append("not the same after it was written and read") }
    }

    private mutating func take(_ effect: Rollout.Effect) {
        switch effect {
        case .assign(let agents):
            for agent in agents where hosts[agent]?.isLinked == true { hosts[agent]?.told = rollout.version(for: agent) }
        case .checkHealth(let agent):
            if hosts[agent]?.isAsked != false || plan.health == nil { faults.append("\(agent) asked out of turn") }
            if hosts[agent]?.online != plan.version { faults.append("\(agent) asked without the version") }
            hosts[agent]?.isAsked = true
        case .progressed: kept = rollout
        case .ended:
            kept = rollout
            ends += 1
            if rollout.isRunning || ends > 1 { faults.append("ended while it runs, or again") }
        }
    }

    private mutating func check(since before: Rollout, _ allFailures: Bool) {
        let failures = rollout.errors.count - before.errors.count
        if failures < 0 || failures > 1 && !allFailures { faults.append("\(failures) failures in one move") }
        switch rollout.phase {
        case .running(let wave, _):
            if rollout.errors.count > rollout.errors.allowed { faults.append("goes on over its budget") }
            let earlier = rollout.hosts.filter { $0.value.wave < wave && linked.contains($0.key) }
            if case .running(let last, _) = before.phase, wave > last, !earlier.allSatisfy({ $0.value.state.isProven }) {
                faults.append("wave \(wave) began too early: \(earlier)")
            }
        case .finished:
            let unproven = rollout.hosts.filter { linked.contains($0.key) && !$0.value.state.isProven }
            if before.isRunning, !unproven.isEmpty { faults.append("finished without \(unproven)") }
        case .backedOut:
            if !holders.isEmpty { faults.append("\(holders) should have what was taken back") }
        }
    }
}

extension Rollout.State {
    /// A host that was healthy once and is asked again is proven: with many hosts there is always one that is asked.
    fileprivate var isProven: Bool {
        switch self {
        case .healthy, .rechecking, .failed: true
        case .waiting, .assigned, .checking: false
        }
    }
}
