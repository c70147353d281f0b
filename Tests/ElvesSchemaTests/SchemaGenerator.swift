/// Makes schemas and values that have to do with each other, by seed.
struct SchemaGenerator {
    private var state: UInt64
    private static let keys = ["a", "b", "c", "ab"]
    private static let texts = [#""""#, #""a""#, #""b""#, #""ab""#, #""aab""#, #""c""#, #""é""#, #""😀a""#, #""a1""#]
    private static let numbers = ["0", "1", "2", "3", "-1", "1.0", "0.5", "1.5", "2.25", "10", "1e1"]
    private static let patterns = [
        "^a", "b$", "a|c", "^[ab]+$", "(a|b)*c", "a{2}", "^.{1,2}$", "[0-9]", "[^a]", "^$", "a+?b", "^(?:ab|a)$",
    ]

    init(seed: UInt64) { state = seed }

    private mutating func below(_ count: Int) -> Int {
        // SplitMix64.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(count))
    }

    private mutating func pick(_ list: [String]) -> String { list[below(list.count)] }

    mutating func value(_ depth: Int = 0) -> String {
        switch below(depth < 3 ? 9 : 5) {
        case 0: return pick(["null", "true", "false"])
        case 1, 2: return pick(Self.numbers)
        case 3, 4: return pick(Self.texts)
        case 5, 6: return "[" + (0..<below(4)).map { _ in value(depth + 1) }.joined(separator: ",") + "]"
        default: return object { $0.value(depth + 1) }
        }
    }

    /// A root with two definitions, one of which contains itself.
    mutating func schema() -> String {
        let definitions =
            ##""$defs":{"x":\##(schema(2, refers: false)),"y":{"type":["array","integer"],"items":{"$ref":"#/$defs/y"}}}"##
        return "{" + (keywords(0, refers: true) + [definitions]).joined(separator: ",") + "}"
    }

    private mutating func schema(_ depth: Int, refers: Bool) -> String {
        if below(20) == 0 { return pick(["true", "false"]) }
        return "{" + keywords(depth, refers: refers).joined(separator: ",") + "}"
    }

    private mutating func object(_ value: (inout SchemaGenerator) -> String) -> String {
        var members: [String] = []
        for key in Self.keys where below(2) == 0 { members.append("\"\(key)\":\(value(&self))") }
        return "{" + members.joined(separator: ",") + "}"
    }

    private mutating func list(_ value: (inout SchemaGenerator) -> String) -> String {
        "[" + (0...below(3)).map { _ in value(&self) }.joined(separator: ",") + "]"
    }

    private mutating func keywords(_ depth: Int, refers: Bool) -> [String] {
        var result: [String: String] = [:]
        for _ in 0...below(2) {
            let isLeaf = depth >= 3
            switch below(isLeaf ? 16 : 30) {
            case 0, 1: result["type"] = "\"\(pick(["string", "integer", "number", "object", "array", "boolean", "null"]))\""
            case 2: result["type"] = pick([#"["string","number"]"#, #"["object","array"]"#, #"["integer","null","string"]"#])
            case 3: result["enum"] = list { $0.value(2) }
            case 4: result["const"] = value(2)
            case 5: result[pick(["minimum", "maximum"])] = pick(Self.numbers)
            case 6: result[pick(["exclusiveMinimum", "exclusiveMaximum"])] = pick(Self.numbers)
            case 7: result["multipleOf"] = pick(["1", "2", "3", "0.5", "0.25", "1.5"])
            case 8: result[pick(["minLength", "maxLength"])] = pick(["0", "1", "2"])
            case 9: result["pattern"] = "\"\(pick(Self.patterns))\""
            case 10: result[pick(["minItems", "maxItems", "minProperties", "maxProperties"])] = pick(["0", "1", "2"])
            case 11: result["uniqueItems"] = pick(["true", "false"])
            case 12: result["required"] = pick([#"["a"]"#, #"["a","b"]"#, "[]", #"["c"]"#])
            case 13: result["dependentRequired"] = pick([#"{"a":["b"]}"#, #"{"c":["a","ab"]}"#])
            case 14: if refers { result["$ref"] = ##""#/$defs/\##(pick(["x", "y"]))""## }
            case 15: result["additionalProperties"] = pick(["true", "false"])
            case 16, 17, 18: result["properties"] = object { $0.schema(depth + 1, refers: refers) }
            case 19: result["patternProperties"] = "{\"\(pick(Self.patterns))\":\(schema(depth + 1, refers: refers))}"
            case 20: result["additionalProperties"] = schema(depth + 1, refers: refers)
            case 21: result["propertyNames"] = schema(depth + 1, refers: refers)
            case 22: result["items"] = schema(depth + 1, refers: refers)
            case 23: result["prefixItems"] = list { $0.schema(depth + 1, refers: refers) }
            case 24:
                result["contains"] = schema(depth + 1, refers: refers)
                if below(2) == 0 { result[pick(["minContains", "maxContains"])] = pick(["0", "1", "2"]) }
            case 25: result["not"] = schema(depth + 1, refers: refers)
            case 26:
                result["if"] = schema(depth + 1, refers: refers)
                result["then"] = schema(depth + 1, refers: refers)
                if below(2) == 0 { result["else"] = schema(depth + 1, refers: refers) }
            case 27: result["dependentSchemas"] = "{\"a\":\(schema(depth + 1, refers: refers))}"
            default: result[pick(["allOf", "anyOf", "oneOf"])] = list { $0.schema(depth + 1, refers: refers) }
            }
        }
        if result["contains"] == nil { (result["minContains"], result["maxContains"]) = (nil, nil) }
        return result.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
    }
}
