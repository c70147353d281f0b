import ElvesBus
import ElvesJSON

/// One endpoint of `/api/v2`: where it is, what it reads, what it does.
struct V2Endpoint: Sendable {
    /// Below `/api/v2/`; the first one is its name, the others are spellings that old clients use as well.
    let paths: [String]
    /// What it reads besides the four of the signature. Others may be sent: they are signed, and without effect.
    let parameters: Set<String>
    /// Whether the fields of the result stand beside the envelope's as well, for clients that look there.
    let isFlat: Bool
    /// Returns the result; nil if there is none to tell of.
    ///
    /// - Throws: `ApiError`.
    let action: @Sendable (V2Call) async throws -> RawJSON?

    /// The component that answers, by whose name the original called the group; nil for groups of every center.
    var component: Component? { Component(rawValue: String(paths[0].prefix { $0 != "/" })) }

    init(
        _ path: String, aliases: [String] = [], parameters: Set<String> = [],
        isFlat: Bool = false, action: @escaping @Sendable (V2Call) async throws -> RawJSON?
    ) {
        paths = [path] + aliases
        self.parameters = parameters
        self.isFlat = isFlat
        self.action = action
    }
}

extension V2Routes {
    /// Every endpoint there is: what is routed, and what a signature may not leave open.
    var endpoints: [V2Endpoint] {
        let order: Set<String> = ["app", "func", "ip", "param", "timeout", "proxy"]
        return [
            V2Endpoint("rt/exec", parameters: order, action: run),
            V2Endpoint("info/app", aliases: ["info/apps"], action: describeApp),
            V2Endpoint("info/agents", action: listAgents),
            V2Endpoint("info/agents/detail", parameters: ["ip", "showcron"], action: describeAgent),
            V2Endpoint("queue/create", parameters: ["app"], action: createQueue),
            V2Endpoint(
                "queue/addtask", parameters: order.union(["queue_id", "mode", "depend_task_id"]), action: addTask),
            V2Endpoint("queue/commit", parameters: ["queue_id"], action: commitQueue),
            V2Endpoint("queue/stop", parameters: ["queue_id"], action: stopQueue),
            V2Endpoint("queue/result", parameters: ["queue_id"], action: queueResult),
            V2Endpoint("queue/qksqueue", parameters: order.union(["mode", "depend_task_id"]), action: runQueue),
            V2Endpoint("cron/add", parameters: order.union(["mode", "rule"]), action: addCron),
            V2Endpoint("cron/start", parameters: ["cron_id"], action: startCron),
            V2Endpoint("cron/stop", parameters: ["cron_id"], action: stopCron),
            V2Endpoint("cron/delete", parameters: ["cron_id"], action: deleteCron),
            V2Endpoint("cron/detail", aliases: ["cron/info"], parameters: ["cron_id"], isFlat: true, action: describeCron),
        ]
    }
}
