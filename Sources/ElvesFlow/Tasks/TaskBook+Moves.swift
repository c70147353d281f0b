import ElvesModel
import ElvesProtocol
import OrderedCollections

/// What one move has touched so far; becomes a `TaskStep` when the move is complete.
struct TaskMove {
    var step = TaskStep()
    /// Tasks that have changed, in the order in which they did, and whether they are new.
    var touched: OrderedDictionary<TaskID, Bool> = [:]
    /// Tasks that have ended, and whose followers were not looked at yet.
    var ended: [(entry: TaskBook.Entry, report: TaskReport)] = []
    /// Agents that could be sent something.
    var agents: OrderedSet<AgentID> = []
    let moment: Moment
}

extension TaskBook {
    /// Makes one move, with all that follows from it.
    mutating func move(at moment: Moment, _ body: (inout TaskBook, inout TaskMove) -> Void) -> TaskStep {
        var move = TaskMove(moment: moment)
        body(&self, &move)
        repeat {
            followEnds(&move)
            let agents = move.agents
            move.agents = []
            for agent in agents { send(to: agent, &move) }
        } while !move.ended.isEmpty || !move.agents.isEmpty
        for (id, isNew) in move.touched {
            guard let entry = entries[id], entry.life.spec.isStored else { continue }
            move.step.changes.append(isNew ? .admitted(entry.life, number: entry.number) : .moved(entry.life))
        }
        return move.step
    }

    /// Lets an event happen to a task, if it concerns it.
    ///
    /// - Returns: Whether it did.
    @discardableResult
    mutating func apply(_ event: TaskLife.Event, to id: TaskID, _ move: inout TaskMove) -> Bool {
        guard let entry = entries[id], let (life, effects) = entry.life.next(event, at: move.moment.wall) else { return false }
        if life != entry.life {
            if case .sent = entry.life.state {
                givePlaceBack(life.spec)
                move.agents.append(life.spec.agent)
                wakeQueue(of: life.spec, &move)
            }
            entries[id]?.life = life
            if move.touched[id] == nil { move.touched[id] = false }
        }
        for effect in effects { perform(effect, life, after: entry.life.state, &move) }
        if case .ready = life.state, life != entry.life {
            if isStopped(life.spec.origin.queue) {
                // A task that comes back to a stopped queue is not sent again.
                apply(.stopped, to: id, &move)
            } else {
                line(up: id, at: move.moment)
                move.agents.append(life.spec.agent)
            }
        }
        return true
    }

    private mutating func perform(
        _ effect: TaskLife.Effect, _ life: TaskLife, after state: TaskLife.State, _ move: inout TaskMove
    ) {
        let (spec, id) = (life.spec, life.spec.id)
        switch effect {
        case .send:
            guard let session = desks[spec.agent]?.session else { return }
            takePlace(spec)
            watch(id, at: move.moment.steady + patience(with: spec))
            let order = TaskEffect.send(session, spec.order(attempt: life.attempt))
            if spec.isStored { move.step.afterwards.append(order) } else { move.step.now.append(order) }
        case .cancel:
            entries[id]?.isCancelled = true
            if let session = desks[spec.agent]?.session { move.step.afterwards.append(.cancel(session, id)) }
        case .retry(let report): move.step.changes.append(.attempted(report))
        case .end(let report): end(id, report, after: state, &move)
        }
    }

    private mutating func end(
        _ id: TaskID, _ report: TaskReport, after state: TaskLife.State, _ move: inout TaskMove
    ) {
        guard let entry = leave(id) else { return }
        let spec = entry.life.spec
        let sentAt: Timestamp? = if case .sent(let at) = state { at } else { nil }
        let outcome = TaskOutcome(spec: spec, report: report, sentAt: sentAt)
        move.touched[id] = nil
        move.step.changes.append(.ended(outcome))
        if !spec.isStored { move.step.now.append(.answer(id, .reported(report))) }
        move.step.afterwards.append(.ended(outcome))
        move.ended.append((entry, report))
    }

    /// Looks at what comes after the tasks that have ended, and at what comes after those, and so on.
    private mutating func followEnds(_ move: inout TaskMove) {
        while let (entry, report) = move.ended.popLast() {
            let parent = entry.life.spec.id
            for child in entry.children {
                guard let edges = entries[child]?.life.spec.after.filter({ $0.task == parent }) else { continue }
                if let edge = edges.first(where: { !$0.when.isMet(by: report) }) {
                    apply(.broken(by: parent, how: report.how(against: edge.when)), to: child, &move)
                } else {
                    entries[child]?.parents.remove(parent)
                    if entries[child]?.parents.isEmpty == true { apply(.released, to: child, &move) }
                }
            }
            if let queue = entry.life.spec.origin.queue { finish(queue, &move) }
        }
    }

    private mutating func finish(_ id: QueueID, _ move: inout TaskMove) {
        guard var queue = queues[id], queue.tasks.isEmpty, queue.life.state != .open else { return }
        if queue.life.state == .running {
            queue.life.state = .finished
            move.step.changes.append(.queue(queue.life))
        }
        queues[id] = nil
    }

    /// A place of the queue is free: agents that waited for one are looked at again.
    private mutating func wakeQueue(of spec: TaskSpec, _ move: inout TaskMove) {
        guard let queue = spec.origin.queue, let waiting = queues[queue]?.waiting, !waiting.isEmpty else { return }
        queues[queue]?.waiting = []
        for agent in waiting.sorted(by: { $0.text < $1.text }) { move.agents.append(agent) }
    }

    func isStopped(_ queue: QueueID?) -> Bool { queue.flatMap { queues[$0]?.life.state } == .stopped }
}

extension TaskDependency.Condition {
    fileprivate func isMet(by report: TaskReport) -> Bool {
        switch self {
        case .success: report.flag == .succeeded
        case .failure: report.flag != .succeeded && report.reason != .stopped && report.reason != .skipped
        case .always: true
        }
    }
}

extension TaskReport {
    /// How the task ended, for those that come after it.
    fileprivate func how(against condition: TaskDependency.Condition) -> String {
        switch reason {
        case .stopped?: "was stopped"
        case .skipped?: "was skipped"
        case let reason?: "ended with flag \(flag.rawValue), \(reason.word)"
        case nil: "ended with flag \(flag.rawValue)" + (condition == .failure ? " and was to fail" : "")
        }
    }
}
