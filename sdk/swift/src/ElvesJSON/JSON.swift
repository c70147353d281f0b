/// A JSON value.
///
/// Texts and keys are equal when their bytes are: `"é"` in one and in two code points are two keys, as in every other
/// language of the protocol, although they are one `String` in Swift.
public enum JSON: Sendable {
    case null
    case bool(Bool)
    /// An integer of 64 bits, exact.
    case integer(Int)
    /// A number with a fraction or an exponent, or an integer beyond 64 bits.
    case number(Double)
    case text(String)
    case list([JSON])
    case object(Members)

    /// The value of a member; nil when there is none, or when this is no object.
    public subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also of a number without a fraction, as `2.0` and `1e3` are.
    public var integer: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    public var text: String? {
        if case .text(let value) = self { value } else { nil }
    }

    public var list: [JSON]? {
        if case .list(let value) = self { value } else { nil }
    }

    public var members: Members? {
        if case .object(let value) = self { value } else { nil }
    }

    /// What kind of value this is, in words for messages: `a text`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

extension JSON: Equatable {
    /// Numbers are equal by value, members in any order.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.integer(let integer), .number(let number)), (.number(let number), .integer(let integer)):
            Int(exactly: number) == integer
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.list(let left), .list(let right)): left == right
        case (.object(let left), .object(let right)):
            left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
        default: false
        }
    }
}

extension JSON: CustomStringConvertible {
    /// The JSON text; a number that JSON does not have is written as Swift names it.
    public var description: String {
        if let bytes = try? encoded(depth: .max) { return String(decoding: bytes, as: UTF8.self) }
        return number.map { "\($0)" } ?? "a value with a number that JSON does not have"
    }
}
