import ElvesApps
import ElvesBus
import ElvesFlow
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
    private(set) var labels: [AgentID: [LabelName: String]] = [:]
    private var agentAt: [IPv4Address: AgentID] = [:]
    private(set) var versions: [AppName: [VersionRecord]] = [:]
    var online: [AppName: OnlineRecord] = [:]
    /// In the order in which they were given.
    private(set) var approvals: [AppName: [ApprovalRecord]] = [:]
    /// The last rollout of each app that had one since its online version was set otherwise.
    var rollouts: [AppName: Rollout] = [:]
    /// Apps whose version somebody is changing: one at a time.
    var changing: Set<AppName> = []
    /// What each agent that has a link told of its apps.
    private var reports: [AgentID: [AppReport]] = [:]
    private(set) var bindings: [AppName: [AgentID: BindingRecord]] = [:]
    private(set) var keys: [AuthID: KeyRecord] = [:]
    /// A version is missing that was published before manifests were kept.
    private var manifests: [AppName: [AppVersion: Manifest]] = [:]

    init(_ snapshot: StoreSnapshot) {
        for agent in snapshot.agents { add(agent) }
        for record in snapshot.labels { labels[record.agent, default: [:]][record.label.name] = record.label.value }
        for version in snapshot.versions { versions[version.app, default: []].append(version) }
        for version in snapshot.versions { keepManifest(of: version) }
        for approval in snapshot.approvals { add(approval) }
        for record in snapshot.online { online[record.app] = record }
        for record in snapshot.rollouts { rollouts[record.app] = Rollout(record) }
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

    mutating func label(_ agent: AgentID, set: [Label], remove: [LabelName]) {
        for name in remove { labels[agent]?[name] = nil }
        for label in set { labels[agent, default: [:]][label.name] = label.value }
    }

    mutating func publish(_ version: VersionRecord) {
        if let known = versions[version.app]?.firstIndex(where: { $0.version == version.version }) {
            if versions[version.app]?[known].manifest == nil { versions[version.app]?[known] = version }
        } else {
            versions[version.app, default: []].append(version)
        }
        keepManifest(of: version)
        guard online[version.app] == nil else { return }
        online[version.app] = OnlineRecord(app: version.app, version: version.version, since: version.publishedAt)
    }

    private mutating func keepManifest(of version: VersionRecord) {
        guard let text = version.manifest else { return }
        manifests[version.app, default: [:]][version.version] =
            try? JSONDecoder().decode(Manifest.self, from: Data(text.bytes))
    }

    mutating func bind(_ binding: BindingRecord) { bindings[binding.app, default: [:]][binding.agent] = binding }
    mutating func unbind(_ app: AppName, from agent: AgentID) { bindings[app]?[agent] = nil }
    mutating func add(_ approval: ApprovalRecord) { approvals[approval.app, default: []].append(approval) }
    mutating func add(_ key: KeyRecord) { keys[key.id] = key }
    mutating func revoke(_ key: AuthID, at now: Timestamp) { keys[key]?.revokedAt = now }

    // MARK: Questions

    /// The key, unless it was revoked.
    func grant(_ id: AuthID) -> KeyGrant? {
        guard let key = keys[id], key.revokedAt == nil else { return nil }
        return KeyGrant(secret: key.secret, app: key.app, sources: key.sources, once: key.once)
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

    /// A function as the versions have it that a call on an agent may meet: the one it should have online and, while it
    /// changes, the one it told of. Nil stands for a version without that function, or whose manifest was not kept.
    ///
    /// - Parameter pin: The one version that the call can meet; nil for a call that names none.
    func function(_ name: String, of app: AppName, on agent: AgentID, pin: AppVersion?) -> [Manifest.Function?] {
        if let pin { return [manifests[app]?[pin]?.function(name)] }
        let wanted = wanted(app, on: agent)
        let told = report(of: app, on: agent)?.online
        let versions = told == wanted ? [wanted] : [wanted, told]
        return versions.compactMap { $0 }.map { manifests[app]?[$0]?.function(name) }
    }

    /// Nil if the version is not published, or its manifest was not kept.
    func manifest(of app: AppName, _ version: AppVersion) -> Manifest? { manifests[app]?[version] }

    func version(_ app: AppName, _ version: AppVersion) -> VersionRecord? {
        versions[app]?.first { $0.version == version }
    }

    /// A version of an app for one task on an agent, whatever is online there; nil if it is not published or the app not bound.
    func pin(_ app: AppName, _ number: AppVersion, on agent: AgentID) -> AppAssignment? {
        guard let binding = bindings[app]?[agent], let version = version(app, number) else { return nil }
        return AppAssignment(
            app: app, version: number, digest: version.digest, size: version.size, grants: binding.grants)
    }

    /// The version of an app that an agent should have online.
    func wanted(_ app: AppName, on agent: AgentID) -> AppVersion? {
        // Also while the end of a rollout is being kept.
        if let rollout = rollouts[app], rollout.isRunning || isUnkept(app) { return rollout.version(for: agent) }
        return online[app]?.version
    }

    /// What the agent should have online, in the order of the names; nil if it is unknown or revoked.
    func assignments(of agent: AgentID) -> [AppAssignment]? {
        guard let record = agents[agent], record.revokedAt == nil else { return nil }
        return bindings.values.compactMap { $0[agent] }.compactMap { binding in
            guard let number = wanted(binding.app, on: agent), let version = version(binding.app, number) else { return nil }
            return AppAssignment(
                app: version.app, version: version.version, digest: version.digest, size: version.size,
                grants: binding.grants)
        }.sorted { $0.app < $1.app }
    }

    // MARK: Rollouts

    /// The agents that have a link.
    var linked: Set<AgentID> { Set(reports.keys) }

    /// Whether a rollout has brought its version everywhere, and the store does not know yet.
    func isUnkept(_ app: AppName) -> Bool {
        guard let rollout = rollouts[app], rollout.phase == .finished else { return false }
        return online[app]?.version != rollout.plan.version
    }

    /// The end of a rollout is on record; false, and nothing changes, if it was before.
    mutating func kept(_ rollout: Rollout, _ record: OnlineRecord) -> Bool {
        guard isUnkept(record.app), rollouts[record.app]?.plan == rollout.plan else { return false }
        online[record.app] = record
        return true
    }

    /// What an agent told last of one app; nil while it has no link, or has told nothing of it.
    func report(of app: AppName, on agent: AgentID) -> AppReport? { reports[agent]?.first { $0.app == app } }

    func isLinked(_ agent: AgentID) -> Bool { reports[agent] != nil }

    /// What running rollouts make of an agent that told how its apps stand, or went.
    mutating func presenceChanged(_ message: PresenceChanged, at now: Timestamp) -> [(AppName, [Rollout.Effect])] {
        reports[message.agent] = message.apps
        let running = rollouts.filter { $0.value.isRunning }.map(\.key)
        return running.map { app in
            guard message.apps != nil else {
                return (app, move(app) { $0.lost(message.agent, linked: $1, at: now) })
            }
            return (app, retell(app, message.agent, at: now))
        }.filter { !$0.1.isEmpty }
    }

    /// Tells a rollout what an agent told last.
    mutating func retell(_ app: AppName, _ agent: AgentID, at now: Timestamp) -> [Rollout.Effect] {
        guard let rollout = rollouts[app], let report = report(of: app, on: agent) else { return [] }
        let isItsProblem = report.problemVersion == rollout.plan.version
        return move(app) {
            $0.reported(agent, online: report.online, problem: isItsProblem ? report.problem : nil, linked: $1, at: now)
        }
    }

    /// Makes a move of the app's rollout, which hears which agents have a link.
    mutating func move(_ app: AppName, _ body: (inout Rollout, Set<AgentID>) -> [Rollout.Effect]) -> [Rollout.Effect] {
        guard var rollout = rollouts[app] else { return [] }
        defer { rollouts[app] = rollout }
        return body(&rollout, linked)
    }
}
