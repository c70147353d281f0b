import CenterCallbacks
import CenterCron
import CenterHeartbeat
import CenterLink
import CenterOpenAPI
import CenterQueue
import CenterRepository
import CenterScheduler
import CenterSupervisor
package import ElvesApps
import ElvesBus
import ElvesCron
import ElvesFiles
import ElvesHTTP
import ElvesJSON
import ElvesLink
package import ElvesModel
import ElvesProtocol
import ElvesStore
import ElvesWebhooks
import Foundation
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

/// A whole center in one process: builds the components around a bus and a store, and runs them.
package struct Center: Service {
    private let services: [any Service]
    private let log: Logger
    private let executor: LoopExecutor
    private let lock: FolderLock

    /// Where the center can be reached, once `run` listens.
    package struct Addresses: Sendable {
        /// With scheme: `https://127.0.0.1:8443`.
        package let http: String
        package let link: Endpoint
    }

    /// Opens the store and the folders, makes what does not exist, and starts to listen for links.
    ///
    /// - Parameters:
    ///   - intake: Takes in what is published.
    ///   - ready: Called once, when every server listens.
    package init(
        _ configuration: CenterConfiguration, intake: any Intake, clocks: Clocks, randomness: Randomness, log: Logger,
        ready: @escaping @Sendable (Addresses) async -> Void
    ) async throws {
        try configuration.validate()
        self.log = log
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        executor = LoopExecutor(group.next())
        let folder = URL(filePath: configuration.dataFolder, directoryHint: .isDirectory)
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        // Also where the folder was there before: the database in it holds the keys.
        guard chmod(configuration.dataFolder, 0o700) == 0 else {
            throw ConfigurationError("the data folder \(configuration.dataFolder) belongs to somebody else: check its owner")
        }
        lock = try takeFolder(configuration.dataFolder)
        let identity = try CenterIdentity(
            folder: folder.appending(path: "identity"), names: serverNames(configuration),
            now: Date(timeIntervalSince1970: Double(clocks.wall().microseconds) / 1_000_000))

        let bus = InMemoryBus()
        let store = try SQLiteStore(path: folder.appending(path: "center.sqlite").path(percentEncoded: false))
        let ledger = Ledger(store: store, log: log)
        let scheduler = Scheduler(
            bus: bus, ledger: ledger, unended: try await store.unendedTasks(), clocks: clocks,
            timers: .eventLoop(group.next()))
        scheduler.attach()
        var optional: [any Service] = []
        if !configuration.without.contains(.queue) {
            QueueKeeper(bus: bus, store: store, randomness: randomness).attach()
        }
        if !configuration.without.contains(.cron) {
            let crons = try await CronKeeper(
                bus: bus, store: store, zone: TimeZone.current.identifier,
                zoneFile: { ZoneInfo.bytes(of: $0, limit: ZoneCatalog.longestFile) }, clocks: clocks,
                timers: .eventLoop(group.next()), randomness: randomness, log: log)
            crons.attach()
            optional.append(crons)
        }
        if !configuration.without.contains(.callbacks) {
            let post = try callbackPost(configuration, on: group)
            let sender = CallbackSender(
                store: store, post: post, clocks: clocks, timers: .eventLoop(group.next()), randomness: randomness, log: log)
            sender.attach(to: bus)
            ProcessorDesk(store: store, sender: sender, post: post, clocks: clocks, randomness: randomness).attach(to: bus)
            optional.append(sender)
        }
        HeartbeatMonitor(bus: bus, clocks: clocks).attach()
        let repository = try openRepository(
            folder.appending(path: "repository").path(percentEncoded: false), bus, clocks, .eventLoop(group.next()), randomness,
            log)
        repository.attach()
        let archives = try ArchiveFolder(path: folder.appending(path: "archives").path(percentEncoded: false))
        let supervisor = try await Supervisor(
            store: store, bus: bus, archives: archives, intake: intake, authority: identity.authority,
            asksForApproval: configuration.asksForApproval, clocks: clocks,
            timers: .eventLoop(group.next()), randomness: randomness, log: log)
        supervisor.attach()
        let gateway = LinkGateway(
            bus: bus, heartbeat: configuration.heartbeat, timers: .eventLoop(group.next()), randomness: randomness, log: log)
        gateway.attach()

        let linkServer = try await naming("--link", configuration.link) {
            try await LinkServer.bind(
                host: configuration.link.host, port: configuration.link.port,
                context: try LinkTLS.server(
                    certificatePEM: identity.certificatePEM, keyPEM: identity.keyPEM,
                    authorityPEM: try identity.authority.certificatePEM),
                silenceLimit: configuration.heartbeat * 3, group: group, identify: AgentKey.agentID,
                events: gateway.events)
        }
        let link = Endpoint(host: configuration.link.host, port: linkServer.port)

        let front = Router(context: CenterRequestContext.self)
        front.get("livez") { _, _ in Response.json(.object { $0.add("status", "ok") }) }
        front.get("healthz") { _, _ in try await health(store) }
        let without = Set(configuration.without.compactMap { Component(rawValue: $0.rawValue) })
        V2Routes(bus: bus, without: without, clocks: clocks, randomness: randomness, log: log).add(to: front)
        let repositoryRoutes = RepositoryRoutes(repository, archive: archives.path)
        repositoryRoutes.add(to: front)
        AdminRoutes(supervisor, asksForToken: true).add(to: front, with: repositoryRoutes.addAdministration)
        AgentRoutes(supervisor, linkPort: { link.port }).add(to: front)
        let local = Router(context: CenterRequestContext.self)
        repositoryRoutes.add(to: local)
        AdminRoutes(supervisor, asksForToken: false).add(to: local, with: repositoryRoutes.addAdministration)

        let gate = ReadyGate(parts: 2) { port in
            let scheme = configuration.isPlainHTTP ? "http" : "https"
            await ready(Addresses(http: "\(scheme)://\(configuration.http.host):\(port)", link: link))
        }
        let address = BindAddress.hostname(configuration.http.host, port: configuration.http.port)
        // Whoever can reach the port could otherwise hold every descriptor of the center with connections that say nothing.
        let channel = HTTP1Channel.Configuration(idleTimeout: .seconds(60))
        let limits = ApplicationConfiguration(
            address: address, availableConnectionsDelegate: MaximumAvailableConnections(descriptorLimit() / 2))
        let httpService: any Service =
            configuration.isPlainHTTP
            ? Application(
                router: front, server: .http1(configuration: channel), configuration: limits,
                onServerRunning: { await gate.arrived(port: $0.localAddress?.port) },
                eventLoopGroupProvider: .shared(group), logger: log.quiet)
            : Application(
                router: front,
                server: try .tls(.http1(configuration: channel), tlsConfiguration: httpTLS(identity, configuration)),
                configuration: limits,
                onServerRunning: { await gate.arrived(port: $0.localAddress?.port) },
                eventLoopGroupProvider: .shared(group), logger: log.quiet)
        let socket = try AdminSocket(folder: folder)
        let adminService = Application(
            router: local, configuration: .init(address: .unixDomainSocket(path: socket.path)),
            onServerRunning: { _ in
                socket.restrict()
                await gate.arrived(port: nil)
            }, eventLoopGroupProvider: .shared(group), logger: log.quiet)
        // Stopped from the last to the first: callers are told before their connections are waited for.
        services =
            [
                ledger
            ] + optional + [
                repository, LinkServerService(server: linkServer), adminService,
                NamedServer(option: "--http", endpoint: configuration.http, server: httpService), scheduler,
            ]
    }

    package func run() async throws {
        let group = ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                logger: log.quiet))
        try await withTaskExecutorPreference(executor) { try await group.run() }
    }
}

