package import ElvesJSON
package import ElvesModel

/// An agent, as target expressions see it.
package struct TargetSubject: Sendable {
    package let agent: AgentID
    package let ip: IPv4Address
    package let hostName: String
    /// The versions that take new calls there.
    package let apps: [AppName: AppVersion]
    let labels: [String: String]
    let facts: [String: Fact]

    /// What a fact can be. Anything else in the object, and a text longer than `longest`, is as though it was not there.
    enum Fact: Equatable, Sendable {
        case text(String)
        case number(JSONNumber)
        case bool(Bool)
    }

    /// Of one text, in bytes: what a regular expression may have to look at.
    static let longest = 1024

    /// - Parameter facts: One flat JSON object, as a heartbeat brings it.
    package init(
        agent: AgentID, ip: IPv4Address, hostName: String, apps: [AppName: AppVersion], labels: [String: String],
        facts: RawJSON
    ) {
        self.agent = agent
        self.ip = ip
        self.hostName = String(hostName.prefix(Self.longest))
        self.apps = apps
        self.labels = labels
        var known: [String: Fact] = [:]
        for (name, raw) in (try? JSONObject(facts))?.entries ?? [] where raw.bytes.count <= Self.longest {
            known[name] = (try? JSONValue(raw)).flatMap { Fact($0) }
        }
        self.facts = known
    }
}

extension TargetSubject.Fact {
    fileprivate init?(_ value: JSONValue) {
        switch value {
        case .string(let text): self = .text(text.text)
        case .number(let number): self = .number(number)
        case .bool(let value): self = .bool(value)
        case .null, .array, .object: return nil
        }
    }
}
