import ElvesJSON
package import ElvesModel

/// A frame from the center to an agent.
package enum CenterFrame: Sendable, Equatable {
    /// The link is up. Until this frame an agent may not believe in it: TLS 1.3 tells a client of a refused certificate only
    /// after the client's own handshake.
    case welcome(Welcome)
    /// The link is refused; the center closes it. `reason` is for the operator.
    case refuse(reason: String)
    /// The answer to a heartbeat, by which an agent knows that its center still hears it.
    case heartbeat
    /// All the apps the agent should have online, replacing what was said before.
    case apps([AppAssignment])
    case run(RunOrder)
    /// The task is to end now, with all its processes; its report follows.
    case cancel(TaskID)
    /// The result of this task is recorded; the agent may forget it.
    case acknowledge(TaskID)

    package struct Welcome: Sendable, Equatable {
        package let protocolVersion: Int
        package let heartbeat: Duration
        package let apps: [AppAssignment]

        package init(protocolVersion: Int, heartbeat: Duration, apps: [AppAssignment]) {
            self.protocolVersion = protocolVersion
            self.heartbeat = heartbeat
            self.apps = apps
        }
    }

    package var bytes: [UInt8] {
        var writer = JSONWriter()
        writer.object { members in
            switch self {
            case .welcome(let welcome):
                members.add("type", "welcome")
                members.add("protocol", welcome.protocolVersion)
                members.add("heartbeat_ms", welcome.heartbeat.milliseconds)
                members.add("apps", welcome.apps.map(\.json))
            case .refuse(let reason):
                members.add("type", "refuse")
                members.add("reason", reason)
            case .heartbeat:
                members.add("type", "heartbeat")
            case .apps(let apps):
                members.add("type", "apps")
                members.add("apps", apps.map(\.json))
            case .run(let order):
                members.add("type", "run")
                members.add("task", order.task.text)
                members.add("trace", order.trace.text)
                members.add("app", order.app.text)
                members.add("function", order.function)
                members.add("param", order.param)
                members.add("timeout_ms", order.timeout.milliseconds)
                members.add("pin", ifPresent: order.pin?.json)
                if order.attempt != 1 { members.add("attempt", order.attempt) }
                if order.isStored { members.add("stored", true) }
            case .cancel(let task):
                members.add("type", "cancel")
                members.add("task", task.text)
            case .acknowledge(let task):
                members.add("type", "ack")
                members.add("task", task.text)
            }
        }
        return writer.bytes
    }

    /// - Throws: `JSONError` or `InvalidName` saying what is wrong with the frame.
    package init(bytes: [UInt8]) throws {
        let object = try JSONObject(parsing: bytes, limits: JSONLimits(bytes: LinkProtocol.frameLimit, depth: 80))
        let type = try object.require("type", object.string("type"))
        switch type {
        case "welcome":
            self = .welcome(
                Welcome(
                    protocolVersion: Int(try object.require("protocol", object.integer("protocol"))),
                    heartbeat: .milliseconds(try object.require("heartbeat_ms", object.integer("heartbeat_ms"))),
                    apps: try (object.array("apps") ?? []).map(AppAssignment.init)))
        case "refuse":
            self = .refuse(reason: try object.string("reason") ?? "no reason given")
        case "heartbeat":
            self = .heartbeat
        case "apps":
            self = .apps(try (object.array("apps") ?? []).map(AppAssignment.init))
        case "run":
            self = .run(
                RunOrder(
                    task: TaskID(try object.require("task", object.string("task"))),
                    trace: TraceID(try object.string("trace") ?? ""),
                    app: try AppName(object.require("app", object.string("app"))),
                    function: try object.require("function", object.string("function")),
                    param: try object.require("param", object.raw("param")),
                    timeout: .milliseconds(try object.require("timeout_ms", object.integer("timeout_ms"))),
                    pin: try object.raw("pin").map(AppAssignment.init),
                    attempt: Int(clamping: try object.integer("attempt") ?? 1),
                    isStored: try object.bool("stored") ?? false))
        case "cancel":
            self = .cancel(TaskID(try object.require("task", object.string("task"))))
        case "ack":
            self = .acknowledge(TaskID(try object.require("task", object.string("task"))))
        default:
            throw JSONError.message("unknown frame type \"\(type.prefix(40))\"")
        }
    }
}
