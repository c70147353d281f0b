package import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// A task as somebody asks for it. Every way to a task leads through the scheduler, which makes a `TaskSpec` of it or says why
/// not.
package struct TaskDraft: Codable, Sendable, Equatable {
    package let id: TaskID
    package let agent: AgentID
    package let app: AppName
    package let function: String
    package let param: RawJSON
    /// The longest time the caller gives; the function's own is never exceeded.
    package let timeout: Duration
    package let callsProcessor: Bool
    package let after: [TaskDependency]
    /// Refused for a function that may not be started twice.
    package let retry: RetryRule?
    package let offline: OfflineRule
    package let pin: AppAssignment?

    package init(
        id: TaskID, agent: AgentID, app: AppName, function: String, param: RawJSON,
        timeout: Duration = RunOrder.functionsOwnTimeout, callsProcessor: Bool = false, after: [TaskDependency] = [],
        retry: RetryRule? = nil, offline: OfflineRule = .original, pin: AppAssignment? = nil
    ) {
        self.id = id
        self.agent = agent
        self.app = app
        self.function = function
        self.param = param
        self.timeout = timeout
        self.callsProcessor = callsProcessor
        self.after = after
        self.retry = retry
        self.offline = offline
        self.pin = pin
    }
}

/// Why no task was made. Nothing has changed then.
package enum AdmissionRefusal: Error, Codable, Sendable, Equatable, CustomStringConvertible {
    /// What breaks the function's schema.
    case badParameter(String)
    case notIdempotent(function: String)
    case unknownQueue(QueueID)
    /// The queue is committed, stopped or finished.
    case queueNotOpen(QueueID, state: String)
    case unknownDependency(TaskID)
    /// The center has more to write than it can.
    case overloaded

    package var description: String {
        switch self {
        case .badParameter(let reason): "the parameters are not what the function takes: \(reason)"
        case .notIdempotent(let function):
            "\(function) may not be started twice: leave retry out, or have its author declare `idempotent: true`"
        case .unknownQueue(let queue): "there is no queue \(queue)"
        case .queueNotOpen(let queue, let state): "queue \(queue) is \(state): tasks go into a queue that is not committed"
        case .unknownDependency(let task): "task \(task) is not in this queue: a task comes after tasks of its own queue"
        case .overloaded: "the center cannot write as fast as it is asked: try again in some seconds"
        }
    }
}

/// Runs a function on an agent and waits for its answer (the original's `syncJob`).
package struct RunNow: BusCall {
    package enum Reply: Codable, Sendable {
        case reported(TaskReport)
        case unreachable(TaskID)
        case busy(TaskID)
        case refused(AdmissionRefusal)
    }
    package static let route = BusRoute(.scheduler, "runNow")
    package let draft: TaskDraft

    package init(_ draft: TaskDraft) { self.draft = draft }
}

/// Takes a task that depends on no other (the original's `asyncJob`). Answered when it is stored.
package struct SubmitTask: BusCall {
    package enum Reply: Codable, Sendable, Equatable {
        case admitted
        case refused(AdmissionRefusal)
    }
    package static let route = BusRoute(.scheduler, "submitTask")
    package let draft: TaskDraft
    package let origin: TaskOrigin

    package init(_ draft: TaskDraft, origin: TaskOrigin = .submission) {
        self.draft = draft
        self.origin = origin
    }
}

/// Ends a task of an app: at once if it was not sent, otherwise by its agent. Answered false if it has ended, or never was.
package struct StopTask: BusCall {
    package typealias Reply = Bool
    package static let route = BusRoute(.scheduler, "stopTask")
    package let task: TaskID

    package init(task: TaskID) { self.task = task }
}

/// What a task waits for, as a sentence; nil if it has ended, or never was.
package struct ExplainTask: BusCall {
    package typealias Reply = String?
    package static let route = BusRoute(.scheduler, "explainTask")
    package let task: TaskID

    package init(task: TaskID) { self.task = task }
}

/// A move of a queue in the scheduler's book. Answered when it is stored.
package struct MoveQueue: BusCall {
    package enum Move: Codable, Sendable, Equatable {
        case open(concurrency: Int?)
        case add([TaskDraft])
        case commit
        case stop(kill: Bool)
        /// Open, add and commit at once.
        case run([TaskDraft], concurrency: Int?)
    }
    package enum Reply: Codable, Sendable, Equatable {
        case done
        case refused(AdmissionRefusal)
    }
    package static let route = BusRoute(.scheduler, "moveQueue")
    package let queue: QueueID
    /// The app that owns the queue; of another app's queue nothing is known.
    package let app: AppName
    package let move: Move

    package init(_ queue: QueueID, of app: AppName, _ move: Move) {
        self.queue = queue
        self.app = app
        self.move = move
    }
}

/// A task has ended, and that is durable.
package struct TaskEnded: BusCast {
    package static let route = BusRoute(.scheduler, "taskEnded")
    package let spec: TaskSpec
    package let report: TaskReport
    package let sentAt: Timestamp?

    package init(spec: TaskSpec, report: TaskReport, sentAt: Timestamp?) {
        self.spec = spec
        self.report = report
        self.sentAt = sentAt
    }
}
