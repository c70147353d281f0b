/// A JSON value as a tree, for those who have to look into it.
///
/// Equal means equal as JSON: the order of members does not count, nor how a number or a text was written.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(JSONText)
    case array([JSONValue])
    case object(JSONMembers)

    /// - Throws: `JSONError` for a number with more digits than can be held exactly, or a larger exponent.
    public init(_ raw: RawJSON) throws(JSONError) {
        self = try scanning(raw.bytes, JSONLimits(bytes: .max, depth: .max)) {
            (scanner: inout JSONScanner) throws(JSONError) in
            try scanner.tree()
        }
    }
}

/// A text that is compared by its bytes: unlike in `String`, two spellings of one character are two texts.
public struct JSONText: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }
    public init(stringLiteral text: String) { self.text = text }

    public static func == (left: JSONText, right: JSONText) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    public var description: String { text }
}

/// The members of an object, in the order of the text, their keys unique.
public struct JSONMembers: Hashable, Sendable, RandomAccessCollection {
    public struct Element: Sendable {
        public let key: JSONText
        public let value: JSONValue
    }

    private let elements: [Element]

    public static let empty = JSONMembers([])

    init(_ elements: [Element]) { self.elements = elements }

    public var startIndex: Int { 0 }
    public var endIndex: Int { elements.count }
    public subscript(position: Int) -> Element { elements[position] }

    /// Looks through all members: for a few keys, or few members.
    public subscript(key: JSONText) -> JSONValue? { elements.first { $0.key == key }?.value }

    public static func == (left: JSONMembers, right: JSONMembers) -> Bool {
        guard left.count == right.count else { return false }
        if left.count <= 8 { return left.allSatisfy { right[$0.key] == $0.value } }
        let others = right.table
        return left.allSatisfy { others[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // Their order does not count: the sum of what each member hashes to.
        var sum = 0
        for element in elements {
            var own = Hasher()
            own.combine(element.key)
            own.combine(element.value)
            sum &+= own.finalize()
        }
        hasher.combine(sum)
    }

    /// The members by key.
    public var table: [JSONText: JSONValue] {
        Dictionary(elements.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }
}

extension JSONScanner {
    /// The tree of a text that is one value and has been scanned before.
    mutating func tree() throws(JSONError) -> JSONValue {
        skipBlanks()
        switch peek() {
        case UInt8(ascii: "{"): return .object(JSONMembers(try members()))
        case UInt8(ascii: "["): return .array(try list())
        case UInt8(ascii: "\""): return .string(JSONText(decodeJSONString(try string(), in: bytes)))
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            let first = peek()
            try value(depth: 0)
            return first == UInt8(ascii: "n") ? .null : .bool(first == UInt8(ascii: "t"))
        default:
            let start = index
            try value(depth: 0)
            guard let number = JSONNumber(wellFormed: bytes[start..<index]) else {
                throw JSONError(
                    offset: start,
                    reason: "a number with more than \(JSONNumber.digitLimit) digits "
                        + "or an exponent beyond \(JSONNumber.exponentLimit)")
            }
            return .number(number)
        }
    }

    private mutating func members() throws(JSONError) -> [JSONMembers.Element] {
        var members: [JSONMembers.Element] = []
        index += 1
        skipBlanks()
        while !take(UInt8(ascii: "}")) {
            let key = JSONText(decodeJSONString(try string(), in: bytes))
            skipBlanks()
            _ = take(UInt8(ascii: ":"))
            members.append(.init(key: key, value: try tree()))
            skipBlanks()
            if take(UInt8(ascii: ",")) { skipBlanks() }
        }
        return members
    }

    private mutating func list() throws(JSONError) -> [JSONValue] {
        var values: [JSONValue] = []
        index += 1
        skipBlanks()
        while !take(UInt8(ascii: "]")) {
            values.append(try tree())
            skipBlanks()
            if take(UInt8(ascii: ",")) { skipBlanks() }
        }
        return values
    }
}
