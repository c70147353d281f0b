package import ElvesBus
package import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import Foundation
package import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Keeps the signed metadata of the apps: takes in what administrators and authors signed, signs what makes it current, and
/// renews that before it expires.
///
/// Every change is durable before it is served. One change is made at a time, on a thread of its own, since it waits for the
/// disk; what is served meanwhile is the state before.
package final class RepositoryKeeper: Service {
    /// How often it is looked whether something is due. Short, since a wall clock may jump.
    private static let interval: Duration = .seconds(300)

    let clocks: Clocks
    private let bus: any Bus
    private let timers: Timers
    private let randomness: Randomness
    private let log: Logger
    private let folder: MetadataFolder
    private let keys: OnlineKeys
    private let state: Mutex<RepositoryState>
    /// Held for the whole of a change.
    private let changing = Mutex<Void>(())

    /// Opens the folder, or makes it.
    ///
    /// - Throws: If the folder cannot be written, or does not hold what was written there.
    package init(
        path: String, bus: any Bus, clocks: Clocks, timers: Timers, randomness: Randomness, log: Logger
    ) throws {
        self.clocks = clocks
        self.bus = bus
        self.timers = timers
        self.randomness = randomness
        self.log = log
        folder = try MetadataFolder(path: path + "/metadata")
        keys = try OnlineKeys(path: path + "/keys", randomness: randomness)
        let onlineKeys = try keys.load()
        state = Mutex(try folder.load(onlineKeys: onlineKeys) ?? RepositoryState(onlineKeys: onlineKeys))
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.serve(FindSignedVersion.self) { message, _ in
            let now = self.clocks.wall()
            return self.read { $0.find(message.app, message.version, now: now) }
        }
        bus.serve(FindTrustRoot.self) { _, _ in
            self.read { $0.roots.last.map { String(decoding: $0.bytes, as: UTF8.self) } }
        }
    }

    func read<T>(_ question: (borrowing RepositoryState) -> T) -> T { state.withLock { question($0) } }

    func path(of role: String, version: Int64) -> String { folder.path(of: role, version: version) }

    // MARK: Renewing

    /// Renews what is due, until the center stops.
    package func run() async throws {
        let (ticks, tick) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        tick.yield()
        var cancel: (@Sendable () -> Void)?
        for await _ in ticks.cancelOnGracefulShutdown() {
            await renew()
            cancel = timers.start(Self.interval) { tick.yield() }
        }
        cancel?()
    }

    private func renew() async {
        let now = clocks.wall()
        do {
            try await change { try $0.renew(now: now) }
        } catch {
            // The next look tries again; agents keep what they have until the timestamp expires.
            log.error("the repository's metadata could not be renewed", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Taking in

    /// Takes metadata in, all of it or nothing. Returns when it would survive a loss of power.
    ///
    /// - Throws: `RepositoryRefusal`.
    func take(_ upload: [RoleText]) async throws {
        var archives: [Digest: Int64] = [:]
        for digest in RepositoryState.archives(in: upload) {
            archives[digest] = try await bus.call(FindArchive(digest: digest), trace: randomness.id())
        }
        let (now, sizes) = (clocks.wall(), archives)
        try await change { state in
            try state.take(upload, archives: sizes, now: now)
            return true
        }
        log.info("metadata taken in", metadata: ["roles": "\(upload.map(\.role).joined(separator: " "))"])
    }

    /// Makes a new key for snapshot and timestamp. It counts from the root on that names it.
    func addOnlineKey() async throws {
        let keys = keys
        try await change { state in
            state.onlineKeys.append(try keys.makeKey(number: state.onlineKeys.count + 1))
            return true
        }
    }

    /// - Parameter decide: Says whether it has changed anything.
    private func change(_ decide: @escaping @Sendable (inout RepositoryState) throws -> Bool) async throws {
        try await NIOThreadPool.singleton.runIfActive {
            try self.changing.withLock { _ in
                let before = self.state.withLock { $0 }
                var next = before
                guard try decide(&next) else { return }
                try self.folder.save(next, after: before)
                self.state.withLock { $0 = next }
            }
        }
    }
}
