import ElvesApps
import ElvesBus
package import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
package import Hummingbird
import NIOCore

/// The routes of the command line: administration below `/admin/v1`.
///
/// On the center's local socket whoever may open the socket is an administrator; over the network a token is asked for.
package struct AdminRoutes: Sendable {
    private let supervisor: Supervisor
    private let asksForToken: Bool

    package init(_ supervisor: Supervisor, asksForToken: Bool) {
        self.supervisor = supervisor
        self.asksForToken = asksForToken
    }

    /// - Parameter others: Adds the administrative routes of other components, behind the same checks.
    package func add(
        to router: Router<CenterRequestContext>, with others: (RouterGroup<CenterRequestContext>) -> Void = { _ in }
    ) {
        let admin = router.group("admin/v1").add(middleware: AdminRefusals())
        if asksForToken { admin.add(middleware: AdministratorsOnly(supervisor: supervisor)) }
        admin.post("tokens") { request, _ in try await newToken(request) }
        AgentAdminRoutes(supervisor: supervisor).add(to: admin)
        admin.get("apps") { _, _ in try apps() }
        admin.get("apps/{app}") { request, context in try app(context.parameters.require("app"), request) }
        admin.post("apps") { request, _ in try await takeIn(request) }
        admin.post("publications") { request, context in try await publish(request, by: context.administrator) }
        admin.post("bindings") { request, _ in try await bind(request) }
        admin.delete("bindings") { request, _ in try await unbind(request) }
        admin.get("keys") { _, _ in try keys() }
        admin.post("keys") { request, _ in try await newKey(request) }
        admin.delete("keys/{id}") { _, context in try await revokeKey(context.parameters.require("id")) }
        admin.post("run") { request, _ in try await run(request) }
        TaskRoutes(supervisor: supervisor).add(to: admin)
        RolloutRoutes(supervisor: supervisor).add(to: admin)
        ProcessorRoutes(supervisor: supervisor).add(to: admin)
        SandboxRoutes(supervisor: supervisor).add(to: admin)
        others(admin)
    }

    // MARK: Tokens

    private func newToken(_ request: Request) async throws -> Response {
        let body = try await request.json(TokenRequest.self)
        guard (1...366 * 86400).contains(body.lifetimeSeconds) else {
            throw AdminError(.badRequest, "a token lives 1 s to 366 days; \(body.lifetimeSeconds) s were asked for")
        }
        let kind: TokenRecord.Kind = body.kind == .join ? .join : .admin
        return try .json(
            TokenReply(token: try await supervisor.newToken(kind, lifetime: .seconds(body.lifetimeSeconds))))
    }

    // MARK: Apps

    private func apps() throws -> Response {
        try .json(
            supervisor.read { registry in
                registry.online.keys.sorted().map { app in
                    AppView(
                        app: app, title: registry.summary(of: app)?.title ?? "", online: registry.online[app]?.version,
                        versions: (registry.versions[app] ?? []).map(\.version),
                        agents: registry.addresses(boundTo: app))
                }
            })
    }

    /// The manifest of the online version, or of the one that is asked for.
    private func app(_ name: String, _ request: Request) throws -> Response {
        let app = try AppName(name)
        guard let online = supervisor.read({ $0.online[app]?.version }) else {
            throw AdminError(.notFound, "\(app) is not published: `elves app list` lists what is")
        }
        let version = try request.uri.queryParameters["version"].map { try AppVersion(String($0)) } ?? online
        guard let record = supervisor.read({ $0.version(app, version) }) else {
            throw AdminError(.notFound, "\(app) \(version) is not published: `elves app list` lists what is")
        }
        guard let manifest = record.manifest else {
            throw AdminError(
                .notFound, "\(app) \(version) was published before manifests were kept: publish the same archive once more")
        }
        return .json(manifest)
    }

    private func takeIn(_ request: Request) async throws -> Response {
        guard let name = request.uri.queryParameters["name"].map(String.init) else {
            throw AdminError(.badRequest, "the query parameter \"name\" is missing: the archive's file name")
        }
        let archive = try await supervisor.takeIn(request.body, name: name)
        return try .json(
            PublishReply(
                app: archive.manifest.name, version: archive.manifest.version, sha256: archive.digest,
                size: Int64(archive.size)))
    }

    private func publish(_ request: Request, by administrator: Administrator) async throws -> Response {
        let body = try await request.json(PublicationRequest.self)
        let version = try await supervisor.publish(body.app, body.version, by: administrator)
        if body.promote ?? true { try await supervisor.promote(body.app, PromoteRequest(version: body.version)) }
        return try .json(
            PublishReply(app: version.app, version: version.version, sha256: version.digest, size: version.size))
    }

    private func bind(_ request: Request) async throws -> Response {
        let body = try await request.json(BindingRequest.self)
        let agent = try supervisor.require(agent: body.agent)
        let binding = BindingRecord(app: body.app, agent: agent.id, grants: Set(body.grants ?? []).sorted())
        let question = FindGrantRefusal(app: body.app, grants: binding.grants)
        if !binding.grants.isEmpty, let text = try await supervisor.bus.call(question, trace: supervisor.randomness.id()) {
            throw AdminError(.conflict, text)
        }
        try await supervisor.store.bind(binding)
        supervisor.change { $0.bind(binding) }
        supervisor.reassign([agent.id], trace: supervisor.randomness.id())
        return .json(.emptyObject)
    }

    private func unbind(_ request: Request) async throws -> Response {
        let body = try await request.json(BindingRequest.self)
        let agent = try supervisor.require(agent: body.agent)
        try await supervisor.unbind(body.app, from: agent.id)
        return .json(.emptyObject)
    }

    // MARK: Keys

    private func keys() throws -> Response {
        try .json(
            supervisor.read { registry in
                registry.keys.values.sorted { $0.createdAt < $1.createdAt }.map { key in
                    KeyView(
                        authID: key.id, app: key.app, sources: key.sources, once: key.once,
                        isRevoked: key.revokedAt != nil,
                        createdAt: key.createdAt.iso8601)
                }
            })
    }

    private func newKey(_ request: Request) async throws -> Response {
        let body = try await request.json(KeyRequest.self)
        let key = KeyRecord(
            id: supervisor.randomness.id(), secret: supervisor.randomness.hex(bytes: 16), app: body.app,
            sources: body.sources.isEmpty ? [.loopback] : body.sources, once: body.once, createdAt: supervisor.clocks.wall())
        try await supervisor.store.add(key)
        supervisor.change { $0.add(key) }
        return try .json(KeyReply(authID: key.id, authKey: key.secret))
    }

    private func revokeKey(_ id: String) async throws -> Response {
        try await supervisor.store.revoke(AuthID(id), at: supervisor.clocks.wall())
        supervisor.change { $0.revoke(AuthID(id), at: supervisor.clocks.wall()) }
        return .json(.emptyObject)
    }

    // MARK: Tasks

    private func run(_ request: Request) async throws -> Response {
        let body = try RunRequest(JSONObject(parsing: await request.bytes(limit: 1 << 20)))
        let agent = try supervisor.require(agent: body.agent)
        guard supervisor.read({ $0.isBound(body.app, to: agent.id) }) else {
            throw AdminError(
                .notFound, "\(body.app) is not bound to \(body.agent): `elves app bind \(body.app) \(body.agent)` first")
        }
        let pin = try body.version.map { version in
            guard let pin = supervisor.read({ $0.pin(body.app, version, on: agent.id) }) else {
                throw AdminError(.notFound, "\(body.app) \(version) is not published: `elves app list` names what is")
            }
            try supervisor.requireApproval(body.app, version)
            return pin
        }
        let draft = TaskDraft(
            id: supervisor.randomness.id(), agent: agent.id, app: body.app, function: body.function, param: body.param,
            timeout: body.timeout, pin: pin)
        switch try await supervisor.bus.call(RunNow(draft), trace: supervisor.randomness.id()) {
        case .refused(.badParameter(let reason)):
            throw AdminError(.unprocessableContent, "\(body.app).\(body.function): \(reason)")
        case .refused(let refusal): throw AdminError(.unprocessableContent, "\(refusal)")
        case .reported(let report):
            return .json(TaskView(agent: agent.id, report: report, lateReport: nil).json)
        case .unreachable:
            throw AdminError(.serviceUnavailable, "agent \(body.agent) is not connected: is `elves agent run` running there?")
        case .busy:
            throw AdminError(.serviceUnavailable, "agent \(body.agent) has as many tasks as it may: try again later")
        }
    }
}
