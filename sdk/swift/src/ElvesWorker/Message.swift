/// A line that is no message of this protocol; the text says why. The worker ends with it.
struct Refused: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

/// What a host may say.
enum Message {
    case hello(Hello)
    case call(Call)
    case cancel(id: String)
    case bye

    /// Reads a line, without its line feed.
    init(_ line: UnsafeBufferPointer<UInt8>, depth: Int) throws(Refused) {
        let value: JSON
        do {
            value = try JSON(parsing: line, depth: depth)
        } catch {
            throw Refused("the line cannot be read: \(error)")
        }
        guard let members = value.members else { throw Refused("a message is an object, not \(value.kind)") }
        guard let type = members["type"] else { throw Refused("a message without type") }
        switch type.text {
        case "hello": self = .hello(try Hello(members))
        case "call": self = .call(try Call(members))
        case "cancel":
            guard let id = members["id"]?.text else { throw Refused("cancel without id") }
            self = .cancel(id: id)
        case "bye": self = .bye
        default: throw Refused("the unknown message type \(String(type.description.prefix(80)))")
        }
    }

    var type: String {
        switch self {
        case .hello: "hello"
        case .call: "call"
        case .cancel: "cancel"
        case .bye: "bye"
        }
    }
}

/// The first line of a host.
struct Hello {
    /// Until the hello has said otherwise.
    static let lineBytes = 1_048_576
    static let depth = 64
    /// More than any host has memory for; sums of such numbers stay numbers.
    private static let largestLimit = 1 << 40

    let protocols: [JSON]
    let version: String?
    let secretsDescriptor: Int?
    let lineBytes: Int
    let depth: Int

    init(_ members: Members) throws(Refused) {
        for key in ["app", "entry"] where members[key]?.text?.isEmpty != false {
            throw Refused("hello without \(key)")
        }
        guard let protocols = members["protocols"]?.list else { throw Refused("hello without protocols") }
        self.protocols = protocols
        version = members["version"]?.text
        try Hello.check(isolation: members["isolation"] ?? .null)
        if let scratch = members["scratch"], scratch.text == nil { throw Refused("hello with the scratch \(scratch)") }
        let limits = members["limits"] ?? .null
        guard limits.isNull || limits.members != nil else { throw Refused("hello with limits that are \(limits.kind)") }
        lineBytes = try Hello.limit(limits, "line_bytes", Hello.lineBytes)
        depth = try Hello.limit(limits, "depth", Hello.depth)
        if let descriptor = members["secrets_descriptor"], !descriptor.isNull {
            guard let number = descriptor.integer, (3...65535).contains(number) else {
                throw Refused("hello with the secrets_descriptor \(descriptor)")
            }
            secretsDescriptor = number
        } else {
            secretsDescriptor = nil
        }
    }

    private static func check(isolation: JSON) throws(Refused) {
        switch isolation {
        case .null, .text("resident"), .text("fresh"): break
        case .text("zygote"):
            throw Refused("the isolation zygote: a Swift program cannot be forked; take fresh or resident")
        default:
            throw Refused("the unknown isolation \(String(isolation.description.prefix(80))); take fresh or resident")
        }
    }

    private static func limit(_ limits: JSON, _ key: String, _ standard: Int) throws(Refused) -> Int {
        guard let value = limits[key] else { return standard }
        guard let number = value.integer, number > 0 else { throw Refused("the limit \(key) is \(value)") }
        return min(number, largestLimit)
    }
}

/// One call of a function.
struct Call {
    let id: String
    let function: String
    let param: JSON
    let timeout: Duration?

    init(_ members: Members) throws(Refused) {
        guard let id = members["id"]?.text, !id.isEmpty else { throw Refused("call without id") }
        guard let function = members["function"]?.text else { throw Refused("call without function") }
        self.id = id
        self.function = function
        let param = members["param"] ?? .null
        self.param = param.isNull ? .object(Members()) : param
        if let limit = members["timeout_ms"], !limit.isNull {
            guard let milliseconds = limit.number, milliseconds >= 0 else {
                throw Refused("call with the timeout_ms \(limit)")
            }
            // A century is as good as for ever, and fits.
            timeout = .milliseconds(min(milliseconds, 3_155_760_000_000))
        } else {
            timeout = nil
        }
    }
}
