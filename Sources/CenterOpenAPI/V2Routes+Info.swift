import ElvesBus
import ElvesHTTP
import ElvesJSON
import ElvesModel
import ElvesProtocol

extension V2Routes {
    /// `info/app`: the app of the key.
    @Sendable func describeApp(_ call: V2Call) async throws -> RawJSON? {
        guard let app = try await bus.call(FindApp(app: call.key.app), trace: call.trace) else {
            throw ApiError.appNotFound
        }
        return .object { members in
            members.add("app", app.app.text)
            members.add("app_name", app.title)
            members.add("app_ver", ifPresent: app.online?.text)
            members.add("last_update_time", app.lastUpdate.localText)
        }
    }

    /// `info/agents`: the addresses of the agents bound to the key's app, connected or not.
    @Sendable func listAgents(_ call: V2Call) async throws -> RawJSON? {
        let addresses = try await bus.call(ListBoundAgents(app: call.key.app), trace: call.trace)
        return RawJSON.array(addresses.map { .string($0.description) })
    }

    /// `info/agents/detail`: one agent that is connected.
    @Sendable func describeAgent(_ call: V2Call) async throws -> RawJSON? {
        // The address was checked on the way in; only a blank one gets here without an agent.
        guard let agent = call.agent, let address = call.parameters["ip"].flatMap({ IPv4Address($0) }) else {
            throw ApiError.ipIllegal
        }
        let crons: [CronID]? =
            call.parameters["showcron"] == "true"
            ? try await bus.call(ListCrons(app: call.key.app, agent: agent), trace: call.trace) : nil
        guard let presence = try await bus.call(FindPresence(agent: agent), trace: call.trace), presence.isOnline else {
            throw ApiError.agentInfoNotFound
        }
        let host = (try? JSONObject(presence.status.facts).string("hostname")) ?? nil
        return .object { members in
            members.add("ip", address.description)
            members.add("asset", host ?? address.description)
            members.add("last_hb_time", presence.lastHeard.localText)
            if let crons { members.add("cron_list", crons.map(\.text)) }
        }
    }
}
