import ElvesTestSupport

/// What the tests of `/api/v2` call: a center with an agent that has apptest, and everything that is forbidden or away.
struct V2Site: Sendable {
    let center: Center
    let key: APIKey
    /// Valid from 10.0.0.0/8 only.
    let foreignKey: APIKey
    let revokedKey: APIKey
    let agent: Agent

    /// Bound to apptest, but not running.
    static let offline = "127.0.0.2"
    /// Joined, but not bound to apptest.
    static let unbound = "127.0.0.3"

    static func with(_ body: (V2Site) async throws -> Void) async throws {
        try await withHost([Checkout.apptest]) { center, agent in
            let offline = try await Agent(joining: center, ip: Self.offline)
            try await center.bind("apptest", to: offline)
            _ = try await Agent(joining: center, ip: Self.unbound)
            try await center.publish(Checkout.hostile)
            let revoked = try await center.newKey(for: "apptest")
            try await center.elves("key", "revoke", revoked.id).succeeded()
            try await body(
                V2Site(
                    center: center, key: try await center.newKey(for: "apptest"),
                    foreignKey: try await center.newKey(for: "apptest", from: "10.0.0.0/8"), revokedKey: revoked,
                    agent: agent))
        }
    }

    /// A call that is in order.
    var call: SignedRequest {
        SignedRequest(
            "rt/exec",
            ["app": "apptest", "func": "helloword", "ip": agent.ip, "param": #"{"my":"toryzen"}"#, "timeout": "10"],
            key: key)
    }
}

/// A request and what must be answered to it.
struct V2Row: Sendable {
    let name: String
    let error: String
    let request: @Sendable (V2Site) -> SignedRequest

    init(_ name: String, _ error: String, _ request: @escaping @Sendable (V2Site) -> SignedRequest) {
        self.name = name
        self.error = error
        self.request = request
    }
}
