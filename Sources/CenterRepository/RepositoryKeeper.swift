package import ElvesBus
package import ElvesModel
package import ElvesProtocol
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
        bus.serve(FindGrantRefusal.self) { message, _ in
            let now = self.clocks.wall()
            return self.read { $0.refusal(of: message.grants, for: message.app, now: now) }
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
        var warned: Duration?
        for await _ in ticks.cancelOnGracefulShutdown() {
            await renew()
            let time = clocks.monotonic()
            if warned.map({ time - $0 >= .seconds(86400) }) ?? true {
                warned = time
                warn()
            }
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

    private func warn() {
        let now = clocks.wall()
        for line in read({ $0.expiring(now: now) }) {
            log.warning("signed metadata expires soon, and agents install nothing then", metadata: ["what": "\(line)"])
        }
    }

    // MARK: Taking in

    /// Takes metadata in, all of it or nothing. Returns when it would survive a loss of power.
    ///
    /// - Throws: `RepositoryRefusal`.
    package func take(_ upload: [RoleText], files: [String: String] = [:]) async throws {
        var archives: [Digest: Int64] = [:]
        for digest in try await Self.aside({ RepositoryState.archives(in: upload) }) {
            archives[digest] = try await bus.call(FindArchive(digest: digest), trace: randomness.id())
        }
        let (now, sizes) = (clocks.wall(), archives)
        guard try await change({ try $0.take(upload, archives: sizes, files: files, now: now) }) else { return }
        let roles = read { state in
            Set(upload.map(\.role)).sorted().map { "\($0) \(state.version(of: $0) ?? 0)" }.joined(separator: ", ")
        }
        log.info("metadata taken in", metadata: ["roles": "\(roles)"])
    }

    /// The state for administrators.
    func view() async throws -> RepositoryView {
        let (state, now) = (read { copy $0 }, clocks.wall())
        return try await Self.aside { state.view(now: now) }
    }

    /// Away from the event loop: reading and verifying metadata takes as long as callers would notice.
    private static func aside<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(work)
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
    /// - Returns: The same.
    @discardableResult
    private func change(_ decide: @escaping @Sendable (inout RepositoryState) throws -> Bool) async throws -> Bool {
        try await Self.aside {
            try self.changing.withLock { _ in
                let before = self.state.withLock { $0 }
                var next = before
                guard try decide(&next) else { return false }
                try self.folder.save(next, after: before)
                self.state.withLock { $0 = next }
                return true
            }
        }
    }
}
