package import ElvesApps
package import ElvesBus
import ElvesJSON
package import ElvesLink
package import ElvesModel
import ElvesProtocol
import ElvesSchema
package import ElvesStore
import Foundation
package import Logging
import Synchronization

/// Keeps who may do what on which agent, and what each agent should have.
///
/// Every change is durable in the store before the copy in memory, an agent or the caller learns of it.
package final class Supervisor: Sendable {
    let store: any CenterStore
    let bus: any Bus
    let archives: ArchiveFolder
    let intake: any Intake
    let authority: CertificateAuthority
    let clocks: Clocks
    let timers: Timers
    let randomness: Randomness
    let log: Logger
    /// Whether versions that ask for more than before wait for somebody's word.
    let asksForApproval: Bool
    private let registry: Mutex<Registry>

    /// Loads what the store holds.
    package init(
        store: any CenterStore, bus: any Bus, archives: ArchiveFolder, intake: any Intake,
        authority: CertificateAuthority, asksForApproval: Bool, clocks: Clocks, timers: Timers, randomness: Randomness,
        log: Logger
    ) async throws {
        self.asksForApproval = asksForApproval
        self.store = store
        self.bus = bus
        self.archives = archives
        self.intake = intake
        self.authority = authority
        self.clocks = clocks
        self.timers = timers
        self.randomness = randomness
        self.log = log
        registry = Mutex(Registry(try await store.snapshot()))
        resumeRollouts()
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.serve(FindKey.self) { message, _ in self.read { $0.grant(message.id) } }
        bus.serve(FindBoundAgent.self) { message, _ in
            self.read { $0.agent(at: message.address, boundTo: message.app) }
        }
        bus.serve(FindAgentAddress.self) { message, _ in self.read { $0.agents[message.agent]?.address } }
        bus.serve(ListBoundAgents.self) { message, _ in self.read { $0.addresses(boundTo: message.app) } }
        bus.serve(FindApp.self) { message, _ in self.read { $0.summary(of: message.app) } }
        bus.serve(CheckCall.self) { message, _ in
            self.verdict(on: message.app, message.function, message.param, agent: message.agent, pin: message.pin)
        }
        bus.receive(VersionQuarantined.self) { message, trace in
            self.log.error(
                "version quarantined",
                metadata: [
                    "agent": "\(message.agent)", "app": "\(message.app)", "version": "\(message.quarantine.version)",
                    "finding": "\(message.quarantine.finding)", "trace": "\(trace)",
                ])
        }
        bus.serve(ListAssignments.self) { message, _ in self.read { $0.assignments(of: message.agent) } }
        bus.receive(PresenceChanged.self) { message, _ in self.presenceChanged(message) }
        bus.serve(FindArchive.self) { message, _ in self.archives.size(of: message.digest) }
    }

    func read<T>(_ question: (borrowing Registry) throws -> T) rethrows -> T { try registry.withLock { try question($0) } }

    /// Whether an app takes a call on an agent. While the agent changes versions, what one of the two takes is let through:
    /// the agent looks again.
    ///
    /// - Parameter pin: The version that is to run; nil means the one the agent should have online.
    func verdict(
        on app: AppName, _ name: String, _ param: RawJSON, agent: AgentID, pin: AppVersion? = nil
    ) -> CallVerdict {
        var verdict = CallVerdict.unknown
        for function in read({ $0.function(name, of: app, on: agent, pin: pin) }) {
            guard let function else { return .unknown }
            guard let reason = function.parameterSchema?.refusal(of: param) else {
                return .accepted(timeout: function.timeout, isIdempotent: function.isIdempotent)
            }
            if verdict == .unknown { verdict = .badParameter(reason) }
        }
        return verdict
    }

    /// Changes the copy in memory; only after the store has changed.
    @discardableResult
    func change<T>(_ body: (inout Registry) -> T) -> T { registry.withLock { body(&$0) } }

    /// Tells agents what they should have now.
    func reassign(_ agents: [AgentID], trace: TraceID) {
        for agent in agents {
            if let apps = read({ $0.assignments(of: agent) }) {
                bus.cast(SendAssignments(agent: agent, apps: apps), trace: trace)
            }
        }
    }

    func newToken(_ kind: TokenRecord.Kind, lifetime: Duration) async throws -> String {
        let token = AccessToken(authority: try authority.fingerprint, randomness: randomness)
        let now = clocks.wall()
        try await store.add(
            TokenRecord(
                digest: token.digest, kind: kind, createdAt: now,
                expiresAt: Timestamp(microseconds: now.microseconds + lifetime.milliseconds * 1000)))
        return token.text
    }

    /// Signs a joining agent's certificate request and remembers the agent.
    ///
    /// - Throws: `StoreError.tokenInvalid` or `.addressTaken`; `CertificateError` for a bad request. The token is not used up
    ///   then.
    func join(_ request: JoinRequest, address: IPv4Address) async throws -> JoinReply {
        let id: AgentID = randomness.id()
        let now = clocks.wall()
        let root = try await bus.call(FindTrustRoot(), trace: randomness.id())
        let certificate = try authority.issueAgent(
            id, requestPEM: request.certificateRequest,
            now: Date(timeIntervalSince1970: TimeInterval(now.microseconds) / 1_000_000))
        let record = AgentRecord(id: id, address: address, hostName: request.hostName, joinedAt: now)
        try await store.join(record, token: AccessToken.digest(of: request.token), at: now)
        change { $0.add(record) }
        log.info("agent joined", metadata: ["agent": "\(id)", "address": "\(address)", "host": "\(request.hostName)"])
        return JoinReply(
            agent: id, address: address, certificate: certificate, authority: try authority.certificatePEM, root: root)
    }
}
