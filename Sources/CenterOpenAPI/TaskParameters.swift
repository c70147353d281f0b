import ElvesBus
import ElvesCron
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol

/// The parameters of a stored task: `queue/addtask`, `queue/qksqueue`, `cron/add`.
struct TaskParameters: Equatable {
    let function: String
    let param: RawJSON
    let timeout: Duration
    let callsProcessor: Bool

    /// - Parameter hasRule: Whether a cron rule belongs to it, which the original looks at before the mode.
    /// - Throws: The first of 403.7, 403.1, 403.2, 403.8, 403.5, 403.4 that applies.
    init(_ parameters: FormParameters, hasRule: Bool = false) throws(ApiError) {
        guard let function = parameters["func"], !function.isBlank else { throw .funcIllegal }
        guard let ip = parameters["ip"], IPv4Address(ip) != nil else { throw .ipIllegal }
        self.function = function
        param = try RunParameters.param(parameters["param"])
        timeout = try RunParameters.timeout(parameters["timeout"])
        if hasRule, (try? CronExpression(parameters["rule"] ?? "")) == nil { throw .cronRuleIllegal }
        switch (parameters["mode"] ?? "").lowercased() {
        case let mode where mode.isBlank || mode == "np": callsProcessor = false
        case "p": callsProcessor = true
        default: throw .modeIllegal
        }
    }

    /// - Throws: 401.6 if the agent is not bound to the key's app.
    func draft(_ id: TaskID, _ call: V2Call, after: [TaskDependency] = []) throws(ApiError) -> TaskDraft {
        guard let agent = call.agent else { throw .permissionDenied }
        return TaskDraft(
            id: id, agent: agent, app: call.key.app, function: function, param: param, timeout: timeout,
            callsProcessor: callsProcessor, after: after)
    }
}
