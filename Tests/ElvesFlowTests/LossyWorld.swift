import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol

/// One center, two agents, and the links between them, moved one small event at a time by chance.
struct LossyWorld {
    struct Tally {
        var (ran, lateReports, resent, tornSpools) = (0, 0, 0, 0)
        var (agentDeaths, centerDeaths, linksLost) = (0, 0, 0)

        mutating func add(_ other: Tally) {
            ran += other.ran
            lateReports += other.lateReports
            resent += other.resent
            tornSpools += other.tornSpools
            agentDeaths += other.agentDeaths
            centerDeaths += other.centerDeaths
            linksLost += other.linksLost
        }
    }

    /// One connection. Frames arrive in order; when it breaks, what is on its way to the agent is lost, and the center reads
    /// some of what was on its way to it before it notices.
    private struct Wire {
        let agent: Int
        var toAgent: [[UInt8]] = []
        var toCenter: [[UInt8]] = []
        var isBroken = false
    }

    private struct Agent {
        let id: AgentID
        var delivery = Delivery(recovered: [])
        var spool = SpoolLog(tidyAbove: 400)
        /// Survives the agent.
        var file: [UInt8] = []
        var running: [TaskID] = []
        var wire: Int?
    }

    private struct Recorded {
        let report: TaskReport
        var late: TaskReport?
    }

    private var random: SeededRandom
    private var agents = (0..<2).map { Agent(id: AgentID("agent-\($0)")) }
    private var wires: [Int: Wire] = [:]
    private var book = LossyWorld.newBook()
    private var seconds: Int64 = 0
    /// Steps on their way into the store.
    private var recording: [TaskStep] = []
    /// Survives the center.
    private var store: [TaskID: Recorded] = [:]
    private var lastWire = 0
    private var lastTask = 0
    /// Callers of the center that lives.
    private var callers: Set<TaskID> = []
    private var verdicts: [TaskID: Int] = [:]
    private var executions: [TaskID: Int] = [:]
    private var spooled: [TaskID: TaskReport] = [:]
    private(set) var tally = Tally()
    private(set) var faults: [String] = []

    init(seed: Int) { random = SeededRandom(seed: seed) }

    mutating func run(steps: Int) throws {
        for _ in 0..<steps { try step() }
        try settle()
        check()
    }

    private mutating func step() throws {
        let agent = Int.random(in: 0..<agents.count, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<20: try submit(to: agent)
        case 20..<32: link(agent)
        case 32..<72: try deliverOne()
        case 72..<82: try finishOne(agent, isKilledMeanwhile: random.chance(8))
        case 82..<90: commit()
        case 90..<93: pass(Int64.random(in: 0...6, using: &random))
        case 93..<97: breakWire(of: agent)
        case 97: killCenter()
        case 98: kill(agent)
        default: noticeBrokenWire()
        }
    }

    /// From here on nothing breaks any more: every agent links, and everything that is under way comes to its end.
    private mutating func settle() throws {
        for agent in agents.indices {
            breakWire(of: agent)
            link(agent)
        }
        while true {
            let frames = wires.values.contains { !$0.toAgent.isEmpty || !$0.toCenter.isEmpty }
            let work = agents.indices.filter { !agents[$0].running.isEmpty }
            if !frames, work.isEmpty, recording.isEmpty { break }
            try deliverOne()
            for agent in work { try finishOne(agent, isKilledMeanwhile: false) }
            commit()
        }
        pass(60)
        commit()
    }

    private mutating func check() {
        for (task, count) in executions where count != 1 { faults.append("\(task) ran \(count) times") }
        for (task, count) in verdicts where count != 1 { faults.append("the caller of \(task) heard \(count) times") }
        for task in callers where verdicts[task] == nil { faults.append("the caller of \(task) heard nothing") }
        for (task, report) in spooled {
            let record = store[task]
            let places = (record?.report == report ? 1 : 0) + (record?.late == report ? 1 : 0)
            if places != 1 { faults.append("the result of \(task) is recorded \(places) times") }
        }
        for record in store.values where record.late != nil { tally.lateReports += 1 }
        for agent in agents {
            if !agent.delivery.holding.isEmpty { faults.append("\(agent.id) still holds \(agent.delivery.holding)") }
            if !agent.spool.owed.isEmpty { faults.append("\(agent.id) still owes \(agent.spool.owed.count) results") }
        }
        if book.count != 0 { faults.append("\(book.count) tasks are still in flight") }
    }

    // MARK: The center

    private static func newBook() -> TaskBook {
        var limits = TaskBook.Limits()
        limits.instant = 20
        return TaskBook(limits: limits)
    }

    private var now: Moment { Moment(wall: noon + .seconds(seconds), steady: .seconds(seconds)) }

    private mutating func submit(to agent: Int) throws {
        lastTask += 1
        let order = try order("T\(10_000 + lastTask)")
        callers.insert(order.task)
        let spec = TaskSpec(
            id: order.task, trace: order.trace, origin: .call, agent: agents[agent].id, app: order.app,
            function: order.function, param: order.param, timeout: order.timeout, admittedAt: noon)
        perform(book.call(spec, at: now))
    }

    /// Time passes, and with it some deadlines.
    private mutating func pass(_ seconds: Int64) {
        self.seconds += seconds
        perform(book.tick(at: now))
    }

