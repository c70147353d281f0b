import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol

/// A center with its store (`TaskBook`) and two agents with their spools (`Delivery`, `SpoolLog`), moved one small event at a
/// time by chance. Links break at any frame, centers and agents die between any two steps and in the middle of a line.
struct StoredWorld {
    struct Tally {
        var counts: [String: Int] = [:]
        mutating func add(_ other: Tally) { counts.merge(other.counts, uniquingKeysWith: +) }
        mutating func note(_ what: String) { counts[what, default: 0] += 1 }
    }

    /// One connection; see `LossyWorld`.
    struct Wire {
        let agent: Int
        var toAgent: [[UInt8]] = []
        var toCenter: [[UInt8]] = []
        var isBroken = false
    }

    /// What survives the center.
    struct Store {
        var lives: [TaskID: (life: TaskLife, number: Int)] = [:]
        var outcomes: [TaskID: TaskReport] = [:]
        var attempts: [AttemptID: TaskReport] = [:]
        var late: [AttemptID: [TaskReport]] = [:]
    }

    let losesPower: Bool
    var random: SeededRandom
    var agents = (0..<2).map { StoredAgent(id: AgentID("agent-\($0)")) }
    var wires: [Int: Wire] = [:]
    var book = TaskBook()
    var store = Store()
    /// Moves whose changes are on their way into the store.
    var committing: [TaskStep] = []
    var clock = Duration.zero
    private var lastWire = 0
    private var lastTask = 0
    /// Tasks of which nothing is written down before they have ended.
    private var instant: Set<TaskID> = []
    var starts: [AttemptID: Int] = [:]
    /// What the agents made of attempts.
    var reports: [AttemptID: Set<[UInt8]>] = [:]
    var tally = Tally()
    var faults: [String] = []

    init(seed: Int, losesPower: Bool) {
        random = SeededRandom(seed: seed)
        self.losesPower = losesPower
    }

    var now: Moment { Moment(wall: noon + clock, steady: clock) }

    mutating func run(steps: Int) throws {
        for _ in 0..<steps { try step() }
        try settle()
        check()
    }

    private mutating func step() throws {
        let agent = Int.random(in: 0..<agents.count, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<12: try submit(to: agent)
        case 12..<24: link(agent)
        case 24..<56: try deliverOne()
        case 56..<64: sync(agent)
        case 64..<74: try finishOne(agent)
        case 74..<84: commit()
        case 84..<88: advance(.milliseconds(Int.random(in: 0..<3000, using: &random)))
        case 88: advance(.seconds(random.chance(20) ? 700 : 8))
        case 89: stopOne()
        case 90..<94: breakWire(of: agent)
        case 94: killCenter()
        case 95..<98: kill(agent)
        default: noticeBrokenWire()
        }
    }

    /// From here on nothing breaks any more, until everything has ended.
    private mutating func settle() throws {
        for agent in agents.indices { breakWire(of: agent) }
        for _ in 0..<20_000 {
            for agent in agents.indices {
                link(agent)
                sync(agent, fails: false)
                try finishOne(agent, dies: false)
            }
            let isBusy = wires.values.contains { !$0.toAgent.isEmpty || !$0.toCenter.isEmpty }
            try deliverOne()
            if !isBusy, committing.isEmpty, agents.allSatisfy({ $0.delivery.isIdle }) {
                noticeBrokenWire()
                guard book.count > 0 else { return }
                for task in store.lives.keys {
                    guard case .sent = book.life(of: task)?.state else { continue }
                    faults.append("the center waits for \(task), which nobody has")
                }
                advance(max(.zero, (book.nextDeadline ?? clock) - clock))
            }
            commit()
        }
        faults.append("does not come to rest: \(book.count) tasks")
    }

    private mutating func check() {
        for (attempt, count) in starts where count != 1 { faults.append("\(attempt) was started \(count) times") }
        for (attempt, reports) in reports where reports.count != 1 && !losesPower {
            faults.append("\(attempt) has \(reports.count) different reports")
        }
        for attempt in starts.keys where reports[attempt] == nil && !instant.contains(attempt.task) {
            faults.append("\(attempt) was started and not reported")
        }
        for (task, report) in store.outcomes where report.flag == .succeeded && starts[AttemptID(task, report.attempt)] == nil {
            faults.append("\(task) succeeded without a start")
        }
        for task in store.lives.keys { faults.append("\(task) is stored and has no outcome") }
        for agent in agents {
            if !agent.delivery.holding.isEmpty { faults.append("\(agent.id) still holds \(agent.delivery.holding)") }
            if !agent.spool.owed.isEmpty || !agent.spool.intended.isEmpty { faults.append("\(agent.id) still owes something") }
        }
    }

    // MARK: The center

    private mutating func submit(to agent: Int) throws {
        lastTask += 1
        let retry = random.chance(40) ? try RetryRule(attempts: 3, pause: .seconds(1)) : nil
        let isInstant = random.chance(20)
        let spec = TaskSpec(
            id: TaskID("T\(10_000 + lastTask)"), trace: TraceID("t"), origin: isInstant ? .call : .submission,
            agent: agents[agent].id, app: try AppName("hello"), function: "greet", param: .null, timeout: .seconds(5),
            retry: isInstant ? nil : retry, admittedAt: now.wall)
        if isInstant { instant.insert(spec.id) }
        perform(isInstant ? book.call(spec, at: now) : book.admit([spec], at: now))
    }

