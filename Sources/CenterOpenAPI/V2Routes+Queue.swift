import ElvesBus
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol

extension V2Routes {
    /// `queue/create`: an empty queue.
    @Sendable func createQueue(_ call: V2Call) async throws -> RawJSON? {
        guard let app = call.parameters["app"], (try? AppName(app)) != nil else { throw ApiError.appIllegal }
        let queue = try await bus.call(CreateQueue(app: call.key.app), trace: call.trace)
        return .object { $0.add("id", queue.text) }
    }

    /// `queue/addtask`: a task in a queue that is not committed, perhaps after another one of the queue.
    @Sendable func addTask(_ call: V2Call) async throws -> RawJSON? {
        let queue = try queueID(call)
        let order = try TaskParameters(call.parameters)
        let after = call.parameters["depend_task_id"].flatMap { $0.isBlank ? nil : TaskDependency(TaskID($0)) }
        let draft = try order.draft(randomness.id(), call, after: after.map { [$0] } ?? [])
        try await change(queue, .add([draft]), call)
        return .object { $0.add("id", draft.id.text) }
    }

    /// `queue/commit`: the tasks of a queue may be sent.
    @Sendable func commitQueue(_ call: V2Call) async throws -> RawJSON? {
        try await change(queueID(call), .commit, call)
        return nil
    }

    /// `queue/stop`: what was not sent is stopped. Answers how every task stands.
    @Sendable func stopQueue(_ call: V2Call) async throws -> RawJSON? {
        let queue = try queueID(call)
        try await change(queue, .stop(kill: false), call)
        let view = try await bus.call(FindQueue(queue, of: call.key.app), trace: call.trace)
        return .object { members in
            for task in view?.tasks ?? [] { members.add(task.spec.id.text, task.word) }
        }
    }

    /// `queue/result`: how every task of a queue stands.
    @Sendable func queueResult(_ call: V2Call) async throws -> RawJSON? {
        guard let view = try await bus.call(FindQueue(queueID(call), of: call.key.app), trace: call.trace) else {
            throw ApiError.queueNotFound
        }
        return .object { members in
            for task in view.tasks { members.add(task.spec.id.text, task.json) }
        }
    }

    /// `queue/qksqueue`: a queue of one task, committed at once.
    @Sendable func runQueue(_ call: V2Call) async throws -> RawJSON? {
        guard let app = call.parameters["app"], (try? AppName(app)) != nil else { throw ApiError.appIllegal }
        let order = try TaskParameters(call.parameters)
        // A queue of its own has no other task that this one could come after.
        if let depends = call.parameters["depend_task_id"], !depends.isBlank { throw ApiError.dependTaskNotFound }
        let draft = try order.draft(randomness.id(), call)
        switch try await bus.call(RunQueue(app: call.key.app, drafts: [draft]), trace: call.trace) {
        case .refused(let refusal): throw ApiError(refusal)
        case .running(let queue):
            return .object { members in
                members.add("id", queue.text)
                members.add("task_id", draft.id.text)
            }
        }
    }

    private func queueID(_ call: V2Call) throws(ApiError) -> QueueID {
        guard let id = call.parameters["queue_id"], !id.isBlank else { throw .queueIdIllegal }
        return QueueID(id)
    }

    private func change(_ queue: QueueID, _ change: ChangeQueue.Change, _ call: V2Call) async throws {
        let reply = try await bus.call(ChangeQueue(queue, of: call.key.app, change), trace: call.trace)
        if case .refused(let refusal) = reply { throw ApiError(refusal) }
    }
}

extension QueuedTask {
    /// The original's word for how the task stands.
    var word: String {
        switch standing {
        case .waiting: "pendding"
        case .sent: "running"
        case .ended(let report): report.reason == .stopped || report.reason == .skipped ? "stopped" : "finish"
        }
    }

    var json: RawJSON {
        .object { members in
            members.add("id", spec.id.text)
            members.add("depend_task_id", spec.after.first?.task.text ?? "")
            members.add("status", word)
            guard case .ended(let report) = standing, report.reason != .stopped else { return addOutcome(&members) }
            switch report.reason {
            case .skipped?: addOutcome(&members, error: report.message)
            case .agentOffline?:
                addOutcome(&members, flag: "false", error: ApiError.storedSendToAgentFailed.envelopeText, report: report)
            default: addOutcome(&members, flag: "true", report: report)
            }
        }
    }

    private func addOutcome(
        _ members: inout JSONWriter.Members, flag: String = "", error: String = "", report: TaskReport? = nil
    ) {
        members.add("flag", flag)
        members.add("error", error)
        members.add("worker_flag", report?.flag.rawValue ?? 0)
        members.add("worker_message", report?.message ?? "")
        members.add("worker_costtime", report?.costMilliseconds ?? 0)
    }
}
