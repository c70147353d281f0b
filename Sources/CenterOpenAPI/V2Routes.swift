package import ElvesBus
package import ElvesHTTP
import ElvesJSON
package import ElvesModel
import ElvesProtocol
package import Hummingbird
package import Logging
import NIOCore

/// The original's REST API, for its old clients: `/api/v2`.
///
/// Every answer has status 200 and the envelope; what went wrong stands in `error`.
package struct V2Routes: Sendable {
    let bus: any Bus
    let clocks: Clocks
    let randomness: Randomness
    let log: Logger
    /// The longest request body, in bytes.
    private static let bodyLimit = 1 << 20

    package init(bus: any Bus, clocks: Clocks, randomness: Randomness, log: Logger) {
        self.bus = bus
        self.clocks = clocks
        self.randomness = randomness
        self.log = log
    }

    package func add(to router: Router<CenterRequestContext>) {
        route(router, "rt/exec", run)
        route(router, "info/app", describeApp)
        route(router, "info/apps", describeApp)
        route(router, "info/agents", listAgents)
        route(router, "info/agents/detail", describeAgent)
        route(router, "queue/create", createQueue)
        route(router, "queue/addtask", addTask)
        route(router, "queue/commit", commitQueue)
        route(router, "queue/stop", stopQueue)
        route(router, "queue/result", queueResult)
        route(router, "queue/qksqueue", runQueue)
        route(router, "cron/add", addCron)
        route(router, "cron/start", startCron)
        route(router, "cron/stop", stopCron)
        route(router, "cron/delete", deleteCron)
        for path in ["cron/detail", "cron/info"] { route(router, path, isFlat: true, describeCron) }
    }

    /// One endpoint, with both methods.
    private func route(
        _ router: Router<CenterRequestContext>, _ path: String, isFlat: Bool = false,
        _ action: @escaping @Sendable (V2Call) async throws -> RawJSON?
    ) {
        for method in [HTTPRequest.Method.get, .post] {
            router.on("api/v2/\(path)", method: method) { request, context in
                await answer(request, context, isFlat: isFlat, action)
            }
        }
    }

    /// - Parameter isFlat: Whether the members of the result stand beside the envelope's too, for clients that look there.
    private func answer(
        _ request: Request, _ context: CenterRequestContext, isFlat: Bool, _ action: (V2Call) async throws -> RawJSON?
    ) async -> Response {
        let id: TraceID = randomness.id()
        var envelope: RawJSON
        do {
            let parameters = try await FormParameters.read(request, limit: Self.bodyLimit)
            let gate = SignatureGate(bus: bus, now: clocks.wall(), trace: id)
            let result = try await action(gate.admit(request, parameters, from: context.source))
            envelope = .object { members in
                members.add("flag", "true")
                members.add("error", "")
                members.add("result", ifPresent: result)
                if isFlat, let object = result.flatMap({ try? JSONObject($0) }) {
                    for key in object.keys { members.add(key, ifPresent: object.raw(key)) }
                }
            }
        } catch {
            envelope = refusal(error, path: request.uri.path, id)
        }
        return .json(envelope, type: "text/plain;charset=UTF-8")
    }

    private func refusal(_ error: any Error, path: String, _ id: TraceID) -> RawJSON {
        let code: ApiError
        switch error {
        case let error as ApiError: code = error
        // Only `param` is ever long.
        case is BodyTooLarge: code = .paramIllegal
        case BusError.noComponent(let route): code = route.component.notEnabled
        default:
            log.error("request failed", metadata: ["trace": "\(id)", "path": "\(path)", "error": "\(error)"])
            code = .internalError
        }
        return .object { members in
            members.add("flag", "false")
            members.add("error", code.envelopeText)
        }
    }
}

extension Component {
    fileprivate var notEnabled: ApiError {
        switch self {
        case .queue: .queueNotEnabled
        case .cron: .cronNotEnabled
        case .callbacks, .supervisor, .heartbeat, .repository: .supervisorNotEnabled
        case .scheduler, .link, .openapi, .watcher: .sendToAgentFailed
        }
    }
}
