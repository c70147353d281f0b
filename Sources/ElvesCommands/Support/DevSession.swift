import ElvesAgent
import ElvesApps
import ElvesCenter
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Foundation
import Logging
import ServiceLifecycle

/// What `elves dev` does beside its center: joins an agent, publishes and binds the apps, makes a key, runs the agent.
struct DevSession: Service {
    struct Ready: Sendable {
        let http: String
        let agent: AgentID
        let key: KeyReply?
        let function: String?
        let folder: String

        var json: RawJSON {
            .object { members in
                members.add("http", http)
                members.add("auth_id", key.map { .string($0.authID.text) } ?? .null)
                members.add("auth_key", key.map { .string($0.authKey) } ?? .null)
                members.add("agent", agent.text)
                members.add("agent_ip", "127.0.0.1")
            }
        }

        func printText() {
            printLine("ready: REST API at \(http), agent 127.0.0.1")
            if let key { printLine("key: auth_id \(key.authID), auth_key \(key.authKey)") }
            printLine("try: ELVES_DATA=\(folder)/center elves run 127.0.0.1 \(function ?? "APP.FUNCTION")")
        }
    }

    let folder: String
    let apps: [String]
    let grants: [Grant]
    let log: Logger
    let addresses: AsyncStream<Center.Addresses>
    let ready: @Sendable (Ready) -> Void

    func run() async throws {
        var iterator = addresses.makeAsyncIterator()
        guard let center = await iterator.next() else { return }
        let agentFolder = folder + "/agent"
        let (welcomes, welcomed) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        if !FileManager.default.fileExists(atPath: agentFolder + "/agent.json") {
            let token = try await withSocket {
                try await $0.post("admin/v1/tokens", TokenRequest(kind: .join, lifetimeSeconds: 300), as: TokenReply.self)
            }
            try await AgentJoin.join(
                url: center.http, token: token.token, address: IPv4Address("127.0.0.1"), folder: agentFolder)
        }
        let agent = try await Agent(
            folder: agentFolder, installation: try findInstallation(), intake: try sandboxedIntake(), clocks: .system(),
            randomness: .system, log: log,
            target: .init(center: center.http, link: center.link), ready: { welcomed.yield() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await agent.run() }
            group.addTask {
                for await _ in welcomes { break }
                let watched = apps.filter { (try? AppSource(path: $0).isFolder) == true }.map { ($0, WatchedFolder(path: $0)) }
                try await prepare(center.http, agent.identity)
                // Ends with the agent.
                await cancelWhenGracefulShutdown {
                    await withTaskGroup(of: Void.self) { group in
                        for (app, folder) in watched {
                            group.addTask { await reload(app, folder, on: agent.identity.agent) }
                        }
                        await group.waitForAll()
                    }
                }
            }
            // The first failure ends the session: an app that cannot be published is no session to wait for.
            while try await group.next() != nil {}
        }
    }

    private func prepare(_ http: String, _ agent: AgentIdentity) async throws {
        var published: [PublishReply] = []
        var functions: [String] = []
        for app in apps {
            let (reply, names) = try await publishFirst(app, for: agent.agent)
            published.append(reply)
            functions += names
        }
        for app in published { try await waitUntilOnline(app, agent.agent) }
        let key = try await published.first.mapAsync { app in
            try await withSocket {
                try await $0.post("admin/v1/keys", KeyRequest(app: app.app, sources: []), as: KeyReply.self)
            }
        }
        ready(Ready(http: http, agent: agent.agent, key: key, function: functions.first, folder: folder))
    }

    /// Publishes an app again after every save, until it is cancelled. What is wrong after one save may be right after the next.
    private func reload(_ app: String, _ folder: WatchedFolder, on agent: AgentID) async {
        while true {
            do { try await folder.nextChange() } catch { return }
            let started = ContinuousClock.now
            do {
                let version = try await developmentVersion(of: app)
                let (reply, _) = try await publish(app, for: agent, version: version)
                try await waitUntilOnline(reply, agent)
                log.info(
                    "app reloaded",
                    metadata: [
                        "app": "\(reply.app)", "version": "\(reply.version)",
                        "ms": "\((ContinuousClock.now - started).milliseconds)",
                    ])
            } catch is CancellationError {
                return
            } catch {
                log.error("app not reloaded, the version before stays", metadata: ["app": "\(app)", "error": "\(error)"])
            }
        }
    }

    /// A version of its own for each save, since one that was published never changes: `1.0.0-dev.` and the time; nil where the
    /// author has raised the version to one that is not published.
    private func developmentVersion(of app: String) async throws -> AppVersion? {
        let manifest = try AppBuild.manifest(of: app)
        let published = try await withSocket { try await $0.get("admin/v1/apps", as: [AppView].self) }
        let versions = published.first { $0.app == manifest.name }?.versions ?? []
        guard versions.contains(manifest.version) else { return nil }
        let separator = manifest.version.text.contains("-") ? "." : "-"
        return try AppVersion("\(manifest.version)\(separator)dev.\(Clocks.systemWall().microseconds / 1000)")
    }

    /// An app that was changed since the session before, and has the version of then, gets one of its own as after a save.
    private func publishFirst(_ app: String, for agent: AgentID) async throws -> (PublishReply, [String]) {
        do { return try await publish(app, for: agent) } catch CenterClientError.refused(409, let cause) {
            guard try AppSource(path: app).isFolder, let version = try await developmentVersion(of: app) else {
                throw CenterClientError.refused(409, cause)
            }
            return try await publish(app, for: agent, version: version)
        }
    }

    /// - Parameter version: What stands in the place of the folder's version; nil leaves that.
    /// - Returns: What was published, and its functions as `APP.FUNCTION`.
    private func publish(
        _ app: String, for agent: AgentID, version: AppVersion? = nil
    ) async throws -> (PublishReply, [String]) {
        try await AppSource(path: app).withArchive(version: version) { archive in
            let manifest = archive.contents.manifest
            return try await withSocket { client in
                let key = try await DevRepository(folder: folder).author(of: manifest.name, client)
                let reply = try await Publication(client: client).publish(archive, signed: nil, keys: [key])
                try await client.post("admin/v1/bindings", BindingRequest(app: reply.app, agent: agent.text, grants: grants))
                return (reply, manifest.functions.map { "\(manifest.name).\($0.name)" })
            }
        }
    }

    private func waitUntilOnline(_ app: PublishReply, _ agent: AgentID) async throws {
        for _ in 0..<300 {
            let agents = try await withSocket { try await $0.get("admin/v1/agents", as: [AgentView].self) }
            let report = agents.first { $0.agent == agent }?.apps.first { $0.app == app.app }
            if report?.online == app.version { return }
            if let problem = report?.problem, report?.problemVersion == app.version {
                throw CommandFailure(.refused, "\(app.app) \(app.version): \(problem)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw CommandFailure(.failed, "\(app.app) \(app.version) did not come online within 15 s: see the log above")
    }

    private func withSocket<T>(_ body: (CenterClient) async throws -> T) async throws -> T {
        try await CenterClient.withSocket(folder + "/center/admin.sock", body)
    }
}

extension Optional {
    fileprivate func mapAsync<T>(_ body: (Wrapped) async throws -> T) async throws -> T? {
        if let self { try await body(self) } else { nil }
    }
}
