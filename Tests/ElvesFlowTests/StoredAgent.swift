import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol

/// An agent of a `StoredWorld`.
struct StoredAgent {
    let id: AgentID
    var delivery = Delivery(recovered: [])
    var spool = SpoolLog(tidyAbove: 1000)
    /// Survives the agent.
    var file: [UInt8] = []
    /// How much of the file survives the host as well.
    var durable = 0
    /// Intents that are written and not durable.
    var intending: [RunOrder] = []
    var running: [RunOrder] = []
    /// Running tasks that were told to end.
    var ending: Set<TaskID> = []
    var wire: Int?

    mutating func write(_ effects: [SpoolLog.Effect]) {
        for effect in effects {
            file.apply(effect)
            switch effect {
            case .append: break
            case .truncate: durable = 0
            case .rewrite: durable = file.count
            }
        }
    }
}

extension StoredWorld {
    mutating func agentReceived(_ frame: CenterFrame, at agent: Int) throws {
        switch frame {
        case .welcome: try perform(agents[agent].delivery.linked(), at: agent)
        case .run(let order): try perform(agents[agent].delivery.received(order), at: agent)
        case .cancel(let task): try perform(agents[agent].delivery.cancelled(task), at: agent)
        case .acknowledge(let task): try perform(agents[agent].delivery.acknowledged(task), at: agent)
        case .refuse, .apps, .heartbeat: break
        }
    }

    private mutating func perform(_ effects: [Delivery.Effect], at agent: Int) throws {
        for effect in effects {
            switch effect {
            case .intend(let order):
                let intent = TaskIntent(order, receivedAt: now.wall)
                agents[agent].write(agents[agent].spool.intend(intent.id, line: intent.line))
                agents[agent].intending.append(order)
            case .execute(let order): execute(order, at: agent)
            case .cancel(let task):
                tally.note("cancelled running")
                agents[agent].ending.insert(task)
            case .turnDown(let order, let verdict):
                tally.note("turned down")
                try finish(order, verdict.reason, at: agent)
            case .spool(let report):
                agents[agent].write(agents[agent].spool.append(report.id, line: report.spoolLine))
            case .send(let report):
                if let wire = agents[agent].wire { wires[wire]?.toCenter.append(AgentFrame.result(report).bytes) }
            case .forget(let id): agents[agent].write(agents[agent].spool.acknowledge(id))
            }
        }
    }

    private mutating func execute(_ order: RunOrder, at agent: Int) {
        starts[order.id, default: 0] += 1
        tally.note("starts")
        if order.isStored, !agents[agent].spool.intended.contains(order.id) { faults.append("\(order.id) starts unwritten") }
        if agents[agent].running.contains(where: { $0.task == order.task }) {
            faults.append("\(order.id) starts beside another attempt")
        }
        agents[agent].running.append(order)
    }

    /// The disk has what was written; or it says that it has not.
    mutating func sync(_ agent: Int, fails: Bool? = nil) {
        let orders = agents[agent].intending
        agents[agent].intending = []
        guard !orders.isEmpty else { return }
        do {
            if fails ?? random.chance(8) {
                tally.note("full disks")
                for order in orders { try perform(agents[agent].delivery.notIntended(order, because: "full"), at: agent) }
                return
            }
            agents[agent].durable = agents[agent].file.count
            if fails == nil, random.chance(10) { return kill(agent) }
            for order in orders { try perform(agents[agent].delivery.intended(order), at: agent) }
        } catch { faults.append("\(error)") }
    }

    mutating func finishOne(_ agent: Int, dies: Bool? = nil) throws {
        guard let order = agents[agent].running.randomElement(using: &random) else { return }
        agents[agent].running.removeAll { $0.task == order.task }
        let reason: Reason? =
            agents[agent].ending.remove(order.task) != nil ? .cancelled : random.chance(30) ? .crashed : nil
        guard dies ?? random.chance(8) else { return try finish(order, reason, at: agent) }
        // Killed while the line is written: a part of it is in the file, and nothing was promised.
        let line = try report(order.task.text, attempt: order.attempt).spoolLine
        agents[agent].file += line.prefix(Int.random(in: 0..<line.count, using: &random))
        tally.note("torn lines")
        kill(agent)
    }

    private mutating func finish(_ order: RunOrder, _ reason: Reason?, at agent: Int) throws {
        let report = TaskReport(
            task: order.task, trace: order.trace, app: order.app, version: nil, function: order.function,
            flag: reason == nil ? .succeeded : .error, result: .string("by \(agents[agent].id)"), reason: reason,
            receivedAt: now.wall, startedAt: nil, endedAt: now.wall, attempt: order.attempt)
        try perform(agents[agent].delivery.finished(report), at: agent)
    }

    /// The agent dies with its workers and comes back with its spool file, or with what of it the disk had.
    mutating func kill(_ agent: Int) {
        tally.note("agent deaths")
        breakWire(of: agent)
        if losesPower, random.chance(50) {
            let (durable, count) = (agents[agent].durable, agents[agent].file.count)
            agents[agent].file.removeLast(count - Int.random(in: durable...count, using: &random))
            tally.note("power losses")
        }
        var spool = SpoolLog(tidyAbove: 1000)
        agents[agent].write(spool.recover(agents[agent].file, reading: .test).effects)
        agents[agent].spool = spool
        (agents[agent].running, agents[agent].intending, agents[agent].ending) = ([], [], [])
        agents[agent].delivery = Delivery(recovered: spool.owed.compactMap { try? TaskReport(spoolLine: $0) })
    }
}
