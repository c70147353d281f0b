package import ElvesBus
package import ElvesModel
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
        bus.receive(AgentHeard.self) { message, _ in self.heard(message) }
        bus.receive(AgentGone.self) { message, _ in self.gone(message.agent) }
        bus.serve(FindPresence.self) { message, _ in self.presences.withLock { $0[message.agent] } }
    }

    private func heard(_ message: AgentHeard) {
        let now = clocks.wall()
        presences.withLock { presences in
            let version = message.agentVersion ?? presences[message.agent]?.agentVersion ?? ""
            presences[message.agent] = AgentPresence(
                isOnline: true, lastHeard: now, agentVersion: version, status: message.status)
        }
    }

    private func gone(_ agent: AgentID) {
        presences.withLock { presences in
            guard let last = presences[agent] else { return }
            presences[agent] = AgentPresence(
                isOnline: false, lastHeard: last.lastHeard, agentVersion: last.agentVersion, status: last.status)
        }
    }
}
