import ElvesApps
import ElvesBus
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesStore
import Foundation

/// Who and what this center knows: agents, apps, versions, bindings, keys.
///
/// Pure: the copy in memory of what the store holds, changed only after the store has changed, so that answering a request
/// costs no query.
struct Registry {
    private(set) var agents: [AgentID: AgentRecord] = [:]
    private var agentAt: [IPv4Address: AgentID] = [:]
    private(set) var versions: [AppName: [VersionRecord]] = [:]
    private(set) var online: [AppName: OnlineRecord] = [:]
    private(set) var bindings: Set<BindingRecord> = []
    private(set) var keys: [AuthID: KeyRecord] = [:]
    /// Of the versions that are online; an app is missing whose version was published before manifests were kept.
    private var manifests: [AppName: Manifest] = [:]

    init(_ snapshot: StoreSnapshot) {
        for agent in snapshot.agents { add(agent) }
        for version in snapshot.versions { versions[version.app, default: []].append(version) }
        for record in snapshot.online {
            online[record.app] = record
            manifests[record.app] = manifest(of: record.app, record.version)
        }
        bindings = Set(snapshot.bindings)
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
        if let known = versions[version.app]?.firstIndex(where: { $0.version == version.version }) {
            if versions[version.app]?[known].manifest == nil { versions[version.app]?[known] = version }
        } else {
            versions[version.app, default: []].append(version)
        }
        online[version.app] = OnlineRecord(app: version.app, version: version.version, since: version.publishedAt)
        manifests[version.app] = manifest(of: version.app, version.version)
    }

    mutating func bind(_ binding: BindingRecord) { bindings.insert(binding) }
    mutating func unbind(_ binding: BindingRecord) { bindings.remove(binding) }
    mutating func add(_ key: KeyRecord) { keys[key.id] = key }
    mutating func revoke(_ key: AuthID, at now: Timestamp) { keys[key]?.revokedAt = now }

    // MARK: Questions

    /// The key, unless it was revoked.
    func grant(_ id: AuthID) -> KeyGrant? {
        guard let key = keys[id], key.revokedAt == nil else { return nil }
        return KeyGrant(secret: key.secret, app: key.app, sources: key.sources)
    }

    func agent(at address: IPv4Address, boundTo app: AppName) -> AgentID? {
        guard let agent = agentAt[address], bindings.contains(BindingRecord(app: app, agent: agent)) else { return nil }
        return agent
    }

    /// The agent an operator means by an id, an address or a host name; nil if there is none, or more than one.
    func agent(named name: String) -> AgentRecord? {
        let live = agents.values.filter { $0.revokedAt == nil }
        if let agent = live.first(where: { $0.id.text == name }) { return agent }
        if let address = IPv4Address(name) { return agentAt[address].flatMap { agents[$0] } }
        let named = live.filter { $0.hostName == name }
        return named.count == 1 ? named.first : nil
    }

    func addresses(boundTo app: AppName) -> [IPv4Address] {
        bindings.filter { $0.app == app }.compactMap { agents[$0.agent] }.filter { $0.revokedAt == nil }.map(\.address)
            .sorted()
    }

    func agents(boundTo app: AppName) -> [AgentID] { bindings.filter { $0.app == app }.map(\.agent) }

    func summary(of app: AppName) -> AppSummary? {
        guard let record = online[app] else { return nil }
        let title = version(app, record.version)?.title ?? app.text
        return AppSummary(app: app, title: title, online: record.version, lastUpdate: record.since)
    }

    /// What a version says of itself, if it was kept.
    func manifest(of app: AppName, _ version: AppVersion) -> Manifest? {
        guard let text = self.version(app, version)?.manifest else { return nil }
        return try? JSONDecoder().decode(Manifest.self, from: Data(text.bytes))
    }

    /// A function of the online version of an app, if its manifest was kept.
    func function(_ name: String, of app: AppName) -> Manifest.Function? { manifests[app]?.function(name) }

    func version(_ app: AppName, _ version: AppVersion) -> VersionRecord? {
        versions[app]?.first { $0.version == version }
    }

    /// What the agent should have online, in the order of the names; nil if it is unknown or revoked.
    func assignments(of agent: AgentID) -> [AppAssignment]? {
        guard let record = agents[agent], record.revokedAt == nil else { return nil }
        return bindings.filter { $0.agent == agent }.compactMap { binding in
            guard let online = online[binding.app], let version = version(binding.app, online.version) else { return nil }
            return AppAssignment(
                app: version.app, version: version.version, digest: version.digest, size: version.size)
        }.sorted { $0.app < $1.app }
    }
}
