package import ElvesBus
package import ElvesLink
package import ElvesModel
import ElvesProtocol
package import Logging
import Synchronization

/// The center's end of the agents' links: turns frames into messages on the bus and messages into frames.
///
/// An agent has one link that counts: a later one replaces an earlier one, which is closed. A link counts from the center's
/// `welcome` on, and what an agent says before that is its `hello` and nothing else.
package final class LinkGateway: Sendable {
    private enum Link {
        /// Connected; the hello has not come. Next: `greeting`, gone.
        case connected(LinkConnection)
        /// The hello came; the supervisor is asked what the agent should have, and `changed` is what it said meanwhile.
        /// Next: `up`, gone.
        case greeting(LinkConnection, changed: [AppAssignment]?)
        /// Welcomed. Next: gone.
        case up(LinkConnection)

        var connection: LinkConnection {
            switch self {
            case .connected(let connection), .greeting(let connection, _), .up(let connection): connection
            }
        }
    }

    private struct State {
        var links: [Int: Link] = [:]
        var current: [AgentID: Int] = [:]
        var greeting: [AgentID: Int] = [:]
        /// Acknowledgements that wait for the next order to the same agent, or for a moment to pass.
        var acknowledgements: [Int: [TaskID]] = [:]
        /// Sessions whose moment has begun.
        var isFlushScheduled: Set<Int> = []
    }

    private let state = Mutex(State())
    private let bus: any Bus
    private let heartbeat: Duration
    private let timers: Timers
    private static let acknowledgementDelay = Duration.milliseconds(20)
    private let randomness: Randomness
    private let log: Logger

    package init(bus: any Bus, heartbeat: Duration, timers: Timers, randomness: Randomness, log: Logger) {
        self.bus = bus
        self.heartbeat = heartbeat
        self.timers = timers
        self.randomness = randomness
        self.log = log
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.receive(SendRun.self) { message, _ in
            self.send(self.takeAcknowledgements(message.session) + [.run(message.order)], over: message.session)
        }
        bus.receive(SendCancel.self) { message, _ in self.send([.cancel(message.task)], over: message.session) }
        bus.receive(SendAcknowledgement.self) { message, _ in self.acknowledge(message.task, over: message.session) }
        bus.receive(SendAssignments.self) { message, _ in
            let session = self.state.withLock { state -> Int? in
                if let number = state.greeting[message.agent], case .greeting(let connection, _) = state.links[number] {
                    state.links[number] = .greeting(connection, changed: message.apps)
                }
                return state.current[message.agent]
            }
            if let session { self.send([.apps(message.apps)], over: session) }
        }
        bus.receive(CloseLinks.self) { message, _ in
            let links = self.state.withLock { $0.links.values.map(\.connection) }
            for connection in links where connection.peer == message.agent.text { connection.close() }
        }
    }

    /// What the link server tells.
    package var events: LinkEvents {
        LinkEvents(
            opened: { connection in self.state.withLock { $0.links[connection.number] = .connected(connection) } },
            received: { connection, bytes in self.received(bytes, on: connection) },
            closed: { connection, error in self.closed(connection, error) })
    }

    private func send(_ frames: [CenterFrame], over session: Int) {
        let link = state.withLock { $0.links[session] }
        if case .up(let connection) = link { connection.send(frames.map(\.bytes)) }
    }

    /// Nobody waits for an acknowledgement, so it travels with the next order, or with others after a moment.
    private func acknowledge(_ task: TaskID, over session: Int) {
        let isFirst = state.withLock { state in
            guard state.links[session] != nil else { return false }
            state.acknowledgements[session, default: []].append(task)
            return state.isFlushScheduled.insert(session).inserted
        }
        guard isFirst else { return }
        _ = timers.start(Self.acknowledgementDelay) {
            self.state.withLock { _ = $0.isFlushScheduled.remove(session) }
            self.send(self.takeAcknowledgements(session), over: session)
        }
    }

    private func takeAcknowledgements(_ session: Int) -> [CenterFrame] {
        state.withLock { $0.acknowledgements.removeValue(forKey: session) ?? [] }.map { .acknowledge($0) }
    }

    private func received(_ bytes: [UInt8], on connection: LinkConnection) {
        guard let agent = connection.peer.map({ AgentID($0) }) else { return }
        let link = state.withLock { $0.links[connection.number] }
        do {
            switch (link, try AgentFrame(bytes: bytes)) {
            case (.connected, .hello(let hello)):
                greet(agent, hello, on: connection)
            case (.up, .heartbeat(let status)):
                bus.cast(AgentHeard(agent: agent, status: status, agentVersion: nil), trace: randomness.id())
                connection.send(CenterFrame.heartbeat.bytes)
            case (.up, .result(let report)):
                bus.cast(
                    TaskReported(agent: agent, session: connection.number, report: report), trace: report.trace)
            default:
                refuse(connection, "a frame that does not fit here")
            }
        } catch {
            refuse(connection, "\(error)")
        }
    }

    private func greet(_ agent: AgentID, _ hello: AgentHello, on connection: LinkConnection) {
        guard let version = LinkProtocol.versions.filter(hello.protocols.contains).max() else {
            return refuse(
                connection,
                "the agent speaks link versions \(hello.protocols), the center \(LinkProtocol.versions): update the older one")
        }
        state.withLock { state in
            state.links[connection.number] = .greeting(connection, changed: nil)
            state.greeting[agent] = connection.number
        }
        let trace: TraceID = randomness.id()
        // Not awaited by anyone: a link that closes meanwhile is found gone when the answer is here.
        Task {
            do {
                guard let apps = try await bus.call(ListAssignments(agent: agent), trace: trace) else {
                    return refuse(connection, "agent \(agent) is unknown or revoked: join again with a new token")
                }
                // On the link's own thread, so that it stands in order with the link's end.
                connection.onLoop { self.welcome(agent, hello, version, apps, on: connection, trace) }
            } catch {
                refuse(connection, "\(error)")
            }
        }
    }

    private func welcome(
        _ agent: AgentID, _ hello: AgentHello, _ version: Int, _ apps: [AppAssignment], on connection: LinkConnection,
        _ trace: TraceID
    ) {
        let isThere = state.withLock { state in
            if state.greeting[agent] == connection.number { state.greeting[agent] = nil }
            guard case .greeting(_, let changed) = state.links[connection.number] else { return false }
            if let current = state.current[agent], current > connection.number {
                connection.close()
                return false
            }
            state.current[agent].flatMap { state.links[$0] }?.connection.close()
            state.links[connection.number] = .up(connection)
            state.current[agent] = connection.number
            // Sent under the lock, so that no later change of the assignments can overtake it.
            connection.send(
                CenterFrame.welcome(.init(protocolVersion: version, heartbeat: heartbeat, apps: changed ?? apps)).bytes)
            return true
        }
        guard isThere else { return }
        bus.cast(AgentHeard(agent: agent, status: hello.status, agentVersion: hello.agentVersion), trace: trace)
        bus.cast(AgentLinked(agent: agent, session: connection.number, holding: hello.holding), trace: trace)
        log.info("agent linked", metadata: ["agent": "\(agent)", "session": "\(connection.number)"])
    }

    private func refuse(_ connection: LinkConnection, _ reason: String) {
        log.warning("link refused", metadata: ["agent": "\(connection.peer ?? "")", "reason": "\(reason)"])
        connection.send(CenterFrame.refuse(reason: reason).bytes)
        connection.close()
    }

    private func closed(_ connection: LinkConnection, _ error: (any Error)?) {
        guard let agent = connection.peer.map({ AgentID($0) }) else { return }
        let cause = error.map { "\($0)" } ?? "closed by the agent"
        let wasCurrent = state.withLock { state in
            state.links[connection.number] = nil
            state.acknowledgements[connection.number] = nil
            if state.greeting[agent] == connection.number { state.greeting[agent] = nil }
            guard state.current[agent] == connection.number else { return false }
            state.current[agent] = nil
            return true
        }
        guard wasCurrent else {
            return log.info("a link that did not count ended", metadata: ["agent": "\(agent)", "cause": "\(cause)"])
        }
        let trace: TraceID = randomness.id()
        bus.cast(AgentUnlinked(agent: agent, session: connection.number), trace: trace)
        bus.cast(AgentGone(agent: agent), trace: trace)
        log.info(
            "agent unlinked",
            metadata: ["agent": "\(agent)", "cause": "\(cause)"])
    }
}
