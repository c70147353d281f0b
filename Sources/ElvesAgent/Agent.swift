package import ElvesApps
import ElvesFiles
import ElvesHTTPClient
import ElvesLink
package import ElvesModel
import ElvesPolicy
package import ElvesSandbox
import Foundation
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A whole agent: builds its parts around one event loop and runs them.
package struct Agent: Service {
    private let services: [any Service]
    private let log: Logger
    private let lock: FolderLock
    package let identity: AgentIdentity

    /// Where a center is.
    package struct Target: Sendable {
        let center: String
        let link: Endpoint

        /// - Parameters:
        ///   - center: Its HTTP address.
        ///   - link: Where its links listen.
        package init(center: String, link: Endpoint) {
            self.center = center
            self.link = link
        }
    }

    /// Opens the agent's data folder and brings the apps online that were online when it last ended.
    ///
    /// - Parameters:
    ///   - folder: What `AgentJoin.join` made.
    ///   - target: Where the center is now, if not where it was at the join.
    ///   - intake: Reads the archives that the center sends.
    ///   - verifyPeriod: In which the files of each stored version are read again once.
    ///   - reviewPeriod: In which what runs is held against policies, opt-outs and what may be granted again.
    ///   - ready: Called at every welcome of the center.
    /// - Throws: `AgentError`, or what is wrong with launcher, policies or folder.
    package init(
        folder: String, installation: Installation, intake: any Intake, clocks: Clocks, randomness: Randomness, log: Logger,
        target: Target? = nil, verifyPeriod: Duration = .seconds(600),
        reviewPeriod: Duration = .seconds(60), ready: @escaping @Sendable () -> Void
    ) async throws {
        self.log = log
        identity = try AgentIdentity.load(from: folder)
        do { lock = try FolderLock(folder + "/agent.lock") } catch {
            throw error == .taken ? AgentError.inUse(folder) : AgentError.folderNotWritable(folder)
        }
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let sockets = folder + "/run"
        try? FileManager.default.removeItem(atPath: sockets)
        try FileManager.default.createDirectory(atPath: sockets, withIntermediateDirectories: true)
        let executor = Executor(
            factory: RuntimeFactory(
                policies: installation.policies, host: try SandboxHost(launcher: installation.launcher),
                sockets: sockets, secrets: .folder(folder + "/secrets"), loop: loop, clocks: clocks, log: log),
            clocks: clocks)
        let store = try AppStore.open(at: folder + "/store", intake: intake)
        for finding in store.openingReport.findings { log.warning("app store: \(finding)") }
        let spool = try Spool(path: folder + "/spool.jsonl", loop: loop, now: clocks.wall())
        if spool.unreadable > 0 { log.warning("the spool ended in a torn line, as a killed agent leaves it") }
        if let trouble = spool.trouble { log.error("\(trouble): results survive only as long as this agent runs") }

        let context = try LinkTLS.client(
            certificatePEM: identity.certificate, keyPEM: identity.key, authorityPEM: identity.authority)
        let center = try CenterURL(target?.center ?? identity.center)
        let repository = try TrustedRepository(
            folder: folder + "/repository", center: center, authorityPEM: center.isHTTPS ? identity.authority : nil,
            clocks: clocks, log: log)
        let keeper = AppKeeper(
            store: store, repository: repository, executor: executor, center: center, authorityPEM: identity.authority,
            downloads: try Downloads(folder: folder + "/downloads"), clocks: clocks, log: log)
        await keeper.restore()
        let pins = PinnedVersions(keeper: keeper, executor: executor, clocks: clocks)
        let desk = TaskDesk(spool: spool, executor: executor, pins: pins, loop: loop, clocks: clocks, log: log)
        let link = LinkKeeper(
            .init(
                host: target?.link.host ?? identity.linkHost, port: target?.link.port ?? identity.linkPort, context: context),
            desk: desk, keeper: keeper,
            executor: executor, loop: loop, randomness: randomness, log: log, welcomed: ready)
        services = [
            link, keeper, StoreSweep(store: store, keeper: keeper, period: verifyPeriod),
            RuntimeReview(keeper: keeper, period: reviewPeriod),
        ]
    }

    package func run() async throws {
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        try await ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                logger: quiet)
        ).run()
    }
}