    private mutating func stopOne() {
        guard let task = store.lives.keys.sorted(by: { $0.text < $1.text }).randomElement(using: &random) else { return }
        if let step = book.stop(task, at: now) { perform(step) }
        tally.note("stops")
    }

    private mutating func advance(_ time: Duration) {
        clock += time
        perform(book.tick(at: now))
    }

    mutating func perform(_ step: TaskStep) {
        perform(step.now)
        if !step.changes.isEmpty || !step.afterwards.isEmpty { committing.append(step) }
    }

    private mutating func perform(_ effects: [TaskEffect]) {
        for effect in effects {
            switch effect {
            case .send(let session, let order): send(.run(order), over: session)
            case .cancel(let session, let task): send(.cancel(task), over: session)
            case .acknowledge(let session, let report, _): send(.acknowledge(report.task), over: session)
            case .answer, .ended: break
            }
        }
    }

    private mutating func send(_ frame: CenterFrame, over session: LinkSession) {
        if wires[session.number]?.isBroken == false { wires[session.number]?.toAgent.append(frame.bytes) }
    }

    private mutating func commit() {
        for step in committing {
            for change in step.changes { write(change) }
            perform(step.afterwards)
        }
        committing = []
    }

    private mutating func write(_ change: TaskChange) {
        switch change {
        case .admitted(let life, let number): store.lives[life.spec.id] = (life, number)
        case .moved(let life): store.lives[life.spec.id]?.life = life
        case .attempted(let report):
            tally.note("retries")
            if store.attempts.updateValue(report, forKey: report.id) != nil { faults.append("\(report.id) was given up twice") }
        case .ended(let outcome):
            tally.note(outcome.report.reason?.word ?? "answered")
            store.lives[outcome.spec.id] = nil
            if store.outcomes.updateValue(outcome.report, forKey: outcome.spec.id) != nil {
                faults.append("\(outcome.spec.id) has two outcomes")
            }
        case .late(let report, _): store.late[report.id, default: []].append(report)
        case .queue: break
        case .cron, .callback: faults.append("\(change) of a task without either")
        }
    }

    private mutating func killCenter() {
        tally.note("center deaths")
        committing = []
        wires = [:]
        for agent in agents.indices { unlink(agent) }
        book = TaskBook(lastNumber: lastTask)
        book.restore(Array(store.lives.values), queues: [], at: now)
    }

    // MARK: Links

    private mutating func link(_ agent: Int) {
        guard agents[agent].wire == nil else { return }
        lastWire += 1
        let hello = AgentHello(
            protocols: [1], agentVersion: "0", holding: agents[agent].delivery.holding,
            status: AgentStatus(apps: [], facts: .emptyObject))
        wires[lastWire] = Wire(agent: agent, toCenter: [AgentFrame.hello(hello).bytes])
        agents[agent].wire = lastWire
    }

    /// The agent sees its link gone at once, the center later.
    mutating func breakWire(of agent: Int) {
        guard let number = agents[agent].wire else { return }
        unlink(agent)
        wires[number]?.isBroken = true
        wires[number]?.toAgent = []
        let count = wires[number]?.toCenter.count ?? 0
        wires[number]?.toCenter.removeLast(Int.random(in: 0...count, using: &random))
    }

    private mutating func unlink(_ agent: Int) {
        agents[agent].wire = nil
        agents[agent].delivery.unlinked()
    }

    private mutating func noticeBrokenWire() {
        guard let (number, wire) = wires.sorted(by: { $0.key < $1.key }).first(where: { $0.value.isBroken }) else { return }
        wires[number] = nil
        book.unlinked(agents[wire.agent].id, LinkSession(number: number), at: now)
    }

    private mutating func deliverOne() throws {
        let busy = wires.filter { !$0.value.toAgent.isEmpty || !$0.value.toCenter.isEmpty }.keys.sorted()
        guard let number = busy.randomElement(using: &random), let wire = wires[number] else { return }
        if !wire.toCenter.isEmpty, wire.toAgent.isEmpty || random.chance(50) {
            wires[number]?.toCenter.removeFirst()
            try centerReceived(AgentFrame(bytes: wire.toCenter[0]), over: number, from: agents[wire.agent].id)
        } else {
            let frame = try CenterFrame(bytes: wire.toAgent[0])
            // An order may come twice in a row.
            if case .run = frame, random.chance(10) {} else { wires[number]?.toAgent.removeFirst() }
            try agentReceived(frame, at: wire.agent)
        }
    }

    private mutating func centerReceived(_ frame: AgentFrame, over number: Int, from agent: AgentID) {
        let session = LinkSession(number: number)
        switch frame {
        case .hello(let hello):
            send(.welcome(.init(protocolVersion: 1, heartbeat: .seconds(1), apps: [])), over: session)
            perform(book.linked(agent, session, holding: Set(hello.holding), at: now))
        case .heartbeat: break
        case .result(let report):
            reports[report.id, default: []].insert(report.spoolLine)
            perform(book.reported(report, by: agent, session, at: now))
        }
    }
}
