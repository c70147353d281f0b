import CenterHeartbeat
import ElvesBus
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Synchronization
import Testing

@Suite struct HeartbeatMonitorTests {
    private let bus = InMemoryBus()
    private let clock = HandClock()
    private let agent = AgentID("agent-1")
    private let trace = TraceID("trace")

    init() { HeartbeatMonitor(bus: bus, clocks: clock.clocks).attach() }

    @Test func `an agent that was never heard of is unknown`() async throws {
        #expect(try await presence() == nil)
        bus.cast(AgentGone(agent: agent), trace: trace)
        #expect(try await presence() == nil)
    }

    @Test func `an agent that was heard of is online, as it said`() async throws {
        let status = try status(problem: nil)
        bus.cast(AgentHeard(agent: agent, status: status, agentVersion: "0.1.0"), trace: trace)

        #expect(try await presence() == AgentPresence(isOnline: true, lastHeard: noon, agentVersion: "0.1.0", status: status))
    }

    @Test func `a heartbeat brings the time and the status forward and keeps the release`() async throws {
        bus.cast(AgentHeard(agent: agent, status: try status(problem: nil), agentVersion: "0.1.0"), trace: trace)
        clock.move(bySeconds: 10)
        let worse = try status(problem: "no disk")
        bus.cast(AgentHeard(agent: agent, status: worse, agentVersion: nil), trace: trace)

        let later = Timestamp(microseconds: noon.microseconds + 10_000_000)
        #expect(try await presence() == AgentPresence(isOnline: true, lastHeard: later, agentVersion: "0.1.0", status: worse))
    }

    @Test func `an agent that is gone keeps what was last heard of it, until it comes back`() async throws {
        let status = try status(problem: nil)
        bus.cast(AgentHeard(agent: agent, status: status, agentVersion: "0.1.0"), trace: trace)
        clock.move(bySeconds: 10)
        bus.cast(AgentGone(agent: agent), trace: trace)

        #expect(try await presence() == AgentPresence(isOnline: false, lastHeard: noon, agentVersion: "0.1.0", status: status))
        bus.cast(AgentHeard(agent: agent, status: status, agentVersion: "0.2.0"), trace: trace)
        #expect(try await presence()?.isOnline == true)
        #expect(try await presence()?.agentVersion == "0.2.0")
    }

    @Test func `one agent's link says nothing of another`() async throws {
        bus.cast(AgentHeard(agent: agent, status: try status(problem: nil), agentVersion: "0.1.0"), trace: trace)
        bus.cast(AgentGone(agent: AgentID("agent-2")), trace: trace)

        #expect(try await presence()?.isOnline == true)
    }

    @Test func `a quarantined version is news once, however often the agent repeats it`() async throws {
        let heard = Mutex<[VersionQuarantined]>([])
        bus.receive(VersionQuarantined.self) { message, _ in heard.withLock { $0.append(message) } }
        let app = try AppName("hello")
        func beat(_ quarantine: Quarantine?) {
            let report = AppReport(app: app, online: nil, problem: nil, quarantine: quarantine)
            bus.cast(
                AgentHeard(agent: agent, status: AgentStatus(apps: [report], facts: .null), agentVersion: nil), trace: trace)
        }
        let first = Quarantine(version: try AppVersion("1.0.0"), at: noon, finding: "main.py has other content")
        let later = Quarantine(
            version: first.version, at: Timestamp(microseconds: noon.microseconds + 1), finding: first.finding)

        for quarantine in [nil, first, first, nil, later, later] { beat(quarantine) }

        #expect(
            heard.withLock { $0 } == [
                VersionQuarantined(agent: agent, app: app, quarantine: first),
                VersionQuarantined(agent: agent, app: app, quarantine: later),
            ])
    }

    private func presence() async throws -> AgentPresence? { try await bus.call(FindPresence(agent: agent), trace: trace) }

    private func status(problem: String?) throws -> AgentStatus {
        AgentStatus(apps: [AppReport(app: try AppName("hello"), online: nil, problem: problem)], facts: .null)
    }
}
