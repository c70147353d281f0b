import ElvesBus
import ElvesModel
import ElvesProtocol
import ElvesStore

/// Who and what this center knows: agents, apps, versions, bindings, keys.
///
/// Pure: the copy in memory of what the store holds, changed only after the store has changed, so that answering a request
/// costs no query.
struct Registry {
    private(set) var agents: [AgentID: AgentRecord] = [:]
    private var agentAt: [IPv4Address: AgentID] = [:]
    private(set) var versions: [AppName: [VersionRecord]] = [:]
    private(set) var online: [AppName: OnlineRecord] = [:]
    private(set) var bindings: [AppName: [AgentID: BindingRecord]] = [:]
    private(set) var keys: [AuthID: KeyRecord] = [:]

    init(_ snapshot: StoreSnapshot) {
        for agent in snapshot.agents { add(agent) }
        for version in snapshot.versions { versions[version.app, default: []].append(version) }
        for record in snapshot.online { online[record.app] = record }
        for binding in snapshot.bindings { bind(binding) }
        for key in snapshot.keys { keys[key.id] = key }
    }

    // MARK: Changes

    mutating func add(_ agent: AgentRecord) {
        agents[agent.id] = agent
        if agent.revokedAt == nil { agentAt[agent.address] = agent.id }
    }

    mutating func revoke(_ agent: AgentID, at now: Timestamp) {
        guard let record = agents[agent] else { return }
        agents[agent]?.revokedAt = now
        if agentAt[record.address] == agent { agentAt[record.address] = nil }
    }

    mutating func publish(_ version: VersionRecord) {
        if versions[version.app]?.contains(where: { $0.version == version.version }) != true {
            versions[version.app, default: []].append(version)
        }
        online[version.app] = OnlineRecord(app: version.app, version: version.version, since: version.publishedAt)
    }

    mutating func bind(_ binding: BindingRecord) { bindings[binding.app, default: [:]][binding.agent] = binding }
    mutating func unbind(_ app: AppName, from agent: AgentID) { bindings[app]?[agent] = nil }
    mutating func add(_ key: KeyRecord) { keys[key.id] = key }
    mutating func revoke(_ key: AuthID, at now: Timestamp) { keys[key]?.revokedAt = now }

    // MARK: Questions

    /// The key, unless it was revoked.
    func grant(_ id: AuthID) -> KeyGrant? {
        guard let key = keys[id], key.revokedAt == nil else { return nil }
        return KeyGrant(secret: key.secret, app: key.app, sources: key.sources)
    }

    func agent(at address: IPv4Address, boundTo app: AppName) -> AgentID? {
        guard let agent = agentAt[address], isBound(app, to: agent) else { return nil }
        return agent
    }

    func isBound(_ app: AppName, to agent: AgentID) -> Bool { bindings[app]?[agent] != nil }

    /// The agent an operator means by an id, an address or a host name; nil if there is none, or more than one.
    func agent(named name: String) -> AgentRecord? {
        let live = agents.values.filter { $0.revokedAt == nil }
        if let agent = live.first(where: { $0.id.text == name }) { return agent }
        if let address = IPv4Address(name) { return agentAt[address].flatMap { agents[$0] } }
        let named = live.filter { $0.hostName == name }
        return named.count == 1 ? named.first : nil
    }

    func addresses(boundTo app: AppName) -> [IPv4Address] {
        agents(boundTo: app).compactMap { agents[$0] }.filter { $0.revokedAt == nil }.map(\.address).sorted()
    }

    func agents(boundTo app: AppName) -> [AgentID] { bindings[app].map { Array($0.keys) } ?? [] }

    func summary(of app: AppName) -> AppSummary? {
        guard let record = online[app] else { return nil }
        let title = version(app, record.version)?.title ?? app.text
        return AppSummary(app: app, title: title, online: record.version, lastUpdate: record.since)
    }

    func version(_ app: AppName, _ version: AppVersion) -> VersionRecord? {
        versions[app]?.first { $0.version == version }
    }

    /// What the agent should have online, in the order of the names; nil if it is unknown or revoked.
    func assignments(of agent: AgentID) -> [AppAssignment]? {
        guard let record = agents[agent], record.revokedAt == nil else { return nil }
        return bindings.values.compactMap { $0[agent] }.compactMap { binding in
            guard let online = online[binding.app], let version = version(binding.app, online.version) else { return nil }
            return AppAssignment(
                app: version.app, version: version.version, digest: version.digest, size: version.size,
                grants: binding.grants)
        }.sorted { $0.app < $1.app }
    }
}
