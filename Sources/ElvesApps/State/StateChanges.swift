package import ElvesModel

/// What has to be done to make a desired state true, host by host.
package struct StateChanges: Sendable {
    package private(set) var apps: [AppChange] = []

    package struct AppChange: Sendable {
        package let app: AppName
        package let desired: DesiredState.App
        /// From which version to which; nil where the version stays.
        package let promotion: (from: AppVersion, to: AppVersion)?
        package let hosts: [HostChange]
    }

    package struct HostChange: Sendable, Equatable {
        package enum Kind: Sendable, Equatable {
            case bind
            case unbind
            case grant
        }

        package let agent: AgentID
        /// What people call it.
        package let name: String
        package let kind: Kind
    }

    /// What is there of one app.
    package struct Present: Sendable {
        package let online: AppVersion
        package let versions: [AppVersion]
        /// By agent: what is granted.
        package let hosts: [AgentID: [Grant]]

        package init(online: AppVersion, versions: [AppVersion], hosts: [AgentID: [Grant]]) {
            self.online = online
            self.versions = versions
            self.hosts = hosts
        }
    }

    /// - Parameters:
    ///   - present: What is there, by app.
    ///   - agent: The agent that a host of the file means; nil for one that nobody is.
    /// - Throws: `DesiredStateError` naming the app, version or host that does not exist.
    package init(
        from present: [AppName: Present], to desired: DesiredState, agent: (String) -> (id: AgentID, name: String)?
    ) throws(DesiredStateError) {
        for wanted in desired.apps {
            guard let there = present[wanted.app] else {
                throw DesiredStateError(description: "\(wanted.app) is not published: `elves app publish` it first")
            }
            if let version = wanted.version, !there.versions.contains(version) {
                let known = there.versions.map(\.text).joined(separator: ", ")
                throw DesiredStateError(description: "\(wanted.app) \(version) is not published; there is \(known)")
            }
            var hosts: [HostChange] = []
            var kept: Set<AgentID> = []
            for host in wanted.hosts {
                guard let agent = agent(host) else {
                    throw DesiredStateError(
                        description: "\(wanted.app): no single agent is called \"\(host)\": `elves agents` lists them")
                }
                guard kept.insert(agent.id).inserted else {
                    throw DesiredStateError(description: "\(wanted.app): \"\(host)\" is an agent that is named already")
                }
                guard let granted = there.hosts[agent.id] else {
                    hosts.append(HostChange(agent: agent.id, name: agent.name, kind: .bind))
                    continue
                }
                if granted != wanted.grants { hosts.append(HostChange(agent: agent.id, name: agent.name, kind: .grant)) }
            }
            for id in there.hosts.keys.sorted(by: { $0.text < $1.text }) where !kept.contains(id) {
                hosts.append(HostChange(agent: id, name: agent(id.text)?.name ?? id.text, kind: .unbind))
            }
            let promotion = wanted.version.flatMap { $0 == there.online ? nil : (from: there.online, to: $0) }
            if promotion != nil || !hosts.isEmpty {
                apps.append(AppChange(app: wanted.app, desired: wanted, promotion: promotion, hosts: hosts))
            }
        }
    }

    /// How many things change.
    package var count: Int { apps.reduce(0) { $0 + $1.hosts.count + ($1.promotion == nil ? 0 : 1) } }
}
