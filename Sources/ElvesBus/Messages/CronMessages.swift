package import ElvesModel
package import ElvesProtocol

/// A schedule as somebody asks for it.
package struct CronDraft: Codable, Sendable {
    /// The task of each run; its id stands for none.
    package let task: TaskDraft
    /// Quartz syntax.
    package let expression: String
    /// An IANA name; nil for the center's own zone.
    package let zone: String?
    /// `skip`, `queue-one`, `allow` or `replace`; nil for the first.
    package let overlap: String?
    /// `skip`, `once` or `all`; nil for `once`.
    package let missed: String?
    package let window: Duration?
    package let spread: Duration?

    package init(
        task: TaskDraft, expression: String, zone: String? = nil, overlap: String? = nil, missed: String? = nil,
        window: Duration? = nil, spread: Duration? = nil
    ) {
        self.task = task
        self.expression = expression
        self.zone = zone
        self.overlap = overlap
        self.missed = missed
        self.window = window
        self.spread = spread
    }
}

/// Adds a schedule to an app; it is started.
package struct AddCron: BusCall {
    package enum Reply: Codable, Sendable, Equatable {
        case added(CronID)
        /// The expression, the zone or a rule, and what is wrong with it.
        case badRule(String)
        case refused(AdmissionRefusal)
    }
    package static let route = BusRoute(.cron, "add")
    package let draft: CronDraft

    package init(_ draft: CronDraft) { self.draft = draft }
}

/// Starts, stops or deletes a schedule of an app. Answered false if the app has no such schedule.
package struct ChangeCron: BusCall {
    package enum Change: String, Codable, Sendable {
        case start, stop, delete
    }
    package typealias Reply = Bool
    package static let route = BusRoute(.cron, "change")
    package let cron: CronID
    package let app: AppName
    package let change: Change

    package init(_ cron: CronID, of app: AppName, _ change: Change) {
        self.cron = cron
        self.app = app
        self.change = change
    }
}

/// A schedule of an app; nil if the app has none of that id.
package struct FindCron: BusCall {
    package typealias Reply = CronView?
    package static let route = BusRoute(.cron, "find")
    package let cron: CronID
    package let app: AppName

    package init(_ cron: CronID, of app: AppName) {
        self.cron = cron
        self.app = app
    }
}

/// The schedules of an app, of one agent or of all, newest first.
package struct ListCrons: BusCall {
    package typealias Reply = [CronID]
    package static let route = BusRoute(.cron, "list")
    package let app: AppName
    package let agent: AgentID?

    package init(app: AppName, agent: AgentID? = nil) {
        self.app = app
        self.agent = agent
    }
}

package struct CronView: Codable, Sendable {
    package let cron: CronID
    package let draft: CronDraft
    package let isStarted: Bool
    package let createdAt: Timestamp
    /// When the next runs are due; none while it is stopped.
    package let next: [Timestamp]
    /// When the last run began, and how it ended; nil before.
    package let lastRun: CronRun?
    package let lastReport: TaskReport?

    package init(
        cron: CronID, draft: CronDraft, isStarted: Bool, createdAt: Timestamp, next: [Timestamp], lastRun: CronRun?,
        lastReport: TaskReport?
    ) {
        self.cron = cron
        self.draft = draft
        self.isStarted = isStarted
        self.createdAt = createdAt
        self.next = next
        self.lastRun = lastRun
        self.lastReport = lastReport
    }
}

package struct CronRun: Codable, Sendable, Equatable {
    package let planned: Timestamp
    package let task: TaskID

    package init(planned: Timestamp, task: TaskID) {
        self.planned = planned
        self.task = task
    }
}

/// Has the scheduler write how schedules stand, together with the tasks of the runs that begin.
package struct FireCrons: BusCall {
    package struct Move: Codable, Sendable {
        package struct Run: Codable, Sendable {
            package let planned: Timestamp
            package let number: Int
            package let draft: TaskDraft

            package init(planned: Timestamp, number: Int, draft: TaskDraft) {
                self.planned = planned
                self.number = number
                self.draft = draft
            }
        }
        package struct Skip: Codable, Sendable {
            package let planned: Timestamp
            package let count: Int
            package let why: String

            package init(planned: Timestamp, count: Int, why: String) {
                self.planned = planned
                self.count = count
                self.why = why
            }
        }

        package let cron: CronID
        /// How the schedule stands after this, as JSON of the component that decides it.
        package let clock: String
        package let runs: [Run]
        package let skips: [Skip]

        package init(cron: CronID, clock: String, runs: [Run], skips: [Skip]) {
            self.cron = cron
            self.clock = clock
            self.runs = runs
            self.skips = skips
        }
    }

    /// The tasks that were not admitted, and why.
    package typealias Reply = [TaskID: AdmissionRefusal]
    package static let route = BusRoute(.scheduler, "fireCrons")
    package let moves: [Move]

    package init(_ moves: [Move]) { self.moves = moves }
}
