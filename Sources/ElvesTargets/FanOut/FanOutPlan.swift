package import ElvesFlow
package import ElvesJSON
package import ElvesModel

import struct Crypto.SHA256

/// What one call to many hosts will do, before it does: it can be shown, kept, and run exactly as it was shown.
package struct FanOutPlan: Equatable, Sendable {
    package let app: AppName
    package let version: AppVersion
    package let function: String
    /// Of the parameters as they will be sent, which may be long, or secret.
    package let param: Digest
    /// In the order of their addresses, each once.
    package let hosts: [Host]
    package let waves: Waves
    package let maxErrors: RolloutPlan.Share
    package let concurrency: Int

    package struct Host: Hashable, Comparable, Sendable, CustomStringConvertible {
        package let agent: AgentID
        package let ip: IPv4Address

        package init(agent: AgentID, ip: IPv4Address) {
            self.agent = agent
            self.ip = ip
        }

        package static func < (left: Host, right: Host) -> Bool { (left.ip, left.agent.text) < (right.ip, right.agent.text) }
        package var description: String { "\(ip) (\(agent))" }
    }

    package init(
        app: AppName, version: AppVersion, function: String, param: RawJSON, hosts: some Sequence<Host>, waves: Waves,
        maxErrors: RolloutPlan.Share, concurrency: Int
    ) {
        self.app = app
        self.version = version
        self.function = function
        self.param = Digest(bytes: SHA256.hash(data: param.compact.bytes))
        self.hosts = Set(hosts).sorted()
        self.waves = waves
        self.maxErrors = maxErrors
        self.concurrency = concurrency
    }

    /// Over everything that changes what is done, so a plan of this id is this plan.
    package var id: Digest { Digest(bytes: SHA256.hash(data: json.bytes)) }

    package func fanOut() -> FanOut {
        FanOut(hosts.map(\.agent), waves: waves, maxErrors: maxErrors, concurrency: concurrency)
    }

    /// How it is kept and shown: always the same bytes for the same plan.
    package var json: RawJSON {
        .object { members in
            members.add("app", app.text)
            members.add("version", version.text)
            members.add("function", function)
            members.add("param_sha256", param.hex)
            members.add(
                "hosts",
                hosts.map { host in
                    .object { members in
                        members.add("agent", host.agent.text)
                        members.add("ip", "\(host.ip)")
                    }
                })
            members.add("waves", "\(waves)")
            members.add("max_errors", "\(maxErrors)")
            members.add("concurrency", concurrency)
        }
    }

    // MARK: Running exactly this one

    /// - Parameter planned: What was shown; this is what the same words mean now.
    /// - Throws: `PlanChanged` naming every difference.
    package func requireSame(as planned: FanOutPlan) throws(PlanChanged) {
        guard self != planned else { return }
        let (now, before) = (Set(hosts), Set(planned.hosts))
        var settings: [String] = []
        func compare(_ name: String, _ old: String, _ new: String) {
            if old != new { settings.append("\(name) was \(old) and is \(new)") }
        }
        compare("the app", "\(planned.app)", "\(app)")
        compare("the version", "\(planned.version)", "\(version)")
        compare("the function", planned.function, function)
        if planned.param != param { settings.append("the parameters are others") }
        compare("--batch", "\(planned.waves)", "\(waves)")
        compare("--max-errors", "\(planned.maxErrors)", "\(maxErrors)")
        compare("the number at once", "\(planned.concurrency)", "\(concurrency)")
        throw PlanChanged(
            id: planned.id, added: now.subtracting(before).sorted(), removed: before.subtracting(now).sorted(),
            settings: settings)
    }
}

/// Why a plan is not run: what it was made for has changed.
package struct PlanChanged: Error, Equatable, CustomStringConvertible {
    package let id: Digest
    package let added: [FanOutPlan.Host]
    package let removed: [FanOutPlan.Host]
    /// What else changed, in words.
    package let settings: [String]

    /// How many hosts of each kind the sentence names.
    private static let named = 10

    package var description: String {
        let parts = [Self.list("added", added), Self.list("removed", removed)].compactMap { $0 } + settings
        return "plan \(id.hex.prefix(16)) is not what would be run now: \(parts.joined(separator: "; ")); "
            + "look at a new one with --plan"
    }

    private static func list(_ word: String, _ hosts: [FanOutPlan.Host]) -> String? {
        guard !hosts.isEmpty else { return nil }
        let more = hosts.count > named ? " and \(hosts.count - named) more" : ""
        return "\(word) \(hosts.prefix(named).map(\.description).joined(separator: ", "))\(more)"
    }
}
