import ElvesBus
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol

extension V2Routes {
    /// `rt/exec`: runs a function now and waits for its answer.
    @Sendable func run(_ call: V2Call) async throws -> RawJSON? {
        let order = try RunParameters(call.parameters)
        guard let agent = call.agent else { throw ApiError.permissionDenied }
        let draft = TaskDraft(
            id: randomness.id(), agent: agent, app: order.app, function: order.function, param: order.param,
            timeout: order.timeout)
        let report: TaskReport
        switch try await bus.call(RunNow(draft), trace: call.trace) {
        case .reported(let answer): report = answer
        case .unreachable, .busy: throw ApiError.sendToAgentFailed
        case .refused(let refusal): throw ApiError(refusal)
        }
        return .object { members in
            members.add("id", report.task.text)
            members.add("worker_flag", report.flag.rawValue)
            members.add("worker_message", report.message)
            members.add("worker_costtime", report.costMilliseconds)
        }
    }
}

extension ApiError {
    /// What an old client is told of a task that was not made.
    init(_ refusal: AdmissionRefusal) {
        self =
            switch refusal {
            case .badParameter, .notIdempotent: .paramIllegal
            case .unknownQueue: .queueNotFound
            case .queueNotOpen: .queueStatusIncorrect
            case .unknownDependency: .dependTaskNotFound
            case .overloaded: .internalError
            }
    }
}

/// The parameters of `rt/exec`.
struct RunParameters: Equatable {
    let app: AppName
    let function: String
    let address: IPv4Address
    let param: RawJSON
    let timeout: Duration

    /// - Throws: The first of 403.3, 403.7, 403.1, 403.2, 403.8 that applies.
    init(_ parameters: FormParameters) throws(ApiError) {
        guard let app = parameters["app"], let name = try? AppName(app) else { throw .appIllegal }
        guard let function = parameters["func"], !function.isBlank else { throw .funcIllegal }
        guard let ip = parameters["ip"], let address = IPv4Address(ip) else { throw .ipIllegal }
        self.app = name
        self.function = function
        self.address = address
        param = try Self.param(parameters["param"])
        timeout = try Self.timeout(parameters["timeout"])
    }

    /// Strict JSON, or nothing.
    static func param(_ text: String?) throws(ApiError) -> RawJSON {
        guard let text, !text.isBlank else { return .null }
        guard let value = try? RawJSON(validating: text) else { throw .paramIllegal }
        return value
    }

    /// Seconds; absent or empty is 90, and 0 leaves it to the function's own timeout.
    static func timeout(_ text: String?) throws(ApiError) -> Duration {
        guard let text, !text.isBlank else { return .seconds(90) }
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let seconds = Int32(text) else {
            throw .timeoutIllegal
        }
        return seconds == 0 ? RunOrder.functionsOwnTimeout : min(.seconds(Int64(seconds)), RunOrder.functionsOwnTimeout)
    }
}

extension TaskReport {
    /// The answer as the text of `worker_message`: a string as it is, any other value as compact JSON.
    var message: String { result.stringValue ?? result.compact.text }
}
