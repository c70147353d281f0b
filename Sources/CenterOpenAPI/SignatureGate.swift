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
    let now: Timestamp
    let trace: TraceID
    /// How far a timestamp may be off, in seconds, exclusive.
    private static let window: Int64 = 180

    /// - Throws: `ApiError`.
    func admit(_ http: Request, _ parameters: FormParameters, from source: IPv4Address?) async throws -> V2Call {
        let fields = try SignatureFields(parameters)
        guard abs(now.seconds - fields.timestamp) < Self.window else { throw ApiError.signTimeout }
        guard let key = try await bus.call(FindKey(id: fields.id), trace: trace) else {
            throw ApiError.authIdNotFound
        }
        let path = String(http.uri.string.prefix { $0 != "?" })
        guard SignatureV2.verify(fields.sign, path: path, parameters: parameters.pairs, key: key.secret) else {
            throw ApiError.signError
        }
        let agent = try await authorize(key, parameters, from: source)
        return V2Call(parameters: parameters, key: key, agent: agent, trace: trace)
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
