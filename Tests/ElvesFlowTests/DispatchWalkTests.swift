import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

/// `Dispatch` under a long random sequence of everything that can happen to it.
@Suite struct DispatchWalkTests {
    @Test(arguments: 0..<8)
    func `every task gets exactly one answer and every report a record`(block: Int) throws {
        for seed in block * 12..<(block + 1) * 12 {
            var walk = DispatchWalk(seed: seed)
            try walk.run(steps: 400)
            #expect(walk.faults.prefix(3) == [], "seed \(seed)")
        }
    }
}

private struct DispatchWalk {
    private let agents = (0..<3).map { AgentID("agent-\($0)") }
    private let limit = 6
    private var dispatch = Dispatch(limitPerAgent: 6)
    private var random: SeededRandom
    private var lastSession = 0
    private var lastTask = 0
    /// What each agent's links were, oldest first.
    private var sessions: [AgentID: [Dispatch.Session]] = [:]
    /// The link over which an agent can be reached, as the walk knows it.
    private var current: [AgentID: Dispatch.Session] = [:]
    private var submitted: [TaskID: AgentID] = [:]
    private var sent: Set<TaskID> = []
    private var answers: [TaskID: Int] = [:]
    private var timers: Set<TaskID> = []
    private(set) var faults: [String] = []

    init(seed: Int) { random = SeededRandom(seed: seed) }

    mutating func run(steps: Int) throws {
        for _ in 0..<steps { try step() }
        for task in timers.sorted(by: { $0.text < $1.text }) { fire(task) }
        for task in submitted.keys where answers[task] != 1 { faults.append("\(task): \(answers[task] ?? 0) answers") }
        if dispatch.tasksInFlight != 0 { faults.append("\(dispatch.tasksInFlight) tasks in flight at the end") }
    }

    private mutating func step() throws {
        let agent = agents.randomElement(using: &random) ?? agents[0]
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: try submit(to: agent)
        case 40..<48: link(agent)
        case 48..<51: linkAgainByOldSession(agent)
        case 51..<58: unlink(agent)
        case 58..<85: try hear(from: agent)
        default: if let task = timers.sorted(by: { $0.text < $1.text }).randomElement(using: &random) { fire(task) }
        }
        if dispatch.tasksInFlight != sent.count { faults.append("in flight: \(dispatch.tasksInFlight), not \(sent.count)") }
        for agent in agents where sent.count(where: { submitted[$0] == agent }) > limit {
            faults.append("\(agent) has more than \(limit) tasks")
        }
    }

    private mutating func submit(to agent: AgentID) throws {
        lastTask += 1
        let order = try order("T\(lastTask)")
        submitted[order.task] = agent
        let isFull = sent.count { submitted[$0] == agent } >= limit
        let effects = dispatch.submit(order, to: agent, at: noon)
        take(effects)
        guard let session = current[agent] else {
            if effects != [.answer(order.task, .unreachable)] { faults.append("\(order.task) was not unreachable") }
            return
        }
        if isFull {
            if effects != [.answer(order.task, .busy)] { faults.append("\(order.task) was not refused as busy") }
        } else if effects.first != .send(session, order) {
            faults.append("\(order.task) was not sent over the current link")
        }
    }

    private mutating func link(_ agent: AgentID) {
        lastSession += 1
        let session = Dispatch.Session(number: lastSession)
        let mine = sent.filter { submitted[$0] == agent }.sorted { $0.text < $1.text }
        var held: Set<TaskID> = [TaskID("unknown")]
        for task in mine where random.chance(50) { held.insert(task) }
        // A liar holds another agent's task too.
        if let foreign = sent.subtracting(mine).sorted(by: { $0.text < $1.text }).first { held.insert(foreign) }
        sessions[agent, default: []].append(session)
        current[agent] = session
        take(dispatch.linked(agent, session, holding: held, at: noon))
        if Set(mine).intersection(held) != sent.filter({ submitted[$0] == agent }) {
            faults.append("\(agent) came back and holds other tasks than it said")
        }
    }

    private mutating func linkAgainByOldSession(_ agent: AgentID) {
        guard let old = sessions[agent]?.dropLast().randomElement(using: &random), current[agent] != nil else { return }
        if dispatch.linked(agent, old, holding: [], at: noon) != [] { faults.append("an old link did something") }
    }

    private mutating func unlink(_ agent: AgentID) {
        guard let session = sessions[agent]?.randomElement(using: &random) else { return }
        dispatch.unlinked(agent, session)
        if current[agent] == session { current[agent] = nil }
    }

    private mutating func hear(from agent: AgentID) throws {
        guard let session = sessions[agent]?.last, lastTask > 0 else { return }
        let id = random.chance(5) ? "never-sent" : "T\(Int.random(in: max(1, lastTask - 20)...lastTask, using: &random))"
        let report = try report(id)
        let isExpected = sent.contains(report.task) && submitted[report.task] == agent
        let effects = dispatch.reported(report, by: agent, session)
        take(effects)
        let record = Dispatch.Effect.record(report, agent: agent, acknowledgeTo: session)
        let expected: [Dispatch.Effect] = isExpected ? [.answer(report.task, .reported(report)), record] : [record]
        if effects != expected { faults.append("a report of \(id) by \(agent) led to \(effects)") }
    }

    private mutating func fire(_ task: TaskID) {
        timers.remove(task)
        let wasInFlight = sent.contains(task)
        let effects = dispatch.expired(task, at: noon)
        take(effects)
        if wasInFlight == effects.isEmpty { faults.append("the timer of \(task) led to \(effects)") }
    }

    private mutating func take(_ effects: [Dispatch.Effect]) {
        for effect in effects {
            switch effect {
            case .send(let session, let order):
                if current[submitted[order.task] ?? agents[0]] != session { faults.append("sent over a dead link") }
                if !sent.insert(order.task).inserted { faults.append("\(order.task) was sent twice") }
            case .answer(let task, _):
                answers[task, default: 0] += 1
                sent.remove(task)
            case .startTimer(let task, _):
                timers.insert(task)
            case .record(let report, let agent, let session):
                if session == nil, submitted[report.task] != agent { faults.append("a verdict names the wrong agent") }
            }
        }
    }
}
