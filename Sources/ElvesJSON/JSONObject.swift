/// One JSON object, scanned once; its members are decoded only when they are asked for.
///
/// Reading is strict: a member of another type than the one asked for is an error that names the key. Unknown members are
/// the caller's business (`keys`).
public struct JSONObject: Sendable {
    private let bytes: [UInt8]
    private let members: [(key: String, value: Range<Int>)]

    /// - Throws: `JSONError` if the text is not one well-formed object within `limits`.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.bytes else {
            throw JSONError(offset: 0, reason: "\(bytes.count) bytes, more than the \(limits.bytes) allowed")
        }
        members = try scanning(bytes, limits) { (scanner: inout JSONScanner) throws(JSONError) in
            try scanner.topLevelMembers().map { (decodeJSONString($0.key, in: scanner.bytes), $0.value) }
        }
        self.bytes = bytes
    }

    public init(_ raw: RawJSON) throws(JSONError) {
        try self.init(parsing: raw.bytes, limits: JSONLimits(bytes: .max))
    }

    /// The names of the members, in the order of the text.
    public var keys: [String] { members.map(\.key) }

    /// All members as they stand, in the order of the text.
    public var entries: [(key: String, value: RawJSON)] {
        members.map { ($0.key, RawJSON(trusted: Array(bytes[$0.value]))) }
    }

    /// The member's value as it stands in the text; nil if there is no such member.
    public func raw(_ key: String) -> RawJSON? {
        range(key).map { RawJSON(trusted: Array(bytes[$0])) }
    }

    /// Nil if the member is absent or `null`.
    /// - Throws: `JSONError` naming the key if it is another type.
    public func string(_ key: String) throws(JSONError) -> String? {
        guard let range = presentRange(key) else { return nil }
        guard let text = RawJSON(trusted: Array(bytes[range])).stringValue else { throw wrongType(key, "a string") }
        return text
    }

    /// Nil if the member is absent or `null`.
    /// - Throws: `JSONError` naming the key if it is not an integer.
    public func integer(_ key: String) throws(JSONError) -> Int64? {
        guard let range = presentRange(key) else { return nil }
        guard let number = Int64(String(decoding: bytes[range], as: UTF8.self)) else { throw wrongType(key, "an integer") }
        return number
    }

    /// Nil if the member is absent or `null`.
    /// - Throws: `JSONError` naming the key if it is not a number.
    public func number(_ key: String) throws(JSONError) -> Double? {
        guard let range = presentRange(key) else { return nil }
        guard let number = Double(String(decoding: bytes[range], as: UTF8.self)) else { throw wrongType(key, "a number") }
        return number
    }

    /// Nil if the member is absent or `null`.
    /// - Throws: `JSONError` naming the key if it is another type.
    public func bool(_ key: String) throws(JSONError) -> Bool? {
        guard let range = presentRange(key) else { return nil }
        switch bytes[range.lowerBound] {
        case UInt8(ascii: "t"): return true
        case UInt8(ascii: "f"): return false
        default: throw wrongType(key, "true or false")
        }
    }

    /// The elements of an array member as they stand; nil if the member is absent or `null`.
    /// - Throws: `JSONError` naming the key if it is another type.
    public func array(_ key: String) throws(JSONError) -> [RawJSON]? {
        guard let range = presentRange(key) else { return nil }
        guard bytes[range.lowerBound] == UInt8(ascii: "[") else { throw wrongType(key, "an array") }
        let text = Array(bytes[range])
        return try scanning(text, JSONLimits(bytes: .max)) { (scanner: inout JSONScanner) throws(JSONError) in
            try scanner.elements().map { RawJSON(trusted: Array(text[$0])) }
        }
    }

    /// The value of a member that must be there.
    /// - Throws: `JSONError` naming the key.
    public func require<T>(_ key: String, _ value: T?) throws(JSONError) -> T {
        guard let value else { throw JSONError(offset: 0, reason: "member \"\(key)\" is missing") }
        return value
    }

    private func range(_ key: String) -> Range<Int>? { members.first { $0.key.utf8.elementsEqual(key.utf8) }?.value }

    private func presentRange(_ key: String) -> Range<Int>? {
        guard let range = range(key), bytes[range.lowerBound] != UInt8(ascii: "n") else { return nil }
        return range
    }

    private func wrongType(_ key: String, _ expected: String) -> JSONError {
        JSONError(offset: range(key)?.lowerBound ?? 0, reason: "member \"\(key)\" must be \(expected)")
    }
}

extension JSONScanner {
    /// The ranges of the elements of a text that is one array and has been scanned before.
    mutating func elements() throws(JSONError) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        index = 1
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: "]"): index += 1
            default:
                let start = index
                try value(depth: 1)
                ranges.append(start..<index)
            }
        }
        return ranges
    }
}
