/// What can stand where JSON is wanted: texts, numbers, booleans, lists and dictionaries of them, optionals as null.
public protocol JSONConvertible {
    var json: JSON { get }
}

extension JSON: JSONConvertible {
    public var json: JSON { self }

    public init(_ value: some JSONConvertible) {
        self = value.json
    }
}

extension Bool: JSONConvertible {
    public var json: JSON { .bool(self) }
}

extension Int: JSONConvertible {
    public var json: JSON { .integer(self) }
}

extension Int32: JSONConvertible {
    public var json: JSON { .integer(Int(self)) }
}

extension UInt32: JSONConvertible {
    public var json: JSON { .integer(Int(self)) }
}

extension Double: JSONConvertible {
    public var json: JSON { .number(self) }
}

extension String: JSONConvertible {
    public var json: JSON { .text(self) }
}

extension Substring: JSONConvertible {
    public var json: JSON { .text(String(self)) }
}

extension Array: JSONConvertible where Element: JSONConvertible {
    public var json: JSON { .list(map(\.json)) }
}

extension Dictionary: JSONConvertible where Key == String, Value: JSONConvertible {
    /// Sorted by key, so that the same values are the same text.
    public var json: JSON {
        var members = Members()
        for key in keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { members[key] = self[key]?.json }
        return .object(members)
    }
}

extension Optional: JSONConvertible where Wrapped: JSONConvertible {
    public var json: JSON { self?.json ?? .null }
}

extension JSON: ExpressibleByNilLiteral {
    public init(nilLiteral: ()) {
        self = .null
    }
}

extension JSON: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }
}

extension JSON: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) {
        self = .integer(value)
    }
}

extension JSON: ExpressibleByFloatLiteral {
    public init(floatLiteral value: Double) {
        self = .number(value)
    }
}

extension JSON: ExpressibleByStringInterpolation {
    public init(stringLiteral value: String) {
        self = .text(value)
    }
}

extension JSON: ExpressibleByArrayLiteral {
    public init(arrayLiteral items: any JSONConvertible...) {
        self = .list(items.map(\.json))
    }
}

extension JSON: ExpressibleByDictionaryLiteral {
    /// Of a key that is written twice, the last value stands.
    public init(dictionaryLiteral items: (String, any JSONConvertible)...) {
        var members = Members()
        for (key, value) in items { members[key] = value.json }
        self = .object(members)
    }
}
