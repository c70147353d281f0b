import DequeModule
package import ElvesModel
package import ElvesProtocol
import HeapModule
import OrderedCollections

extension TaskBook {
    /// An agent has come, or come back. Of what it was sent before it holds only what it says.
    package mutating func linked(
        _ agent: AgentID, _ session: LinkSession, holding: Set<AttemptID>, at now: Moment
    ) -> TaskStep {
        if let current = desks[agent]?.session, current > session { return TaskStep() }
        return move(at: now) { book, move in
            book.desks[agent, default: Desk(since: now.steady)].session = session
            book.desks[agent]?.since = now.steady
            let sent = book.desks[agent].map { $0.instant.union($0.stored) } ?? []
            // One that holds an earlier attempt has not got the one that counts.
            let held = sent.filter { holding.contains(AttemptID($0, book.entries[$0]?.life.attempt ?? 0)) }
            for task in book.inOrder(sent.subtracting(held)) {
                let isCancelled = book.entries[task]?.isCancelled == true
                book.apply(.notHeld, to: task, &move)
                if isCancelled { book.apply(.stopped, to: task, &move) }
            }
            for task in book.inOrder(held) where book.entries[task]?.isCancelled == true {
                move.step.afterwards.append(.cancel(session, task))
            }
            move.agents.append(agent)
        }
    }

    /// A link is gone. What was sent waits for the agent to come back, what was not for as long as its rule says.
    package mutating func unlinked(_ agent: AgentID, _ session: LinkSession, at now: Moment) {
        guard desks[agent]?.session == session else { return }
        desks[agent]?.session = nil
        desks[agent]?.since = now.steady
        for task in (desks[agent]?.lanes.values.map { $0 } ?? []).joined() {
            guard let life = entries[task]?.life, case .ready = life.state else { continue }
            watch(task, at: now.steady + life.spec.offline.patience)
        }
    }

    package mutating func reported(
        _ report: TaskReport, by agent: AgentID, _ session: LinkSession, at now: Moment
    ) -> TaskStep {
        move(at: now) { book, move in
            // A report on another agent's task decides nothing.
            let isMine = book.entries[report.task]?.life.spec.agent == agent
            if !isMine || !book.apply(.reported(report), to: report.task, &move) {
                move.step.changes.append(.late(report, by: agent))
            }
            move.step.afterwards.append(.acknowledge(session, report, by: agent))
        }
    }

    /// Looks at everything whose time has come.
    package mutating func tick(at now: Moment) -> TaskStep {
        move(at: now) { book, move in
            while let next = book.deadlines.min, next.at <= now.steady {
                book.deadlines.removeMin()
                guard let entry = book.entries[next.task], entry.deadline == next.at else { continue }
                book.entries[next.task]?.deadline = nil
                book.look(at: entry, &move)
            }
        }
    }

    private mutating func look(at entry: Entry, _ move: inout TaskMove) {
        let (spec, now) = (entry.life.spec, move.moment)
        guard let desk = desks[spec.agent] else { return }
        switch entry.life.state {
        case .open, .blocked, .ended: return
        case .ready(let from?) where from > now.wall || !isLinedUp(entry.life.spec.id, desk):
            line(up: spec.id, at: now)
            move.agents.append(spec.agent)
        case .ready:
            guard desk.session == nil else { return }
            let end = desk.since + spec.offline.patience
            if now.steady < end { watch(spec.id, at: end) } else { apply(.offline, to: spec.id, &move) }
        case .sent:
            let isLinked = desk.session != nil
            guard spec.isStored else {
                apply(isLinked ? .overdue : .gone, to: spec.id, &move)
                return
            }
            let end = desk.since + (isLinked ? limits.storedGrace : limits.absence)
            if now.steady < end {
                watch(spec.id, at: end)
            } else {
                apply(isLinked ? .overdue : .gone, to: spec.id, &move)
            }
        }
    }

    private func isLinedUp(_ task: TaskID, _ desk: Desk) -> Bool {
        guard let spec = entries[task]?.life.spec else { return false }
        return desk.lanes[lane(of: spec)]?.contains(task) == true
    }

    func lane(of spec: TaskSpec) -> Lane { spec.origin.queue.map(Lane.queue) ?? .app(spec.app) }

    /// Puts a task that is ready where its agent finds it, or has it looked at again when its pause is over.
    mutating func line(up id: TaskID, at now: Moment) {
        guard let life = entries[id]?.life, case .ready(let from) = life.state else { return }
        if let from, from > now.wall { return watch(id, at: now.steady + (from - now.wall)) }
        let spec = life.spec
        desks[spec.agent, default: Desk(since: now.steady)].lanes[lane(of: spec), default: []].append(id)
        guard let desk = desks[spec.agent], desk.session == nil else { return }
        watch(id, at: max(now.steady, desk.since) + spec.offline.patience)
    }

    /// Sends an agent what it may have now.
    mutating func send(to agent: AgentID, _ move: inout TaskMove) {
        guard !isStopping, desks[agent]?.session != nil else { return }
        while (desks[agent]?.stored.count ?? 0) < limits.stored, let task = takeNext(of: agent) {
            apply(.dispatched, to: task, &move)
        }
    }

    /// The next task of an agent: its lanes take turns, and one whose queue has no place is passed over.
    private mutating func takeNext(of agent: AgentID) -> TaskID? {
        guard var desk = desks[agent] else { return nil }
        defer { desks[agent] = desk }
        var passed = 0
        while passed < desk.lanes.count {
            if desk.turn >= desk.lanes.count { desk.turn = 0 }
            let lane = desk.lanes.keys[desk.turn]
            if case .queue(let id) = lane, let queue = queues[id], let most = queue.life.concurrency, queue.sent.count >= most {
                queues[id]?.waiting.insert(agent)
                desk.turn += 1
                passed += 1
                continue
            }
            let task = popReady(&desk.lanes[lane, default: []])
            if desk.lanes[lane]?.isEmpty == true { desk.lanes[lane] = nil } else { desk.turn += 1 }
            if let task { return task }
        }
        return nil
    }

    private func popReady(_ lane: inout Deque<TaskID>) -> TaskID? {
        while let task = lane.popFirst() {
            if case .ready = entries[task]?.life.state { return task }
        }
        return nil
    }

    /// Tasks in the order in which they were admitted.
    func inOrder(_ tasks: Set<TaskID>) -> [TaskID] {
        tasks.sorted { (entries[$0]?.number ?? 0) < (entries[$1]?.number ?? 0) }
    }
}
