package import ElvesModel
package import ElvesProtocol

/// Makes an empty queue for tasks of an app.
package struct CreateQueue: BusCall {
    package typealias Reply = QueueID
    package static let route = BusRoute(.queue, "create")
    package let app: AppName
    /// How many of its tasks may be with agents at once; nil for as many as there are.
    package let concurrency: Int?

    package init(app: AppName, concurrency: Int? = nil) {
        self.app = app
        self.concurrency = concurrency
    }
}

/// Adds tasks to a queue of an app, commits it, or stops it.
package struct ChangeQueue: BusCall {
    package enum Change: Codable, Sendable {
        case add([TaskDraft])
        case commit
        /// What was not sent is stopped; what was sent ends by itself unless it is to be killed.
        case stop(kill: Bool)
    }
    package enum Reply: Codable, Sendable {
        case done
        case refused(AdmissionRefusal)
    }
    package static let route = BusRoute(.queue, "change")
    package let queue: QueueID
    package let app: AppName
    package let change: Change

    package init(_ queue: QueueID, of app: AppName, _ change: Change) {
        self.queue = queue
        self.app = app
        self.change = change
    }
}

/// Makes a queue, fills it and commits it, or does nothing.
package struct RunQueue: BusCall {
    package enum Reply: Codable, Sendable {
        case running(QueueID)
        case refused(AdmissionRefusal)
    }
    package static let route = BusRoute(.queue, "run")
    package let app: AppName
    package let drafts: [TaskDraft]
    package let concurrency: Int?

    package init(app: AppName, drafts: [TaskDraft], concurrency: Int? = nil) {
        self.app = app
        self.drafts = drafts
        self.concurrency = concurrency
    }
}

/// A queue of an app and how its tasks stand; nil if the app has no such queue.
package struct FindQueue: BusCall {
    package typealias Reply = QueueView?
    package static let route = BusRoute(.queue, "find")
    package let queue: QueueID
    package let app: AppName

    package init(_ queue: QueueID, of app: AppName) {
        self.queue = queue
        self.app = app
    }
}

package struct QueueView: Codable, Sendable {
    package let queue: QueueID
    package let app: AppName
    package let state: String
    package let createdAt: Timestamp
    package let concurrency: Int?
    /// In the order in which they were added, those that have ended first.
    package let tasks: [QueuedTask]

    package init(
        queue: QueueID, app: AppName, state: String, createdAt: Timestamp, concurrency: Int?, tasks: [QueuedTask]
    ) {
        self.queue = queue
        self.app = app
        self.state = state
        self.createdAt = createdAt
        self.concurrency = concurrency
        self.tasks = tasks
    }
}

/// One task of a queue, and how it stands.
package struct QueuedTask: Codable, Sendable {
    package enum Standing: Codable, Sendable, Equatable {
        case waiting
        /// With its agent, or on the way there.
        case sent
        case ended(TaskReport)
    }

    package let spec: TaskSpec
    package let standing: Standing

    package init(spec: TaskSpec, standing: Standing) {
        self.spec = spec
        self.standing = standing
    }
}
