package import ElvesModel
package import ElvesProtocol
import OrderedCollections

/// Why a queue did not do what it was asked. Nothing has changed then.
package enum QueueRefusal: Error, Equatable, Sendable {
    case unknown(QueueID)
    /// It does not take tasks any more, or was committed before.
    case notOpen(QueueLife.State)
    /// A task is to come after one that is not in its queue.
    case unknownDependency(TaskID)
}

extension TaskBook {
    /// Takes an instant task: it is sent now, or not at all.
    package mutating func call(_ spec: TaskSpec, at now: Moment) -> TaskStep {
        guard let desk = desks[spec.agent], desk.session != nil, !isStopping else { return refusal(spec, .unreachable) }
        guard desk.instant.count < limits.instant else { return refusal(spec, .busy) }
        return move(at: now) { book, move in
            book.lastNumber += 1
            book.enter(TaskLife(spec, state: .ready(from: nil)), number: book.lastNumber)
            book.apply(.dispatched, to: spec.id, &move)
        }
    }

    private func refusal(_ spec: TaskSpec, _ verdict: TaskEffect.Verdict) -> TaskStep {
        var step = TaskStep()
        step.now = [.answer(spec.id, verdict)]
        return step
    }

    /// Takes tasks that depend on no other.
    package mutating func admit(_ specs: [TaskSpec], at now: Moment) -> TaskStep {
        move(at: now) { book, move in
            for spec in specs {
                book.admit(TaskLife(spec, state: .ready(from: nil)), &move)
                book.line(up: spec.id, at: now)
                move.agents.append(spec.agent)
            }
        }
    }

    package mutating func open(_ queue: QueueLife, at now: Moment) -> TaskStep {
        move(at: now) { book, move in
            book.queues[queue.id] = QueueEntry(life: queue)
            move.step.changes.append(.queue(queue))
        }
    }

    /// Adds tasks to a queue that is open; one may come after tasks of the queue, those before it in `specs` included.
    package mutating func add(_ specs: [TaskSpec], to id: QueueID, at now: Moment) throws(QueueRefusal) -> TaskStep {
        let queue = try openQueue(id)
        try requireKnown(specs, queue.tasks)
        return move(at: now) { book, move in book.add(specs, &move) }
    }

    /// Since a task comes only after tasks that were there before it, there are no circles.
    private func requireKnown(_ specs: [TaskSpec], _ tasks: Set<TaskID>) throws(QueueRefusal) {
        var known = tasks
        for spec in specs {
            if let stranger = spec.after.first(where: { !known.contains($0.task) }) { throw .unknownDependency(stranger.task) }
            known.insert(spec.id)
        }
    }

    private mutating func add(_ specs: [TaskSpec], _ move: inout TaskMove) {
        for spec in specs {
            admit(TaskLife(spec, state: .open), &move)
            for parent in spec.after {
                entries[spec.id]?.parents.insert(parent.task)
                entries[parent.task]?.children.append(spec.id)
            }
        }
    }

    /// Opens, fills and commits a queue in one move.
    package mutating func run(_ queue: QueueLife, _ specs: [TaskSpec], at now: Moment) throws(QueueRefusal) -> TaskStep {
        try requireKnown(specs, [])
        var life = queue
        life.state = specs.isEmpty ? .finished : .running
        return move(at: now) { [life] book, move in
            move.step.changes.append(.queue(life))
            if specs.isEmpty { return }
            book.queues[queue.id] = QueueEntry(life: life)
            book.add(specs, &move)
            for spec in specs { book.apply(.committed, to: spec.id, &move) }
        }
    }

    /// Lets the tasks of a queue be sent.
    package mutating func commit(_ id: QueueID, at now: Moment) throws(QueueRefusal) -> TaskStep {
        var queue = try openQueue(id)
        queue.life.state = queue.tasks.isEmpty ? .finished : .running
        let life = queue.life
        return move(at: now) { book, move in
            book.queues[id]?.life = life
            move.step.changes.append(.queue(life))
            for task in book.inOrder(queue.tasks) { book.apply(.committed, to: task, &move) }
            if queue.tasks.isEmpty { book.queues[id] = nil }
        }
    }

    /// Ends a queue: what was not sent is stopped, what was sent ends by itself unless `kill` says otherwise.
    package mutating func stop(_ id: QueueID, kill: Bool, at now: Moment) throws(QueueRefusal) -> TaskStep {
        guard let queue = queues[id] else { throw .unknown(id) }
        return move(at: now) { book, move in
            if queue.life.state != .stopped {
                book.queues[id]?.life.state = .stopped
                var life = queue.life
                life.state = .stopped
                move.step.changes.append(.queue(life))
            }
            for task in book.inOrder(queue.tasks) {
                let isSent = if case .sent = book.entries[task]?.life.state { true } else { false }
                if kill || !isSent { book.apply(.stopped, to: task, &move) }
            }
            if queue.tasks.isEmpty { book.queues[id] = nil }
        }
    }

    /// Ends one task: at once if it was not sent, otherwise by its agent.
    ///
    /// - Returns: Nil if there is no such task any more.
    package mutating func stop(_ task: TaskID, at now: Moment) -> TaskStep? {
        guard entries[task] != nil else { return nil }
        return move(at: now) { book, move in _ = book.apply(.stopped, to: task, &move) }
    }

    private func openQueue(_ id: QueueID) throws(QueueRefusal) -> QueueEntry {
        guard let queue = queues[id] else { throw .unknown(id) }
        guard queue.life.state == .open else { throw .notOpen(queue.life.state) }
        return queue
    }

    private mutating func admit(_ life: TaskLife, _ move: inout TaskMove) {
        lastNumber += 1
        enter(life, number: lastNumber)
        move.touched[life.spec.id] = true
    }
}
