import ElvesBus
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol

extension V2Routes {
    /// `cron/add`: a schedule, started.
    @Sendable func addCron(_ call: V2Call) async throws -> RawJSON? {
        guard let app = call.parameters["app"], (try? AppName(app)) != nil else { throw ApiError.appIllegal }
        let order = try TaskParameters(call.parameters, hasRule: true)
        let rule = call.parameters["rule"] ?? ""
        // Its id stands for none: each run gets one of its own.
        let draft = CronDraft(task: try order.draft(TaskID(""), call), expression: rule)
        switch try await bus.call(AddCron(draft), trace: call.trace) {
        case .added(let id): return .object { $0.add("id", id.text) }
        case .badRule: throw ApiError.cronRuleIllegal
        case .refused(let refusal): throw ApiError(refusal)
        }
    }

    @Sendable func startCron(_ call: V2Call) async throws -> RawJSON? { try await change(.start, call) }
    @Sendable func stopCron(_ call: V2Call) async throws -> RawJSON? { try await change(.stop, call) }
    @Sendable func deleteCron(_ call: V2Call) async throws -> RawJSON? { try await change(.delete, call) }

    private func change(_ change: ChangeCron.Change, _ call: V2Call) async throws -> RawJSON? {
        let id = try cronID(call)
        guard try await bus.call(ChangeCron(id, of: call.key.app, change), trace: call.trace) else {
            throw ApiError.cronNotFound
        }
        return nil
    }

    /// `cron/detail`: a schedule, and how its last run ended.
    @Sendable func describeCron(_ call: V2Call) async throws -> RawJSON? {
        guard let view = try await bus.call(FindCron(cronID(call), of: call.key.app), trace: call.trace) else {
            throw ApiError.cronNotFound
        }
        let agent = try await bus.call(FindAgentAddress(agent: view.draft.task.agent), trace: call.trace)
        return .object { view.add(to: &$0, address: agent) }
    }

    private func cronID(_ call: V2Call) throws(ApiError) -> CronID {
        guard let id = call.parameters["cron_id"], id.utf16.count == 16 else { throw .cronIdIllegal }
        return CronID(id)
    }
}

extension CronView {
    fileprivate func add(to members: inout JSONWriter.Members, address: IPv4Address?) {
        let task = draft.task
        members.add("ip", address?.description ?? "")
        members.add("app", task.app.text)
        members.add("func", task.function)
        members.add("param", task.param == .null ? "" : task.param.text)
        members.add("mode", task.callsProcessor ? "p" : "np")
        members.add("proxy", "")
        members.add("timeout", task.timeout == RunOrder.functionsOwnTimeout ? 0 : task.timeout.milliseconds / 1000)
        members.add("rule", draft.expression)
        members.add("cron_flag", isStarted ? 1 : 0)
        members.add("create_time", createdAt.localText)
        members.add("last_exec_time", lastRun?.planned.localText ?? "")
        members.add("last_exec_result", ifPresent: lastReport.map(outcome) ?? .emptyObject)
    }

    private func outcome(_ report: TaskReport) -> RawJSON {
        let isUnsent = report.reason == .agentOffline
        return .object { members in
            members.add("flag", isUnsent ? "false" : "true")
            members.add("error", isUnsent ? ApiError.storedSendToAgentFailed.envelopeText : "")
            members.add("result") { result in
                result.add("worker_flag", report.flag.rawValue)
                result.add("worker_message", report.message)
                result.add("worker_costtime", report.costMilliseconds)
            }
        }
    }
}
