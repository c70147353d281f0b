import CElvesSystem
import ElvesFlow
import ElvesLink
import ElvesModel
import ElvesProtocol
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

/// Keeps the link to the center up: dials, says hello, sends heartbeats, and dials again with growing, jittered pauses.
final class LinkKeeper: Service {
    /// Where the link stands.
    private enum Phase {
        /// Next: `greeting`.
        case down
        /// Connected, hello sent; the center has not welcomed us. Next: `up`, `down`.
        case greeting(LinkConnection)
        /// Next: `down`.
        case up(LinkConnection)
    }

    struct Target: Sendable {
        let host: String
        let port: Int
        let context: NIOSSLContext
    }

    private let target: Target
    private let desk: TaskDesk
    private let keeper: AppKeeper
    private let executor: Executor
    private let loop: any EventLoop
    private let randomness: Randomness
    private let log: Logger
    private let welcomed: @Sendable () -> Void
    private let phase: NIOLoopBoundBox<Phase>

    init(
        _ target: Target, desk: TaskDesk, keeper: AppKeeper, executor: Executor, loop: any EventLoop,
        randomness: Randomness, log: Logger, welcomed: @escaping @Sendable () -> Void
    ) {
        self.target = target
        self.desk = desk
        self.keeper = keeper
        self.executor = executor
        self.loop = loop
        self.randomness = randomness
        self.log = log
        self.welcomed = welcomed
        phase = NIOLoopBoundBox.makeBoxSendingValue(.down, eventLoop: loop)
    }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.stayLinked() }
            // The center learns at once how the apps stand, not with the next heartbeat.
            group.addTask { for await _ in self.keeper.changes { self.loop.execute { self.beat() } } }
            try? await gracefulShutdown()
            loop.execute { self.desk.stopTaking() }
            await self.letTasksEnd()
            loop.execute { self.current?.close() }
            group.cancelAll()
        }
    }

    /// Gives what runs a few seconds to end and to be handed over.
    private func letTasksEnd() async {
        let (ends, end) = AsyncStream<Void>.makeStream()
        desk.notify(whenIdle: { end.finish() })
        let limit = loop.scheduleTask(in: .seconds(5)) { end.finish() }
        for await _ in ends {}
        limit.cancel()
    }

    private func stayLinked() async {
        var attempt = 0
        var number = 0
        while !Task.isCancelled {
            number += 1
            let wasUp = await link(number)
            attempt = wasUp ? 0 : attempt + 1
            let pause = Backoff.pause(attempt: attempt, random: randomness.bytes(1)[0])
            do { try await Task.sleep(for: pause) } catch { return }
        }
    }

    /// Dials once and returns when the link is gone: whether it had come up.
    private func link(_ number: Int) async -> Bool {
        let (endings, ending) = AsyncStream<Bool>.makeStream()
        let events = LinkEvents(
            opened: { self.opened($0) }, received: { self.received($1, on: $0) },
            closed: { connection, error in
                ending.yield(self.closed(connection, error))
                ending.finish()
            })
        do {
            let end = try await LinkClient.connect(
                host: target.host, port: target.port, context: target.context, number: number,
                silenceLimit: .seconds(30), on: loop, events: events)
            // A connection that ends before its handshake tells no other event.
            end.whenComplete { _ in ending.finish() }
        } catch {
            log.info("center not reached", metadata: ["error": "\(error)"])
            return false
        }
        for await wasUp in endings { return wasUp }
        return false
    }

    // MARK: On the loop

    private var current: LinkConnection? {
        switch phase.value {
        case .down: nil
        case .greeting(let connection), .up(let connection): connection
        }
    }

    private func opened(_ connection: LinkConnection) {
        phase.value = .greeting(connection)
        let hello = AgentHello(
            protocols: LinkProtocol.versions, agentVersion: ElvesVersion.current, holding: desk.holding,
            status: status)
        connection.send(AgentFrame.hello(hello).bytes)
    }

    private func received(_ bytes: [UInt8], on connection: LinkConnection) {
        let frame: CenterFrame
        do { frame = try CenterFrame(bytes: bytes) } catch {
            log.error("the center sent a frame that cannot be read", metadata: ["error": "\(error)"])
            return connection.close()
        }
        switch frame {
        case .welcome(let welcome):
            phase.value = .up(connection)
            log.info("linked to the center")
            desk.linked(connection)
            keeper.want(welcome.apps)
            scheduleBeats(every: welcome.heartbeat, on: connection)
            // Half of what an agent holds by now is pages that only its start needed.
            loop.scheduleTask(in: .seconds(2)) { elves_release_memory() }
            welcomed()
        case .refuse(let reason):
            log.error("the center refused this agent", metadata: ["reason": "\(reason)"])
            connection.close()
        case .heartbeat: break
        case .apps(let apps): keeper.want(apps)
        case .run(let order): desk.received(order)
        case .cancel(let task): desk.cancelled(task)
        case .acknowledge(let task): desk.acknowledged(task)
        }
    }

    private func closed(_ connection: LinkConnection, _ error: (any Error)?) -> Bool {
        let wasUp = if case .up = phase.value { true } else { false }
        phase.value = .down
        desk.unlinked(connection)
        log.info("link lost", metadata: ["cause": "\(error.map { "\($0)" } ?? "closed by the center")"])
        return wasUp
    }

    private func scheduleBeats(every interval: Duration, on connection: LinkConnection) {
        loop.scheduleTask(in: TimeAmount(interval)) {
            guard case .up(let now) = self.phase.value, now.number == connection.number else { return }
            self.keeper.retry()
            self.executor.sweep()
            self.desk.sweep()
            self.beat()
            // An agent is idle most of its life, on somebody else's host.
            if self.desk.hasCalmedDown() { elves_release_memory() }
            self.scheduleBeats(every: interval, on: connection)
        }
    }

    private func beat() {
        guard case .up(let connection) = phase.value else { return }
        connection.send(
            AgentFrame.heartbeat(status).bytes)
    }

    private var status: AgentStatus {
        AgentStatus(apps: keeper.reports, facts: HostFacts.collect(), missingLayers: executor.missingLayers)
    }
}
