package import ElvesModel
package import ElvesProtocol

/// What a move of a `TaskBook` writes. All changes of one move are made in one transaction, in their order.
package enum TaskChange: Equatable, Sendable {
    case admitted(TaskLife, number: Int)
    case moved(TaskLife)
    /// An attempt has failed, and another one follows.
    case attempted(TaskReport)
    /// A task has ended. For a stored one it takes the place of what was kept of it.
    case ended(TaskOutcome)
    /// A report that decides nothing: the task had ended, or was never known here.
    case late(TaskReport, by: AgentID)
    case queue(QueueLife)
    case cron(CronChange)
    /// Something to tell the app's processor, if it has one.
    case callback(DeliveryID, AppName, body: String, at: Timestamp)
}

/// How a schedule stands, and what became of its planned times.
package struct CronChange: Equatable, Sendable {
    package struct Fire: Equatable, Sendable {
        package let planned: Timestamp
        /// The run's number among those of its schedule, and its task; nil for one that did not take place.
        package let run: (number: Int, task: TaskID)?
        /// How many planned times this stands for, from `planned` on.
        package let count: Int
        /// Why it did not take place.
        package let why: String?

        package init(planned: Timestamp, run: (number: Int, task: TaskID)?, count: Int = 1, why: String? = nil) {
            self.planned = planned
            self.run = run
            self.count = count
            self.why = why
        }

        package static func == (left: Fire, right: Fire) -> Bool {
            left.planned == right.planned && left.run?.task == right.run?.task && left.run?.number == right.run?.number
                && left.count == right.count && left.why == right.why
        }
    }

    package let cron: CronID
    package let clock: String
    package let fires: [Fire]

    package init(cron: CronID, clock: String, fires: [Fire]) {
        self.cron = cron
        self.clock = clock
        self.fires = fires
    }
}

/// How a task ended, with what the center knows of it.
package struct TaskOutcome: Equatable, Sendable {
    package let spec: TaskSpec
    package let report: TaskReport
    /// When its last attempt was sent; nil if none was.
    package let sentAt: Timestamp?

    package init(spec: TaskSpec, report: TaskReport, sentAt: Timestamp?) {
        self.spec = spec
        self.report = report
        self.sentAt = sentAt
    }
}

/// A queue, and how far it is.
package struct QueueLife: Equatable, Sendable {
    package enum State: String, Sendable {
        /// Takes tasks; none is sent.
        case open
        case running
        /// Somebody stopped it.
        case stopped
        /// All its tasks have ended.
        case finished
    }

    package let id: QueueID
    package let app: AppName
    package let createdAt: Timestamp
    /// How many of its tasks may be with agents at once; nil for as many as there are.
    package let concurrency: Int?
    package var state: State

    package init(id: QueueID, app: AppName, createdAt: Timestamp, concurrency: Int? = nil, state: State = .open) {
        self.id = id
        self.app = app
        self.createdAt = createdAt
        self.concurrency = concurrency
        self.state = state
    }
}
