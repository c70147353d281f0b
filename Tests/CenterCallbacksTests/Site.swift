import CenterCallbacks
import ElvesBus
import ElvesJSON
import ElvesModel
import ElvesStore
import ElvesWebhooks
import Foundation
import Logging
import NIOPosix
import Synchronization

let noon = Timestamp(microseconds: 1_750_000_000_000_000)

func seconds(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: noon.microseconds + seconds * 1_000_000) }

/// A wall clock and timers that stand until they are moved.
final class HandTime: Sendable {
    private struct State {
        var now: Timestamp
        var timers: [Int: (at: Timestamp, fire: @Sendable () -> Void)] = [:]
        var last = 0
    }

    private let state: Mutex<State>
    private let begin: Timestamp
    /// Yields the delay of every timer that is started.
    let started: AsyncStream<Duration>
    private let start: AsyncStream<Duration>.Continuation

    init(at begin: Timestamp) {
        self.begin = begin
        state = Mutex(State(now: begin))
        (started, start) = AsyncStream.makeStream()
    }

    var now: Timestamp { state.withLock { $0.now } }
    var clocks: Clocks { Clocks(wall: { self.now }, monotonic: { self.now - self.begin }) }

    var timers: Timers {
        Timers { delay, fire in
            let number = self.state.withLock { state in
                state.last += 1
                let at = Timestamp(microseconds: state.now.microseconds + delay.milliseconds * 1000)
                state.timers[state.last] = (at, fire)
                return state.last
            }
            self.start.yield(delay)
            return { self.state.withLock { $0.timers[number] = nil } }
        }
    }

    /// Goes on to a time, and fires what is due by then.
    func move(to time: Timestamp) {
        let due = state.withLock { state in
            state.now = time
            let due = state.timers.filter { $0.value.at <= time }
            for number in due.keys { state.timers[number] = nil }
            return due.values.map(\.fire)
        }
        for fire in due { fire() }
    }
}

/// A store that shows what is settled and disabled in it.
struct WatchedStore: CallbackStore {
    let store: SQLiteStore
    let settled: AsyncStream<DeliveryRecord>
    /// The reasons for which endpoints are disabled.
    let disabled: AsyncStream<String>
    private let settle: AsyncStream<DeliveryRecord>.Continuation
    private let disable: AsyncStream<String>.Continuation

    init(_ store: SQLiteStore) {
        self.store = store
        (settled, settle) = AsyncStream.makeStream()
        (disabled, disable) = AsyncStream.makeStream()
    }

    func settle(_ delivery: DeliveryRecord) async throws(StoreError) {
        try await store.settle(delivery)
        settle.yield(delivery)
    }

    func callbackEndpoint(of app: AppName) async throws(StoreError) -> CallbackEndpoint? {
        try await store.callbackEndpoint(of: app)
    }
    func callbackEndpoints() async throws(StoreError) -> [CallbackEndpoint] { try await store.callbackEndpoints() }
    func set(_ endpoint: CallbackEndpoint) async throws(StoreError) { try await store.set(endpoint) }
    func removeCallbackEndpoint(of app: AppName, at now: Timestamp) async throws(StoreError) {
        try await store.removeCallbackEndpoint(of: app, at: now)
    }
    func disableCallbackEndpoint(of app: AppName, reason: String, at now: Timestamp) async throws(StoreError) {
        try await store.disableCallbackEndpoint(of: app, reason: reason, at: now)
        disable.yield(reason)
    }
    func dueDeliveries(at now: Timestamp, perEndpoint limit: Int) async throws(StoreError) -> [DueDeliveries] {
        try await store.dueDeliveries(at: now, perEndpoint: limit)
    }
    func nextDelivery(after now: Timestamp) async throws(StoreError) -> Timestamp? { try await store.nextDelivery(after: now) }
    func delivery(_ id: DeliveryID) async throws(StoreError) -> DeliveryRecord? { try await store.delivery(id) }
    func deadDeliveries(of app: AppName?, limit: Int) async throws(StoreError) -> [DeliveryRecord] {
        try await store.deadDeliveries(of: app, limit: limit)
    }
    func redeliver(_ id: DeliveryID, at now: Timestamp) async throws(StoreError) { try await store.redeliver(id, at: now) }
    func forgetDeliveries(deliveredBefore: Timestamp, deadBefore: Timestamp) async throws(StoreError) {
        try await store.forgetDeliveries(deliveredBefore: deliveredBefore, deadBefore: deadBefore)
    }
}

/// Callbacks of a center over a real store, with time in the test's hand.
final class Site: Sendable {
    let time: HandTime
    let bus = InMemoryBus()
    let store: WatchedStore
    private let sender: CallbackSender

    private init(
        _ store: SQLiteStore, from begin: Timestamp, allowed: [String], resolve: @escaping CallbackPost.Resolver
    ) throws {
        time = HandTime(at: begin)
        self.store = WatchedStore(store)
        // No jitter: 200 of 0 to 400 is the middle.
        let randomness = Randomness { count in count == 4 ? [0, 0, 0, 200] : Randomness.system.bytes(count) }
        let post = try CallbackPost(
            policy: EndpointPolicy(allowed: allowed.map { try EndpointPolicy.Allowance($0) }),
            on: MultiThreadedEventLoopGroup.singleton, resolve: resolve)
        sender = CallbackSender(
            store: self.store, post: post, clocks: time.clocks, timers: time.timers, randomness: randomness,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        sender.attach(to: bus)
        ProcessorDesk(store: self.store, sender: sender, post: post, clocks: time.clocks, randomness: randomness).attach(
            to: bus)
    }

    /// - Parameter next: Called with another center on the same folder: as if the first had been killed.
    static func with(
        apps: [String] = ["hello"], from begin: Timestamp = noon, allowed: [String] = ["127.0.0.1", "receiver.test"],
        resolve: @escaping CallbackPost.Resolver = { _ in [NetworkAddress("127.0.0.1")].compactMap(\.self) },
        _ body: @escaping @Sendable (Site) async throws -> Void, next: (@Sendable (Site) async throws -> Void)? = nil
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "elves-callbacks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "center.sqlite").path(percentEncoded: false)
        for (index, body) in [body, next].compactMap(\.self).enumerated() {
            let store = try SQLiteStore(path: path)
            if index == 0 { for app in apps { try await store.publish(version(of: app)) } }
            let site = try Site(store, from: begin, allowed: allowed, resolve: resolve)
            let running = Task { await site.sender.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body(site)) } catch { result = .failure(error) }
            running.cancel()
            await running.value
            try result.get()
        }
    }

    func set(_ url: String, for app: String = "hello") async throws -> String? {
        try await bus.call(SetProcessor(app: try AppName(app), url: url), trace: TraceID("t"))
    }

    /// Writes callbacks down and says so.
    @discardableResult
    func add(_ ids: String..., app: String = "hello", body: String = #"{"type":"task.ended"}"#) async throws -> [DeliveryRecord]
    {
        let records = try ids.map {
            DeliveryRecord(id: try DeliveryID($0), app: try AppName(app), body: body, createdAt: time.now)
        }
        try await store.store.add(records)
        bus.cast(CallbacksDue(), trace: TraceID("t"))
        return records
    }

    /// The next one that is settled.
    func nextSettled() async -> DeliveryRecord? { await store.settled.first { _ in true } }

    private static func version(of app: String) throws -> VersionRecord {
        VersionRecord(
            app: try AppName(app), version: try AppVersion("1.0.0"), digest: Digest(bytes: Array(repeating: 1, count: 32)),
            size: 1, title: app, publishedAt: noon, manifest: nil, publishedBy: nil)
    }
}
