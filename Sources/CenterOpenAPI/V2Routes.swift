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
    private let without: Set<Component>
    private let replays: ReplayGuard
    /// The longest request body, in bytes.
    private static let bodyLimit = 1 << 20

    /// - Parameter without: The components that this center does not have: their endpoints look at no parameter.
    package init(bus: any Bus, without: Set<Component>, clocks: Clocks, randomness: Randomness, log: Logger) {
        self.bus = bus
        self.without = without
        self.clocks = clocks
        self.randomness = randomness
        self.log = log
        replays = ReplayGuard(SpentSignatures(since: clocks.wall().seconds, window: SignatureGate.window))
    }

    package func add(to router: Router<CenterRequestContext>) {
        for endpoint in endpoints {
            for path in endpoint.paths {
                for method in [HTTPRequest.Method.get, .post] {
                    router.on("api/v2/\(path)", method: method) { request, context in
                        await answer(request, context, endpoint)
                    }
                }
            }
        }
    }

    private func answer(
        _ request: Request, _ context: CenterRequestContext, _ endpoint: V2Endpoint
    ) async -> Response {
        let id: TraceID = randomness.id()
        var envelope: RawJSON
        do {
            let parameters = try await FormParameters.read(request, limit: Self.bodyLimit)
            let gate = SignatureGate(bus: bus, replays: replays, now: clocks.wall(), trace: id)
            let call = try await gate.admit(request, parameters, of: endpoint, from: context.source)
            if let component = endpoint.component, without.contains(component) { throw component.notEnabled }
            let result = try await endpoint.action(call)
            envelope = .object { members in
                members.add("flag", "true")
                members.add("error", "")
                members.add("result", ifPresent: result)
                if endpoint.isFlat, let object = result.flatMap({ try? JSONObject($0) }) {
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
        case let error as LoggedRefusal:
            log.notice(
                "request refused", metadata: ["trace": "\(id)", "path": "\(path)", "why": "\(error.reason)"])
            code = error.code
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
