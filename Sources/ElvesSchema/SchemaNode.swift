import ElvesJSON

/// One schema of a compiled one: everything that a value must be. Other schemas are named by their place in the list.
struct SchemaNode: Sendable {
    var checks: [SchemaCheck] = []
}

/// One demand on a value. Demands on a kind of value, as on the length of a string, hold for every value of another kind.
enum SchemaCheck: Sendable {
    /// The schema `false`.
    case never
    case types(JSONTypes)
    /// `const` and `enum`; the text lists the values.
    case values(Set<JSONValue>, listed: String)
    case minimum(JSONNumber)
    case maximum(JSONNumber)
    case exclusiveMinimum(JSONNumber)
    case exclusiveMaximum(JSONNumber)
    case multipleOf(JSONNumber)
    case minLength(Int)
    case maxLength(Int)
    case pattern(Pattern)
    case format(TextFormat)
    case minItems(Int)
    case maxItems(Int)
    case uniqueItems
    case items(prefix: [Int], rest: Int?)
    case contains(Int, min: Int, max: Int?)
    case minProperties(Int)
    case maxProperties(Int)
    case required([JSONText])
    case properties(PropertyChecks)
    case propertyNames(Int)
    case dependentRequired([(JSONText, [JSONText])])
    case dependentSchemas([(JSONText, Int)])
    case reference(Int)
    case allOf([Int])
    case anyOf([Int])
    case oneOf([Int])
    case not(Int)
    case conditional(if: Int, then: Int?, else: Int?)

    /// The schemas that look at the same value, not at a part of it.
    var alongside: [Int] {
        switch self {
        case .reference(let node), .not(let node): [node]
        case .allOf(let nodes), .anyOf(let nodes), .oneOf(let nodes): nodes
        case .conditional(let condition, let then, let otherwise): [condition] + [then, otherwise].compactMap { $0 }
        case .dependentSchemas(let pairs): pairs.map(\.1)
        default: []
        }
    }
}

/// What the members of an object must be.
struct PropertyChecks: Sendable {
    var named: [JSONText: Int] = [:]
    /// The names in the order of the schema.
    var names: [JSONText] = []
    var patterns: [(Pattern, Int)] = []
    var others: Int?
}

/// A set of the kinds of JSON values.
struct JSONTypes: OptionSet, Sendable {
    let rawValue: UInt8

    static let null = JSONTypes(rawValue: 1)
    static let boolean = JSONTypes(rawValue: 2)
    static let integer = JSONTypes(rawValue: 4)
    /// Whole numbers too.
    static let number = JSONTypes(rawValue: 8 + 4)
    static let string = JSONTypes(rawValue: 16)
    static let array = JSONTypes(rawValue: 32)
    static let object = JSONTypes(rawValue: 64)

    static let byName: [(name: String, type: JSONTypes)] = [
        ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .number), ("string", .string),
        ("array", .array), ("object", .object),
    ]

    /// What a value is; a whole number is an integer however it was written.
    init(of value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool: self = .boolean
        case .number(let number): self = number.isInteger ? .integer : JSONTypes(rawValue: 8)
        case .string: self = .string
        case .array: self = .array
        case .object: self = .object
        }
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// As in `a string`, or `an integer or null`.
    var words: String {
        var names: [String] = []
        if contains(.object) { names.append("an object") }
        if contains(.array) { names.append("an array") }
        if contains(.string) { names.append("a string") }
        if contains(.number) { names.append("a number") } else if contains(.integer) { names.append("an integer") }
        if contains(.boolean) { names.append("true or false") }
        if contains(.null) { names.append("null") }
        // A number that is not whole, by itself.
        if names.isEmpty { names.append("a number") }
        guard let last = names.popLast() else { return "" }
        return names.isEmpty ? last : names.joined(separator: ", ") + " or " + last
    }
}
