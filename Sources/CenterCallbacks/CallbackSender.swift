package import ElvesBus
package import ElvesModel
package import ElvesStore
import ElvesWebhooks
package import Logging
import ServiceLifecycle
import Synchronization

/// Tells the apps' processors of the ends of tasks: carries what is due to the lanes of `EndpointLane` and does what they decide.
///
/// The store is the list of what has to be done, so a center that dies in the middle goes on with it: a callback is delivered at
/// least once, under one id. What is in flight when the center ends is sent again by the next.
package final class CallbackSender: Service {
    /// How long until the store is looked into again, whatever is due: a wall clock may jump.
    private static let patience = Duration.seconds(60)
    /// How long until a store is tried again that failed.
    private static let retryPause = Duration.seconds(1)
    /// How long a delivered callback can be asked for again, and one that was given up.
    private static let deliveredLife = Duration.seconds(3 * 86_400)
    private static let deadLife = Duration.seconds(30 * 86_400)
    private static let sweepInterval = Duration.seconds(3600)

    private let store: any CallbackStore
    private let post: CallbackPost
    private let clocks: Clocks
    private let timers: Timers
    private let randomness: Randomness
    private let log: Logger
    private struct State {
        var lanes: [AppName: EndpointLane] = [:]
        /// What was settled while the store is read: what was read of it may be older. Nil while it is not.
        var settledMeanwhile: Set<DeliveryID>?
    }

    private let state = Mutex(State())
    private let (wakes, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    package init(
        store: any CallbackStore, post: CallbackPost, clocks: Clocks, timers: Timers, randomness: Randomness, log: Logger
    ) {
        self.store = store
        self.post = post
        self.clocks = clocks
        self.timers = timers
        self.randomness = randomness
        self.log = log
    }

    /// Takes its place on the bus.
    package func attach(to bus: any Bus) {
        bus.receive(CallbacksDue.self) { _, _ in self.wakeUp.yield() }
    }

    /// Looks again at what is due.
    func wake() { wakeUp.yield() }

    /// An endpoint was set anew: what was known of the one before counts no more.
    func replaced(_ app: AppName) {
        state.withLock { $0.lanes[app]?.replaced() }
        wakeUp.yield()
    }

    /// Sends what is due, until the center stops.
    package func run() async {
        wakeUp.yield()
        await withDiscardingTaskGroup { group in
            var cancel: (@Sendable () -> Void)?
            var sweptAt: Duration?
            for await _ in wakes.cancelOnGracefulShutdown() {
                cancel?()
                do {
                    try await sweepIfDue(&sweptAt)
                    for (endpoint, delivery) in try await takeDue() {
                        group.addTask { await self.attempt(delivery, to: endpoint) }
                    }
                    cancel = timers.start(try await untilNext()) { self.wakeUp.yield() }
                } catch {
                    log.error("callbacks could not be read; trying again", metadata: ["error": "\(error)"])
                    cancel = timers.start(Self.retryPause) { self.wakeUp.yield() }
                }
            }
            cancel?()
            group.cancelAll()
        }
    }

    private func sweepIfDue(_ sweptAt: inout Duration?) async throws(StoreError) {
        let time = clocks.monotonic()
        guard sweptAt.map({ time - $0 >= Self.sweepInterval }) ?? true else { return }
        sweptAt = time
        let now = clocks.wall()
        try await store.forgetDeliveries(
            deliveredBefore: Self.earlier(now, by: Self.deliveredLife), deadBefore: Self.earlier(now, by: Self.deadLife))
    }

    private func takeDue() async throws(StoreError) -> [(CallbackEndpoint, DeliveryRecord)] {
        let now = clocks.wall()
        // Twice the width: what is in flight is due as well.
        state.withLock { $0.settledMeanwhile = [] }
        defer { state.withLock { $0.settledMeanwhile = nil } }
        let due = try await store.dueDeliveries(at: now, perEndpoint: 2 * EndpointLane.width)
        return state.withLock { state in
            state.lanes = state.lanes.filter { !$0.value.isIdle(at: now) }
            return due.flatMap { due in
                let offered = due.deliveries.filter { state.settledMeanwhile?.contains($0.id) != true }
                    .map { EndpointLane.Delivery(id: $0.id, attempts: $0.attempts) }
                let effects = state.lanes[due.endpoint.app, default: EndpointLane()].offered(offered, at: now)
                return due.deliveries.filter { effects.contains(.send($0.id)) }.map { (due.endpoint, $0) }
            }
        }
    }

    /// The time until something is due, or may be sent again.
    private func untilNext() async throws(StoreError) -> Duration {
        let now = clocks.wall()
        let pauses = state.withLock { $0.lanes.values.compactMap(\.pausedUntil) }.filter { $0 > now }
        let next = (pauses + [try await store.nextDelivery(after: now)].compactMap(\.self)).min()
        return min(next.map { $0 - now } ?? Self.patience, Self.patience)
    }

    // MARK: One attempt

    private func attempt(_ delivery: DeliveryRecord, to endpoint: CallbackEndpoint) async {
        let answer = await answer(to: delivery, from: endpoint)
        // A center that stops has nothing to say about the endpoint: the next one tries again.
        if Task.isCancelled, !answer.isSuccess { return }
        let now = clocks.wall()
        let jitter = Jitter(from: randomness)
        let effects = state.withLock {
            $0.lanes[endpoint.app, default: EndpointLane()].answered(delivery.id, answer, jitter, at: now)
        }
        for effect in effects { await perform(effect, delivery, now) }
        state.withLock { state in
            state.lanes[endpoint.app]?.settled(delivery.id)
            state.settledMeanwhile?.insert(delivery.id)
        }
        wakeUp.yield()
    }

    private func answer(to delivery: DeliveryRecord, from endpoint: CallbackEndpoint) async -> DeliveryAnswer {
        let now = clocks.wall()
        let secrets = endpoint.secrets.filter { $0.until.map { now < $0 } ?? true }.compactMap { try? WebhookSecret($0.text) }
        let body = Array(delivery.body.utf8)
        return await post.send(
            body, headers: WebhookSignature.headers(delivery.id, at: now, body: body, secrets: secrets), to: endpoint.url,
            attempt: delivery.attempts + 1, timers: timers, clocks: clocks)
    }

    private func perform(_ effect: EndpointLane.Effect, _ delivery: DeliveryRecord, _ now: Timestamp) async {
        let app = delivery.app
        switch effect {
        case .send: break
        case .settle(let id, let verdict):
            var settled = delivery
            settled.problem = nil
            settled.dueAt = now
            switch verdict {
            case .delivered(let attempts):
                (settled.state, settled.attempts) = (.delivered, attempts)
            case .again(let attempts, let next, let problem):
                (settled.attempts, settled.dueAt, settled.problem) = (attempts, next, problem)
                log.info("callback failed", metadata: metadata(id, app, attempts, problem))
            case .dead(let attempts, let problem):
                (settled.state, settled.attempts, settled.problem) = (.dead, attempts, problem)
                log.warning("callback given up", metadata: metadata(id, app, attempts, problem))
            }
            let record = settled
            await keep { () throws(StoreError) in try await self.store.settle(record) }
        case .disable(let reason):
            log.warning("processor gets no callbacks any more", metadata: ["app": "\(app)", "reason": "\(reason)"])
            await keep { () throws(StoreError) in
                try await self.store.disableCallbackEndpoint(of: app, reason: reason, at: now)
            }
        }
    }

    private func metadata(_ id: DeliveryID, _ app: AppName, _ attempts: Int, _ problem: String) -> Logger.Metadata {
        ["delivery": "\(id)", "app": "\(app)", "attempts": "\(attempts)", "problem": "\(problem)"]
    }

    /// Tries until it is durable, or the center stops: until then the delivery counts as in flight, and is not sent again.
    private func keep(_ change: () async throws(StoreError) -> Void) async {
        while true {
            do { return try await change() } catch {
                log.error("what became of a callback could not be recorded; trying again", metadata: ["error": "\(error)"])
                let (ends, end) = AsyncStream<Void>.makeStream()
                let cancel = timers.start(Self.retryPause) { end.finish() }
                for await _ in ends {}
                cancel()
                if Task.isCancelled { return }
            }
        }
    }

    private static func earlier(_ time: Timestamp, by life: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds - life.milliseconds * 1000)
    }
}
