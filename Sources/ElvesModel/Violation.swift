/// Something an app tried and its sandbox did not let it do. Equal attempts of one run are one value with a count.
public struct Violation: Hashable, Sendable, Codable {
    /// What refused it.
    public enum Layer: String, Sendable, Codable {
        case seccomp
        case landlock
        case resource
    }

    public enum Action: String, Sendable, Codable {
        /// The attempt failed, and the app went on.
        case denied
        /// The worker was ended for it.
        case killed
    }

    /// Who told.
    public enum Source: String, Sendable, Codable {
        /// The kernel asked before it refused: nothing is missing.
        case notify
        /// Found in the kernel's log after the worker's end.
        case audit
        /// Only the signal that ended the worker is known.
        case signal
        /// Counted by the worker's control group: how often, and not when or by which call.
        case counter
    }

    /// The system call's name; `unknownCall` if nobody told it. Of a resource, its name in policies.
    public let call: String
    /// Six, as the kernel got them: no pointer was followed, and what the call does not read is 0. Empty if nobody told them.
    public let arguments: [UInt64]
    public let layer: Layer
    public var action: Action
    public let source: Source
    /// How often in this run, at least 1.
    public var count: Int
    /// Of what was counted, when somebody looked.
    public let firstAt: Timestamp

    public static let unknownCall = "unknown"

    public init(
        call: String, arguments: [UInt64], layer: Layer = .seccomp, action: Action = .denied, source: Source,
        count: Int = 1, firstAt: Timestamp
    ) {
        self.call = call
        self.arguments = arguments
        self.layer = layer
        self.action = action
        self.source = source
        self.count = count
        self.firstAt = firstAt
    }

    private enum CodingKeys: String, CodingKey {
        case call, arguments, layer, action, source, count
        case firstAt = "first_at"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        call = try container.decode(String.self, forKey: .call)
        arguments = try container.decode([HexadecimalWord].self, forKey: .arguments).map(\.value)
        layer = try container.decode(Layer.self, forKey: .layer)
        action = try container.decode(Action.self, forKey: .action)
        source = try container.decode(Source.self, forKey: .source)
        count = try container.decode(Int.self, forKey: .count)
        firstAt = try container.decode(Timestamp.self, forKey: .firstAt)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(call, forKey: .call)
        try container.encode(arguments.map(HexadecimalWord.init), forKey: .arguments)
        try container.encode(layer, forKey: .layer)
        try container.encode(action, forKey: .action)
        try container.encode(source, forKey: .source)
        try container.encode(count, forKey: .count)
        try container.encode(firstAt, forKey: .firstAt)
    }
}

extension Violation: CustomStringConvertible {
    /// As in `ptrace(0x10, 0x1, 0x0, 0x0, 0x0, 0x0) denied 3 times`.
    public var description: String { "\(attempt) \(action.rawValue)\(count == 1 ? "" : " \(count) times")" }

    /// The call with its arguments, or the resource that was used up.
    public var attempt: String {
        if layer == .resource { return call }
        let list = arguments.map { HexadecimalWord(value: $0).text }.joined(separator: ", ")
        return "\(call)(\(arguments.isEmpty ? "…" : list))"
    }
}

/// What a sandbox refused in one run.
public struct Violations: Hashable, Sendable, Codable {
    /// By kind, in the order in which they first came.
    public var kinds: [Violation]
    /// Attempts beyond those: of further kinds, which are counted and not kept.
    public var more: Int

    public init(kinds: [Violation] = [], more: Int = 0) {
        self.kinds = kinds
        self.more = more
    }

    public var isEmpty: Bool { kinds.isEmpty && more == 0 }

    /// All attempts.
    public var total: Int { kinds.reduce(more) { $0 + $1.count } }

    /// The one for which the worker was ended.
    public var fatal: Violation? { kinds.first { $0.action == .killed } }
}

/// All 64 bits, as text: numbers in JSON are not read that far by everybody.
private struct HexadecimalWord: Codable {
    let value: UInt64

    var text: String { "0x" + String(value, radix: 16) }

    init(value: UInt64) { self.value = value }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        let digits = text.dropFirst(2)
        guard text.hasPrefix("0x"), digits.allSatisfy(\.isHexDigit), let value = UInt64(digits, radix: 16) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text.prefix(40))\" is no number of the form 0x1f")
        }
        self.value = value
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
