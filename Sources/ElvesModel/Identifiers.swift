/// The id of one task: 16 upper-case hexadecimal characters, as the original's clients expect.
public struct TaskID: TextID {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// The id of a queue: a set of tasks with dependencies between them.
public struct QueueID: TextID {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// The id of a schedule that makes tasks.
public struct CronID: TextID {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// The identity of one agent, given by the center at join and carried by its certificate.
public struct AgentID: TextID {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// The id of a key of `/api/v2`: its `auth_id` parameter.
public struct AuthID: TextID {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// The id that travels through everything one request causes.
public struct TraceID: TextID {
    public let text: String
    public init(_ text: String) { self.text = text }
}

/// An id is opaque text; its type says whose it is.
public protocol TextID: Hashable, Sendable, Codable, CustomStringConvertible {
    var text: String { get }
    init(_ text: String)
}

extension TextID {
    public var description: String { text }

    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Where ids and secrets come from. Injected, so that a simulation can replay them.
public struct Randomness: Sendable {
    /// The given number of random bytes.
    public let bytes: @Sendable (_ count: Int) -> [UInt8]

    public init(bytes: @escaping @Sendable (_ count: Int) -> [UInt8]) { self.bytes = bytes }

    /// The operating system's generator.
    public static let system = Randomness { count in
        // Eight bytes a system call, not one.
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            let word = generator.next()
            for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
        }
        return Array(bytes.prefix(count))
    }

    /// 16 upper-case hexadecimal characters.
    public func id<ID: TextID>(_: ID.Type = ID.self) -> ID { ID(hex(bytes: 8)) }

    public func hex(bytes count: Int) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: bytes(count).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