    private mutating func perform(_ step: TaskStep) {
        for effect in step.now {
            switch effect {
            case .send(let session, let order): send(.run(order), over: session)
            case .answer(let task, _):
                verdicts[task, default: 0] += 1
                if !callers.contains(task) { faults.append("an answer for \(task), which has no caller") }
            default: faults.append("\(effect) before it was written")
            }
        }
        if !step.changes.isEmpty { recording.append(step) }
    }

    private mutating func send(_ frame: CenterFrame, over session: LinkSession) {
        if wires[session.number]?.isBroken == false { wires[session.number]?.toAgent.append(frame.bytes) }
    }

    /// The rule of `CenterStore.apply`.
    private mutating func commit() {
        for step in recording {
            for change in step.changes {
                switch change {
                case .ended(let outcome): record(outcome.report)
                case .late(let report, _): record(report)
                default: faults.append("\(change) of an instant task")
                }
            }
            for case .acknowledge(let session, let report, _) in step.afterwards {
                send(.acknowledge(report.task), over: session)
            }
        }
        recording = []
    }

    private mutating func record(_ report: TaskReport) {
        if let first = store[report.task] {
            let isVerdict = first.report.version == nil && [.agentLost, .timeout].contains(first.report.reason)
            if isVerdict, first.late == nil, report != first.report { store[report.task]?.late = report }
        } else {
            store[report.task] = Recorded(report: report, late: nil)
        }
    }

    /// Callers lose their connection; what was not yet in the store is gone; links break.
    private mutating func killCenter() {
        tally.centerDeaths += 1
        book = Self.newBook()
        (recording, callers) = ([], [])
        wires = [:]
        for agent in agents.indices { unlink(agent) }
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
    private mutating func breakWire(of agent: Int) {
        guard let number = agents[agent].wire else { return }
        tally.linksLost += 1
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
        book.unlinked(agents[wire.agent].id, .init(number: number), at: now)
    }

    private mutating func deliverOne() throws {
        let busy = wires.filter { !$0.value.toAgent.isEmpty || !$0.value.toCenter.isEmpty }.keys.sorted()
        guard let number = busy.randomElement(using: &random), let wire = wires[number] else { return }
        if !wire.toCenter.isEmpty, wire.toAgent.isEmpty || random.chance(50) {
            wires[number]?.toCenter.removeFirst()
            try centerReceived(AgentFrame(bytes: wire.toCenter[0]), over: number, from: agents[wire.agent].id)
        } else {
            wires[number]?.toAgent.removeFirst()
            try agentReceived(CenterFrame(bytes: wire.toAgent[0]), at: wire.agent)
        }
    }

    private mutating func centerReceived(_ frame: AgentFrame, over number: Int, from agent: AgentID) {
        let session = LinkSession(number: number)
        switch frame {
        case .hello(let hello):
            send(.welcome(.init(protocolVersion: 1, heartbeat: .seconds(1), apps: [])), over: session)
            perform(book.linked(agent, session, holding: Set(hello.holding), at: now))
        case .heartbeat: break
        case .result(let report): perform(book.reported(report, by: agent, session, at: now))
        }
    }

    // MARK: Agents

    private mutating func agentReceived(_ frame: CenterFrame, at agent: Int) throws {
        switch frame {
        case .welcome:
            let effects = agents[agent].delivery.linked()
            tally.resent += effects.count
            perform(effects, at: agent)
        case .run(let order): perform(agents[agent].delivery.received(order), at: agent)
        case .acknowledge(let task): perform(agents[agent].delivery.acknowledged(task), at: agent)
        case .refuse, .apps, .heartbeat, .cancel: break
        }
    }

    private mutating func perform(_ effects: [Delivery.Effect], at agent: Int) {
        for effect in effects {
            switch effect {
            case .execute(let order):
                executions[order.task, default: 0] += 1
                agents[agent].running.append(order.task)
                tally.ran += 1
            case .spool(let report):
                for write in agents[agent].spool.append(report.id, line: report.spoolLine) {
                    agents[agent].file.apply(write)
                }
                spooled[report.task] = report
            case .send(let report):
                if let wire = agents[agent].wire { wires[wire]?.toCenter.append(AgentFrame.result(report).bytes) }
            case .intend(let order), .turnDown(let order, _): faults.append("\(order.task) is no stored task, nor cancelled")
            case .cancel(let task): faults.append("\(task) was not cancelled")
            case .forget(let id):
                for write in agents[agent].spool.acknowledge(id) { agents[agent].file.apply(write) }
            }
        }
    }

    private mutating func finishOne(_ agent: Int, isKilledMeanwhile: Bool) throws {
        guard let task = agents[agent].running.randomElement(using: &random) else { return }
        agents[agent].running.removeAll { $0 == task }
        let report = try report(task.text, result: "by \(agents[agent].id)")
        guard isKilledMeanwhile else { return perform(agents[agent].delivery.finished(report), at: agent) }
        // Killed while the line is written: a part of it is in the file, and nothing was promised.
        tally.tornSpools += 1
        agents[agent].file += report.spoolLine.prefix(Int.random(in: 0..<report.spoolLine.count, using: &random))
        kill(agent)
    }

    /// The agent dies with its workers and comes back with its spool file.
    private mutating func kill(_ agent: Int) {
        tally.agentDeaths += 1
        breakWire(of: agent)
        var spool = SpoolLog(tidyAbove: 400)
        for write in spool.recover(agents[agent].file, reading: .test).effects { agents[agent].file.apply(write) }
        agents[agent].spool = spool
        agents[agent].running = []
        agents[agent].delivery = Delivery(recovered: spool.owed.compactMap { try? TaskReport(spoolLine: $0) })
    }
}
