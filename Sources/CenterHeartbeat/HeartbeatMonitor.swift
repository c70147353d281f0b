package import ElvesBus
package import ElvesModel
import ElvesProtocol
import Synchronization

/// Knows which agents are there: an agent is online while it has a link.
///
/// A link on which nothing is heard for three heartbeats is closed by the link's end itself, so silence ends here as a lost
/// link within that time. Kept in memory: after a restart of the center every agent links anew and is heard of again.
package final class HeartbeatMonitor: Sendable {
    private let bus: any Bus
    private let clocks: Clocks
    private let presences = Mutex<[AgentID: AgentPresence]>([:])

    package init(bus: any Bus, clocks: Clocks) {
        self.bus = bus
        self.clocks = clocks
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.receive(AgentHeard.self) { self.heard($0, $1) }
        bus.receive(AgentGone.self) { self.gone($0.agent, $1) }
        bus.serve(FindPresence.self) { message, _ in self.presences.withLock { $0[message.agent] } }
    }

    private func heard(_ message: AgentHeard, _ trace: TraceID) {
        let now = clocks.wall()
        defer { bus.cast(PresenceChanged(agent: message.agent, apps: message.status.apps), trace: trace) }
        let before = presences.withLock { presences in
            let before = presences[message.agent]?.status.apps ?? []
            let version = message.agentVersion ?? presences[message.agent]?.agentVersion ?? ""
            presences[message.agent] = AgentPresence(
                isOnline: true, lastHeard: now, agentVersion: version, status: message.status)
            return before
        }
        // An agent repeats it for as long as it runs; it is news once.
        let known = Set(before.compactMap { app in app.quarantine.map { [app.app: $0] } })
        for app in message.status.apps {
            guard let quarantine = app.quarantine, !known.contains([app.app: quarantine]) else { continue }
            bus.cast(VersionQuarantined(agent: message.agent, app: app.app, quarantine: quarantine), trace: trace)
        }
    }

    private func gone(_ agent: AgentID, _ trace: TraceID) {
        defer { bus.cast(PresenceChanged(agent: agent, apps: nil), trace: trace) }
        presences.withLock { presences in
            guard let last = presences[agent] else { return }
            presences[agent] = AgentPresence(
                isOnline: false, lastHeard: last.lastHeard, agentVersion: last.agentVersion, status: last.status)
        }
    }
}
