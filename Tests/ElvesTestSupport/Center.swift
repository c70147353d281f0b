package import ElvesJSON
import ElvesModel
package import ElvesProtocol
import Synchronization

/// A center in a process of its own, and its command line.
package final class Center: Sendable {
    package struct Addresses: Sendable {
        /// With scheme.
        package let http: String
        package let httpPort: Int
        package let link: String
    }

    package let scratch: ScratchFolder
    package let data: String
    private let name: String
    private let options: [String]
    /// For a center that is started more than once: agents and clients dial the same ports again.
    private let ports: (http: ReservedPort, link: ReservedPort)?
    private let running = Mutex<(LongRunning, Addresses)?>(nil)

    fileprivate init(_ scratch: ScratchFolder, name: String, options: [String], keepsPorts: Bool) throws {
        self.scratch = scratch
        self.name = name
        self.options = options
        data = scratch.file(name)
        ports = keepsPorts ? (try ReservedPort(), try ReservedPort()) : nil
    }

    // MARK: Life

    /// Starts the center and waits until it is ready.
    package func start() async throws {
        let arguments = [
            "center", "--data", data, "--http", "127.0.0.1:\(ports?.http.number ?? 0)", "--link",
            "127.0.0.1:\(ports?.link.number ?? 0)", "--json",
        ]
        let started = try LongRunning(arguments + options, name: name, scratch)
        do {
            let line = try await started.ready()
            let http = try line.require("http", line.string("http"))
            let addresses = Addresses(
                http: http, httpPort: http.split(separator: ":").last.flatMap { Int($0) } ?? 0,
                link: try line.require("link", line.string("link")))
            running.withLock { $0 = (started, addresses) }
        } catch {
            await started.process.kill()
            throw error
        }
    }

    package func kill() async { await process?.kill() }

    package var process: SpawnedProcess? { running.withLock { $0?.0.process } }
    package var addresses: Addresses { running.withLock { $0?.1 } ?? Addresses(http: "", httpPort: 0, link: "") }
    package var port: Int { addresses.httpPort }

    // MARK: Administration

    /// Runs a command of the command line for this center.
    package func elves(_ arguments: String..., limit: Duration = .seconds(60)) async throws -> CommandResult {
        try await ElvesTestSupport.elves(arguments, scratch, environment: ["ELVES_DATA": data], limit: limit)
    }

    /// Signs and publishes a folder or an archive, whoever might sign it before.
    @discardableResult
    package func publish(_ app: String) async throws -> PublishReply {
        try await trust(Self.appName(of: app))
        return try await elves("app", "publish", app, "--key", key, "--json").succeeded().decode(PublishReply.self)
    }

    /// - Parameter grants: What the app may have there beside its policy.
    package func bind(_ app: String, to agent: Agent, grants: [String] = []) async throws {
        try await ElvesTestSupport.elves(
            ["app", "bind", app, agent.ip] + grants.flatMap { ["--grant", $0] }, scratch,
            environment: ["ELVES_DATA": data]
        ).succeeded()
    }

    package func newKey(for app: String, from sources: String...) async throws -> APIKey {
        let options = sources.flatMap { ["--from", $0] }
        let key = try await ElvesTestSupport.elves(
            ["key", "create", app, "--json"] + options, scratch, environment: ["ELVES_DATA": data]
        ).succeeded().decode(KeyReply.self)
        return APIKey(id: key.authID.text, secret: key.authKey)
    }

    package func newToken(_ options: String...) async throws -> String {
        try await ElvesTestSupport.elves(
            ["token", "create", "--json"] + options, scratch, environment: ["ELVES_DATA": data]
        ).succeeded().decode(TokenReply.self).token
    }

    package func agents() async throws -> [AgentView] {
        try await elves("agents", "--json").succeeded().decode([AgentView].self)
    }

    package func apps() async throws -> [AppView] {
        try await elves("app", "list", "--json").succeeded().decode([AppView].self)
    }

    /// Runs a function and returns its result; it must answer flag true.
    package func call(_ agent: Agent, _ function: String, _ pairs: String...) async throws -> RawJSON? {
        let result = try await ElvesTestSupport.elves(
            ["run", agent.ip, function, "--json"] + pairs, scratch, environment: ["ELVES_DATA": data])
        return try result.succeeded().object().raw("result")
    }

    /// The tasks that ended last, by id.
    package func tasks() async throws -> [String: TaskView] {
        let listed = try await elves("tasks", "--limit", "10000", "--json").succeeded()
        let wrapped = try JSONObject(parsing: Array(#"{"tasks":\#(listed.output)}"#.utf8), limits: JSONLimits(bytes: .max))
        let tasks = try (wrapped.array("tasks") ?? []).map { try TaskView(JSONObject($0)) }
        return Dictionary(tasks.map { ($0.report.task.text, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// What is recorded of a task; nil if nothing is.
    package func task(_ id: String) async throws -> TaskView? {
        let result = try await elves("tasks", "show", id)
        return result.code == 0 ? try TaskView(result.object()) : nil
    }

    /// Waits until an agent reports something of an app.
    @discardableResult
    package func waitFor(
        _ app: String, on agent: Agent, _ what: String, _ isIt: (AppReport) -> Bool
    ) async throws -> AppReport? {
        try await eventually("\(app) on \(agent.ip) \(what)", within: .seconds(30)) {
            let report = try await agents().first { $0.agent.text == agent.id && $0.isOnline }?
                .apps.first { $0.app.text == app }
            return (report, report.map(isIt) ?? false)
        }
    }

    package func waitFor(_ app: String, _ version: String, onlineOn agent: Agent) async throws {
        try await waitFor(app, on: agent, "at \(version)") { $0.online?.text == version }
    }
}

/// Runs a center for as long as `body` runs, and ends it however `body` ends.
package func withCenter<T>(
    in scratch: ScratchFolder? = nil, name: String = "c", options: [String] = ["--plain-http"], keepsPorts: Bool = false,
    _ body: (Center) async throws -> T
) async throws -> T {
    let center = try Center(scratch ?? ScratchFolder(), name: name, options: options, keepsPorts: keepsPorts)
    let result: Result<T, any Error>
    do {
        try await center.start()
        result = .success(try await body(center))
    } catch {
        result = .failure(error)
    }
    await center.kill()
    return try result.get()
}
