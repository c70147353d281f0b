import ElvesBus
import ElvesFlow
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
import Hummingbird

/// The administrative routes of tasks: what became of them, what they wait for, and ending one.
struct TaskRoutes: Sendable {
    let supervisor: Supervisor

    func add(to admin: RouterGroup<CenterRequestContext>) {
        admin.get("tasks") { request, _ in try await list(request) }
        admin.get("tasks/{id}") { _, context in try await show(TaskID(context.parameters.require("id"))) }
        admin.post("tasks/{id}/stop") { _, context in try await stop(TaskID(context.parameters.require("id"))) }
    }

    private func list(_ request: Request) async throws -> Response {
        let limit = request.uri.queryParameters["limit"].flatMap { Int($0) } ?? 20
        guard (1...10_000).contains(limit) else { throw AdminError(.badRequest, "limit must be 1 to 10000") }
        let records = try await supervisor.store.recentTasks(limit: limit)
        return Response.json(.array(records.map { TaskView($0).json }))
    }

    private func show(_ id: TaskID) async throws -> Response {
        // First as one that has not ended: between the two questions it may end, and not begin again.
        guard let life = try await supervisor.store.unendedTask(id) else {
            guard let record = try await supervisor.store.task(id) else {
                throw AdminError(.notFound, "there is no task \(id), or it is an instant one that has not ended")
            }
            return Response.json(TaskView(record).json)
        }
        let wait = try await supervisor.bus.call(ExplainTask(task: id), trace: supervisor.randomness.id())
        return Response.json(life.json(waitsFor: wait))
    }

    private func stop(_ id: TaskID) async throws -> Response {
        guard try await supervisor.bus.call(StopTask(task: id), trace: supervisor.randomness.id()) else {
            throw AdminError(.notFound, "there is no task \(id) that has not ended")
        }
        return Response.json(.emptyObject)
    }
}

extension TaskView {
    fileprivate init(_ record: TaskRecord) {
        self.init(
            agent: record.agent, report: record.report, lateReport: record.lateReport, origin: record.spec?.origin,
            queuedAt: record.spec?.admittedAt, sentAt: record.sentAt)
    }
}

extension TaskLife {
    /// A task that has not ended, with what it waits for as a sentence.
    fileprivate func json(waitsFor wait: String?) -> RawJSON {
        .object { members in
            members.add("task", spec.id.text)
            members.add("trace", spec.trace.text)
            members.add("agent", spec.agent.text)
            members.add("app", spec.app.text)
            members.add("function", spec.function)
            members.add("state", word)
            members.add("waits_for", ifPresent: wait)
            members.add("attempt", attempt)
            members.add("origin", spec.origin.json)
            if !spec.after.isEmpty { members.add("after", spec.after.map(\.task.text)) }
            members.add("admitted_at", spec.admittedAt.microseconds)
        }
    }

    private var word: String {
        switch state {
        case .open: "open"
        case .blocked: "blocked"
        case .ready: "ready"
        case .sent: "sent"
        case .ended: "ended"
        }
    }
}
