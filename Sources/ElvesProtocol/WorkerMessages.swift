package import ElvesJSON
package import ElvesModel

/// What the host says to a worker, a line each (`sdk/protocol/README.md`).
package enum HostMessage: Sendable, Equatable {
    case hello(WorkerHello)
    case call(WorkerCall)
    case cancel(TaskID)
    case bye

    /// The message as one line, with its line feed.
    package var line: [UInt8] {
        var writer = JSONWriter()
        writer.object { members in
            switch self {
            case .hello(let hello):
                members.add("type", "hello")
                members.add("protocols", WorkerProtocol.versions.map { RawJSON.integer($0) })
                members.add("app", hello.app.text)
                members.add("version", hello.version.text)
                members.add("entry", hello.entry)
                members.add("isolation", hello.isolation)
                members.add("limits") { limits in
                    limits.add("line_bytes", hello.limits.bytes)
                    limits.add("depth", hello.limits.depth)
                }
                members.add("scratch", ifPresent: hello.scratch)
                if let landlock = hello.landlock { members.add("landlock", landlock) }
                if !hello.writable.isEmpty { members.add("writable", hello.writable) }
                if hello.hasSecrets { members.add("secrets_descriptor", WorkerHello.secretsDescriptor) }
            case .call(let call):
                members.add("type", "call")
                members.add("id", call.id.text)
                members.add("function", call.function)
                members.add("param", call.param)
                members.add("timeout_ms", call.timeout.milliseconds)
            case .cancel(let id):
                members.add("type", "cancel")
                members.add("id", id.text)
            case .bye:
                members.add("type", "bye")
            }
        }
        return writer.bytes + [0x0A]
    }
}

package enum WorkerProtocol {
    /// The versions of the worker protocol this host speaks.
    package static let versions = [1]
}

/// The first message to a worker.
package struct WorkerHello: Sendable, Equatable {
    package let app: AppName
    package let version: AppVersion
    package let entry: String
    package let isolation: String
    package let limits: JSONLimits
    /// A folder that is the worker's alone, where the worker is also alone in its process namespace; nil promises nothing.
    package var scratch: String?
    /// The version of Landlock that calls of a zygote shut themselves in with; nil where the kernel has none.
    package var landlock: Int?
    /// What the app may write beside its scratch folder, as paths inside.
    package var writable: [String] = []
    /// Whether the worker finds its app's secrets on `secretsDescriptor`.
    package var hasSecrets = false

    package static let secretsDescriptor = 3

    package init(app: AppName, version: AppVersion, entry: String, isolation: String, limits: JSONLimits) {
        self.app = app
        self.version = version
        self.entry = entry
        self.isolation = isolation
        self.limits = limits
    }

    package static func == (left: WorkerHello, right: WorkerHello) -> Bool {
        left.app == right.app && left.version == right.version && left.entry == right.entry
            && left.isolation == right.isolation && left.scratch == right.scratch && left.hasSecrets == right.hasSecrets
            && left.landlock == right.landlock && left.writable == right.writable
    }
}

/// One call of one function.
package struct WorkerCall: Sendable, Equatable {
    package let id: TaskID
    package let function: String
    package let param: RawJSON
    /// The time that is left for it, from now.
    package let timeout: Duration

    package init(id: TaskID, function: String, param: RawJSON, timeout: Duration) {
        self.id = id
        self.function = function
        self.param = param
        self.timeout = timeout
    }
}

/// What a worker says to its host.
package enum WorkerMessage: Sendable, Equatable {
    case ready(protocolVersion: Int64, sdk: String, functions: [String])
    case log(level: String, message: String)
    case progress(id: TaskID, percent: Int64?, message: String?)
    case result(id: TaskID, flag: Bool, result: RawJSON, reason: String?)

    /// Reads one line, without its line feed. Unknown members are ignored, an unknown type is refused by name.
    ///
    /// - Throws: `JSONError` saying what is wrong with the line.
    package init(line: [UInt8], limits: JSONLimits) throws(JSONError) {
        let object = try JSONObject(parsing: line, limits: limits)
        let type = try object.require("type", object.string("type"))
        switch type {
        case "ready":
            var functions: [String] = []
            for name in try object.array("functions") ?? [] {
                if let name = name.stringValue { functions.append(name) }
            }
            self = .ready(
                protocolVersion: try object.require("protocol", object.integer("protocol")),
                sdk: try object.string("sdk") ?? "", functions: functions)
        case "log":
            self = .log(
                level: try object.string("level") ?? "info",
                message: try object.require("message", object.string("message")))
        case "progress":
            self = .progress(
                id: TaskID(try object.require("id", object.string("id"))),
                percent: try object.number("percent").map { Int64(min(100, max(0, $0))) },
                message: try object.string("message"))
        case "result":
            self = .result(
                id: TaskID(try object.require("id", object.string("id"))),
                flag: try object.require("flag", object.bool("flag")),
                result: try object.require("result", object.raw("result")),
                reason: try object.string("reason"))
        default:
            throw JSONError.message("unknown message type \"\(type.prefix(40))\"")
        }
    }
}

/// What a host writes in a worker's place, for programs that do not speak the protocol. Without line feeds.
extension WorkerMessage {
    package static func readyLine(sdk: String, language: String) -> [UInt8] {
        RawJSON.object { members in
            members.add("type", "ready")
            members.add("protocol", WorkerProtocol.versions.max() ?? 1)
            members.add("sdk", sdk)
            members.add("language", language)
        }.bytes
    }

    package static func resultLine(_ id: TaskID, flag: Bool, result: RawJSON) -> [UInt8] {
        RawJSON.object { members in
            members.add("type", "result")
            members.add("id", id.text)
            members.add("flag", flag)
            members.add("result", result)
        }.bytes
    }
}
