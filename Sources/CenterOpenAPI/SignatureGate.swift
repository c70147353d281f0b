import ElvesBus
import ElvesHTTP
import ElvesModel
import ElvesProtocol
import Hummingbird

/// A request that was let in: its parameters and what its key may do.
struct V2Call: Sendable {
    let parameters: FormParameters
    let key: KeyGrant
    /// The agent at the parameter `ip`, bound to the key's app; nil if the request names none.
    let agent: AgentID?
    let trace: TraceID
}

/// Lets a request of `/api/v2` in, or names the first check it fails, in the original's order.
struct SignatureGate {
    let bus: any Bus
    let replays: ReplayGuard
    let now: Timestamp
    let trace: TraceID
    /// How far a timestamp may be off, in seconds, exclusive.
    static let window: Int64 = 180

    /// - Throws: `ApiError`, or `LoggedRefusal` where its code says less than the operator has to know.
    func admit(
        _ http: Request, _ parameters: FormParameters, of endpoint: V2Endpoint, from source: IPv4Address?
    ) async throws -> V2Call {
        let fields = try SignatureFields(parameters)
        guard abs(now.seconds - fields.timestamp) < Self.window else { throw ApiError.signTimeout }
        guard let key = try await bus.call(FindKey(id: fields.id), trace: trace) else {
            throw ApiError.authIdNotFound
        }
        let path = String(http.uri.string.prefix { $0 != "?" })
        guard SignatureV2.verify(fields.sign, path: path, parameters: parameters.pairs, key: key.secret) else {
            throw ApiError.signError
        }
        // After the signature, so that nobody without the key can fill the log.
        if let ambiguity = Ambiguity.first(in: parameters, of: endpoint.parameters) {
            throw LoggedRefusal(code: .signError, reason: "\(ambiguity)")
        }
        let agent = try await authorize(key, parameters, from: source)
        if key.once { try spend(fields) }
        return V2Call(parameters: parameters, key: key, agent: agent, trace: trace)
    }

    /// Only what was found good is noted, so nobody without the key can use up a signature or fill the memory of them.
    private func spend(_ fields: SignatureFields) throws {
        // The same signature in the other case of letters is the same.
        let verdict = replays.spend(
            fields.sign.uppercased(), of: fields.id, signedAt: fields.timestamp, now: now.seconds)
        switch verdict {
        case .first: return
        case .spent:
            throw LoggedRefusal(
                code: .signTimeout,
                reason: "the key \(fields.id) takes each signature once, and this one was used or is older than the "
                    + "center's start: sign again in another second")
        case .full(let limit):
            throw LoggedRefusal(
                code: .signTimeout,
                reason: "the key \(fields.id) takes each signature once and made \(limit) calls within six minutes: "
                    + "call less often, or with several keys")
        }
    }

    /// A key is for one app, for agents bound to that app, and for callers at its addresses.
    private func authorize(
        _ key: KeyGrant, _ parameters: FormParameters, from source: IPv4Address?
    ) async throws -> AgentID? {
        guard let source, key.sources.contains(where: { $0.contains(source) }) else { throw ApiError.permissionDenied }
        if let app = parameters["app"], !app.isBlank, app != key.app.text { throw ApiError.permissionDenied }
        guard let ip = parameters["ip"], !ip.isBlank else { return nil }
        guard let address = IPv4Address(ip),
            let agent = try await bus.call(FindBoundAgent(app: key.app, address: address), trace: trace)
        else { throw ApiError.permissionDenied }
        return agent
    }
}

/// A refusal of which the caller learns the code, and the operator's log the reason.
struct LoggedRefusal: Error {
    let code: ApiError
    let reason: String
}

/// The four parameters that every signed request carries.
struct SignatureFields: Equatable {
    let id: AuthID
    let timestamp: Int64
    let sign: String

    /// - Throws: The first of 401.1, 401.3, 401.4, 401.8 that applies; a number beyond 64 bits is outside every window (401.7).
    init(_ parameters: FormParameters) throws(ApiError) {
        let fields = ["auth_id", "timestamp", "sign_type", "sign"].map { parameters[$0] ?? "" }
        guard !fields.contains(where: \.isBlank) else { throw .missingSignParameter }
        guard fields[2].lowercased() == "md5" else { throw .signTypeIllegal }
        guard fields[3].utf16.count == 32 else { throw .signLengthIllegal }
        guard fields[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { throw .timestampIllegal }
        guard let timestamp = Int64(fields[1]), timestamp < 1 << 53 else { throw .signTimeout }
        id = AuthID(fields[0])
        self.timestamp = timestamp
        sign = fields[3]
    }
}

extension String {
    /// Whether there is nothing in it but blanks, tabs and line ends, as the original's check for blank text has it.
    var isBlank: Bool { utf8.allSatisfy { $0 <= 0x20 } }
}
