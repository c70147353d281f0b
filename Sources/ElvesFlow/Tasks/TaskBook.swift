import DequeModule
package import ElvesModel
import ElvesProtocol
import HeapModule
import OrderedCollections

/// All tasks that have not ended, and what happens to them.
///
/// Pure: every move takes what happened and returns a step, in which what leaves the center comes after what is written.
/// `TaskLife` says what an event makes of one task; the book knows which tasks an event concerns: those that come after
/// another, those for an agent that links, those whose time is up. Places are leases: who has one is a set of tasks, from which
/// a task goes when it ends, so that none is ever lost or counted twice.
///
/// An instant task is sent at most once. A stored one is sent until its agent has it; the agent starts it once, and once more
/// only where a retry rule says so. Each has exactly one outcome.
package struct TaskBook {
    package struct Limits: Sendable {
        /// The instant tasks one agent may have at once.
        package var instant = TaskBook.instantLimit
        /// The stored tasks one agent may have at once; further ones wait here, where they can be seen and stopped.
        package var stored = 64
        /// How much longer than the function's own time the center waits for the report of an instant task.
        package var instantGrace: Duration = .seconds(2)
        /// The same for a stored task, whose caller does not wait.
        package var storedGrace: Duration = .seconds(30)
        /// How long an agent with a stored task may be away, at least, before the task is given up: it may be running.
        package var absence: Duration = .seconds(600)

        package init() {}
    }

    package static let instantLimit = 4096

    struct Entry {
        var life: TaskLife
        /// Its place in the order in which tasks were admitted.
        let number: Int
        /// Tasks after which it comes and that have not ended.
        var parents: Set<TaskID> = []
        /// Tasks that come after it.
        var children: [TaskID] = []
        /// When it has to be looked at; what stands in `deadlines` for another time is void.
        var deadline: Duration?
        /// Whether somebody wants it to end, and its agent has to be told again when it comes back.
        var isCancelled = false
    }

    /// Tasks of one agent that take turns with those of other lanes.
    enum Lane: Hashable {
        case queue(QueueID)
        case app(AppName)
    }

    struct Desk {
        var session: LinkSession?
        /// Since when the agent is linked, or away.
        var since: Duration
        var instant: Set<TaskID> = []
        var stored: Set<TaskID> = []
        /// Tasks that may be sent, in their order; one that is not ready any more is passed over.
        var lanes: OrderedDictionary<Lane, Deque<TaskID>> = [:]
        /// The lane whose turn it is.
        var turn = 0
    }

    struct QueueEntry {
        var life: QueueLife
        /// Those that have not ended.
        var tasks: Set<TaskID> = []
        var sent: Set<TaskID> = []
        /// Agents that could have had a task of it, had there been a place.
        var waiting: Set<AgentID> = []
    }

    struct Deadline: Comparable {
        let at: Duration
        let task: TaskID
        static func < (left: Deadline, right: Deadline) -> Bool { left.at < right.at }
    }

    let limits: Limits
    var entries: [TaskID: Entry] = [:]
    var desks: [AgentID: Desk] = [:]
    var queues: [QueueID: QueueEntry] = [:]
    var deadlines = Heap<Deadline>()
    var lastNumber: Int
    private(set) var isStopping = false

    /// - Parameter lastNumber: The highest number of a task that was ever admitted.
    package init(limits: Limits = Limits(), lastNumber: Int = 0) {
        self.limits = limits
        self.lastNumber = lastNumber
    }

    package var count: Int { entries.count }
    /// When `tick` should be called next; a moment too early does no harm.
    package var nextDeadline: Duration? { deadlines.min?.at }
    package func queue(_ id: QueueID) -> QueueLife? { queues[id]?.life }
    package func life(of task: TaskID) -> TaskLife? { entries[task]?.life }

    /// Takes up what was stored when the center ended. What was sent is sent again to an agent that does not hold it.
    package mutating func restore(_ tasks: [(life: TaskLife, number: Int)], queues: [QueueLife], at now: Moment) {
        for life in queues { self.queues[life.id] = QueueEntry(life: life) }
        for (life, number) in tasks.sorted(by: { $0.number < $1.number }) {
            enter(life, number: number)
            lastNumber = max(lastNumber, number)
        }
        for (id, entry) in entries where !entry.life.spec.after.isEmpty {
            // Whatever is not here has ended, as it had to: otherwise this one would have ended with it.
            for parent in entry.life.spec.after where entries[parent.task] != nil {
                entries[id]?.parents.insert(parent.task)
                entries[parent.task]?.children.append(id)
            }
        }
        for (life, _) in tasks {
            let agent = life.spec.agent
            if desks[agent] == nil { desks[agent] = Desk(session: nil, since: now.steady) }
            switch life.state {
            case .open, .blocked, .ended: break
            case .ready: line(up: life.spec.id, at: now)
            case .sent(let at):
                takePlace(life.spec)
                watch(life.spec.id, at: now.steady + max(.zero, at + patience(with: life.spec) - now.wall))
            }
        }
    }

    /// The center is about to end: nobody is kept waiting, nothing more is sent. What the agents hold is reported to the center
    /// that comes next.
    package mutating func stop(at now: Moment) -> TaskStep {
        isStopping = true
        var step = TaskStep()
        let text = "the center is stopping; what became of the task is recorded under its id when the center is back"
        for (id, entry) in entries.filter({ !$0.value.life.spec.isStored }).sorted(by: { $0.value.number < $1.value.number }) {
            step.now.append(.answer(id, .reported(entry.life.verdict(.centerStopping, text, at: now.wall))))
            leave(id)
        }
        return step
    }

    // MARK: Entries

    mutating func enter(_ life: TaskLife, number: Int) {
        entries[life.spec.id] = Entry(life: life, number: number)
        if let queue = life.spec.origin.queue { queues[queue]?.tasks.insert(life.spec.id) }
    }

    /// Forgets a task, and gives back its places.
    @discardableResult
    mutating func leave(_ id: TaskID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        givePlaceBack(entry.life.spec)
        if let queue = entry.life.spec.origin.queue { queues[queue]?.tasks.remove(id) }
        return entry
    }

    mutating func takePlace(_ spec: TaskSpec) {
        if spec.isStored {
            desks[spec.agent]?.stored.insert(spec.id)
            if let queue = spec.origin.queue { queues[queue]?.sent.insert(spec.id) }
        } else {
            desks[spec.agent]?.instant.insert(spec.id)
        }
    }

    mutating func givePlaceBack(_ spec: TaskSpec) {
        if spec.isStored {
            desks[spec.agent]?.stored.remove(spec.id)
            if let queue = spec.origin.queue { queues[queue]?.sent.remove(spec.id) }
        } else {
            desks[spec.agent]?.instant.remove(spec.id)
        }
    }

    /// How long after it was sent a task must have been reported by an agent that is there.
    func patience(with spec: TaskSpec) -> Duration {
        spec.timeout + (spec.isStored ? limits.storedGrace : limits.instantGrace)
    }

    mutating func watch(_ id: TaskID, at deadline: Duration) {
        entries[id]?.deadline = deadline
        deadlines.insert(Deadline(at: deadline, task: id))
        // Most tasks end long before their time is up, and leave a void deadline behind.
        guard deadlines.count > 4096, deadlines.count > 4 * entries.count else { return }
        deadlines = Heap(entries.compactMap { task, entry in entry.deadline.map { Deadline(at: $0, task: task) } })
    }
}