private func callbackPost(_ configuration: CenterConfiguration, on group: any EventLoopGroup) throws -> CallbackPost {
    do {
        let policy = EndpointPolicy(allowed: try configuration.callbacksAllowed.map { try EndpointPolicy.Allowance($0) })
        let roots = try configuration.callbackAuthorities.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return try CallbackPost(policy: policy, rootsPEM: roots, on: group)
    } catch let refusal as EndpointRefusal {
        throw ConfigurationError("--callbacks-allow: \(refusal)")
    } catch {
        throw ConfigurationError("--callbacks-ca \(configuration.callbackAuthorities ?? "") cannot be read as PEM: \(error)")
    }
}

/// How many descriptors this process may have.
private func descriptorLimit() -> Int {
    var limit = rlimit()
    return getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? Int(clamping: limit.rlim_cur) : 1024
}

private func takeFolder(_ folder: String) throws(ConfigurationError) -> FolderLock {
    do { return try FolderLock(folder + "/center.lock") } catch {
        switch error {
        case .taken: throw ConfigurationError("another center runs on \(folder): stop it, or choose another --data")
        case .notWritable: throw ConfigurationError("the data folder \(folder) cannot be written to: check its owner and mode")
        }
    }
}

private func openRepository(
    _ path: String, _ bus: any Bus, _ clocks: Clocks, _ timers: Timers, _ randomness: Randomness, _ log: Logger
) throws -> RepositoryKeeper {
    do {
        return try RepositoryKeeper(
            path: path, bus: bus, clocks: clocks, timers: timers, randomness: randomness, log: log)
    } catch let error as DamagedRepository {
        throw ConfigurationError("\(error)")
    }
}

private func health(_ store: any CenterStore) async throws -> Response {
    do {
        _ = try await store.recentTasks(limit: 1)
        return .json(.object { $0.add("status", "ok") })
    } catch {
        return .json(
            .object { members in
                members.add("status", "failing")
                members.add("error", "\(error)")
            }, status: .serviceUnavailable)
    }
}

/// Everything the center may be called: what the operator says, its addresses on this machine, and the link's own name.
private func serverNames(_ configuration: CenterConfiguration) -> [String] {
    var names = [LinkProtocol.serverName, "localhost", "127.0.0.1", ProcessInfo.processInfo.hostName]
    names += [configuration.http.host, configuration.link.host] + configuration.names
    return names.filter { !$0.isEmpty && $0 != "0.0.0.0" && !$0.contains(":") }
        .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
}

private func httpTLS(_ identity: CenterIdentity, _ configuration: CenterConfiguration) throws -> TLSConfiguration {
    var (chain, key) = (identity.certificatePEM, identity.keyPEM)
    if let given = configuration.givenCertificate {
        do {
            chain = try String(contentsOfFile: given.chain, encoding: .utf8)
            key = try String(contentsOfFile: given.key, encoding: .utf8)
        } catch {
            throw ConfigurationError(
                "--certificate \(given.chain) and --key \(given.key) cannot be read: \(error.localizedDescription)")
        }
    }
    do {
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(chain.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
        tls.minimumTLSVersion = .tlsv12
        // Tells now, and not at the first connection, that key and certificate do not belong together.
        _ = try NIOSSLContext(configuration: tls)
        return tls
    } catch {
        throw ConfigurationError(
            "the certificate and key for --http are no matching pair in PEM: check --certificate and --key")
    }
}
