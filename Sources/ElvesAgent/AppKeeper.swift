import ElvesApps
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol
import Foundation
import Logging
import NIOPosix
import ServiceLifecycle
import Synchronization

/// Brings the apps of this host to where the center wants them: downloads, verifies, installs, switches, and takes away.
///
/// What is wanted is a state, not a list of steps: whatever came in between, the newest word counts, and what failed is
/// tried again with every heartbeat. An app that cannot be brought to its version stays on the one it has.
final class AppKeeper: Service {
    private struct State {
        var wanted: [AppAssignment]?
        var problems: [AppName: (version: AppVersion?, text: String)] = [:]
        /// The archive that is being fetched or installed.
        var installing: Digest?
        /// What was found changed last, until the agent ends.
        var quarantines: [AppName: Quarantine] = [:]
        /// Whether what runs is to be held against policies, opt-outs and ceiling again.
        var isReviewDue = false
    }

    private let state = Mutex(State())
    private let turns = Turns()
    let store: AppStore
    let repository: TrustedRepository
    let executor: Executor
    private let center: CenterURL
    private let authorityPEM: String
    private let downloads: Downloads
    private let clocks: Clocks
    let log: Logger
    /// One element, at least, after each time an app went online or offline or a problem came or went.
    let changes: AsyncStream<Void>
    private let change: AsyncStream<Void>.Continuation
    private let (wakeUps, wakeUp) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))

    init(
        store: AppStore, repository: TrustedRepository, executor: Executor, center: CenterURL, authorityPEM: String,
        downloads: Downloads, clocks: Clocks, log: Logger
    ) {
        self.store = store
        self.repository = repository
        self.executor = executor
        self.center = center
        self.authorityPEM = authorityPEM
        self.downloads = downloads
        self.clocks = clocks
        self.log = log
        (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Runs what was online when the agent ended: a host works without its center.
    func restore() async {
        for case .quarantined(let key, let reason, let place) in store.openingReport.findings {
            condemn(key, finding: reason)
            noteQuarantine(key, finding: "\(reason); kept for the operator in \(place)")
        }
        for listed in store.online() {
            guard (try? await onThread({ self.inspect(listed.installed.key) })) == true else { continue }
            do {
                let runtime = try await prepare(listed.installed, grants: listed.grants, before: listed.grants)
                executor.bringOnline(runtime, retired: {})
            } catch {
                note("\(error)", for: listed.installed.key)
            }
        }
    }

    func want(_ apps: [AppAssignment]) {
        state.withLock { $0.wanted = apps }
        wakeUp.yield()
    }

    /// Tries again what failed.
    func retry() {
        if state.withLock({ !$0.problems.isEmpty }) { wakeUp.yield() }
    }

    /// Looks again whether what runs may go on as it does.
    func askForReview() {
        state.withLock { $0.isReviewDue = true }
        wakeUp.yield()
    }

    private func takeReview() -> Bool {
        state.withLock { state in
            defer { state.isReviewDue = false }
            return state.isReviewDue
        }
    }

    /// How each app stands, for the center.
    var reports: [AppReport] {
        let (wanted, problems, quarantines) = state.withLock { ($0.wanted ?? [], $0.problems, $0.quarantines) }
        let online = executor.online
        let names = Set(wanted.map(\.app)).union(online.keys).union(problems.keys).union(quarantines.keys)
        return names.sorted().map {
            AppReport(
                app: $0, online: online[$0]?.version, problem: problems[$0]?.text, problemVersion: problems[$0]?.version,
                quarantine: quarantines[$0], policy: executor.policy(of: $0))
        }
    }

    func run() async throws {
        // A download that is under way is given up: it goes on at the next start.
        await cancelWhenGracefulShutdown {
            for await _ in self.wakeUps {
                if self.takeReview() { await self.review() }
                await self.reconcile()
            }
        }
    }

    private func reconcile() async {
        guard let wanted = state.withLock({ $0.wanted }) else { return }
        let names = Set(wanted.map(\.app))
        for app in executor.online.keys where !names.contains(app) { takeOffline(app) }
        for listed in store.online() where !names.contains(listed.installed.manifest.name) {
            _ = try? store.remove(listed.installed.manifest.name)
        }
        state.withLock { state in state.problems = state.problems.filter { names.contains($0.key) } }
        let installing = state.withLock { $0.installing }
        downloads.keepOnly(wanted.map(\.digest) + [installing].compactMap { $0 })
        for assignment in wanted {
            do {
                if try await bring(assignment) { change.yield() }
                if state.withLock({ $0.problems.removeValue(forKey: assignment.app) }) != nil { change.yield() }
            } catch {
                note("\(error)", for: AppKey(app: assignment.app, version: assignment.version))
                log.error(
                    "app not brought online",
                    metadata: ["app": "\(assignment.app)", "version": "\(assignment.version)", "error": "\(error)"])
                change.yield()
            }
        }
    }

    /// - Returns: Whether something changed.
    private func bring(_ wanted: AppAssignment) async throws -> Bool {
        let key = AppKey(app: wanted.app, version: wanted.version)
        let isThere = store.digest(of: key) == wanted.digest
        if executor.online[wanted.app] == key, isThere, executor.grants(of: wanted.app) == wanted.grants {
            return false
        }
        let runtime = try await prepare(wanted)
        do {
            _ = try await onThread { [store] in
                try store.activate(wanted.app, version: wanted.version, grants: wanted.grants)
            }
        } catch {
            runtime.drain {}
            throw error
        }
        executor.bringOnline(runtime) { self.pruneLater() }
        pruneLater()
        log.info("app online", metadata: ["app": "\(wanted.app)", "version": "\(wanted.version)"])
        return true
    }

    /// Makes a version ready that is wanted, with what it is granted as far as that may be.
    func prepare(_ wanted: AppAssignment) async throws -> AppRuntime {
        let installed = try await install(wanted)
        if !wanted.grants.isEmpty { await inTurn { await self.repository.refreshCeiling() } }
        let listed = store.online().first { $0.installed.manifest.name == wanted.app }
        return try await prepare(installed, grants: wanted.grants, before: listed?.grants ?? [])
    }

    func prepare(_ app: InstalledApp, grants: [Grant], before: [Grant]) async throws -> AppRuntime {
        let ceiling = try await repository.ceiling(for: app.manifest.name, grants: grants, before: before)
        return try await executor.prepare(app, grants: grants, ceiling: ceiling)
    }

    /// The trusted metadata and the downloads are files that each one writes: one at a time.
    func inTurn<T: Sendable>(_ body: () async -> T) async -> T {
        await turns.take()
        let result = await body()
        await turns.giveBack()
        return result
    }

    /// A version as it was signed and installed, its files read once more: the one that is there, or a copy that is fetched.
    func install(_ wanted: AppAssignment) async throws -> InstalledApp {
        let result: Result<InstalledApp, any Error> = await inTurn {
            state.withLock { $0.installing = wanted.digest }
            defer { state.withLock { $0.installing = nil } }
            do { return .success(try await installAlone(wanted)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private func installAlone(_ wanted: AppAssignment) async throws -> InstalledApp {
        let key = AppKey(app: wanted.app, version: wanted.version)
        try await repository.mayRun(wanted.app, wanted.version)
        if store.digest(of: key) == wanted.digest, try await onThread({ self.inspect(key) }),
            let there = store.installed(wanted.app, version: wanted.version)
        {
            // An agent that was killed after the install has not noted it yet.
            try await repository.note(installed: wanted.app, wanted.version, floor: nil)
            return there
        }
        return try await fetch(wanted, ExpectedArchive(digest: wanted.digest, size: UInt64(wanted.size)))
    }

    private func fetch(_ wanted: AppAssignment, _ expected: ExpectedArchive) async throws -> InstalledApp {
        let floor = try await repository.verify(wanted)
        let file = try await CenterClient.withAuthority(
            center, authorityPEM: center.isHTTPS ? authorityPEM : nil, silenceLimit: .seconds(30)
        ) { client in
            try await downloads.fetch(wanted.digest, size: wanted.size, client)
        }
        let installed: InstalledApp
        do {
            installed = try await onThread { [store] in
                try store.install(archive: file, app: wanted.app, version: wanted.version, expected: expected)
            }
            downloads.remove(wanted.digest)
        } catch AppStoreError.archive(.wrongDigest(let digest, let expected)) {
            // Fetched anew: what is there is not the beginning of what was announced.
            downloads.remove(wanted.digest)
            throw AppStoreError.archive(.wrongDigest(digest, expected: expected))
        }
        try await repository.note(installed: wanted.app, wanted.version, floor: floor)
        return installed
    }

    func noteQuarantine(_ key: AppKey, finding: String) {
        let quarantine = Quarantine(version: key.version, at: clocks.wall(), finding: finding)
        state.withLock { state in
            state.quarantines[key.app] = quarantine
            if executor.online[key.app] == nil { state.problems[key.app] = (key.version, finding) }
        }
        change.yield()
        wakeUp.yield()
    }

    func takeOffline(_ app: AppName) {
        executor.takeOffline(app) { self.pruneLater() }
        log.info("app offline", metadata: ["app": "\(app)"])
        change.yield()
    }

    /// Removes versions that nobody runs any more, if there is too much; on a thread of its own, since it is told on the agent's loop.
    func pruneLater() {
        let wanted = state.withLock { $0.wanted ?? [] }.map { AppKey(app: $0.app, version: $0.version) }
        NIOThreadPool.singleton.submit { [store, executor, log] _ in
            do { try store.prune(keeping: executor.live.union(wanted)) } catch {
                log.warning("old versions could not be removed", metadata: ["error": "\(error)"])
            }
        }
    }

    func note(_ problem: String, for key: AppKey) {
        state.withLock { $0.problems[key.app] = (key.version, problem) }
    }

    private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}
