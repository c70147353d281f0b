import ElvesJSON

// Each keyword is read here once, in the order in which a value is checked: what costs little and explains most comes first.

extension SchemaCompiler {
    private typealias Body<T> = (inout SchemaCompiler, JSONValue) throws(SchemaError) -> T

    mutating func checks(_ keywords: KeywordReader, of node: Int) throws(SchemaError) -> [SchemaCheck] {
        for member in keywords.members {
            if let reason = KeywordReader.refusal(of: member.key) {
                throw try at(.key(member.key.text)) { (self) throws(SchemaError) in self.refusal(reason, isKey: true) }
            }
        }
        try readAnnotations(keywords, of: node)
        var checks: [SchemaCheck] = []
        func add(_ check: SchemaCheck?) { if let check { checks.append(check) } }
        add(try read("type", keywords) { (self, value) throws(SchemaError) in .types(try self.types(value)) })
        add(try read("const", keywords) { (_, value) in .values([value], listed: Self.listed([value])) })
        add(try read("enum", keywords) { (self, value) throws(SchemaError) in try self.enumeration(value) })
        add(try number("minimum", keywords, SchemaCheck.minimum))
        add(try number("maximum", keywords, SchemaCheck.maximum))
        add(try number("exclusiveMinimum", keywords, SchemaCheck.exclusiveMinimum))
        add(try number("exclusiveMaximum", keywords, SchemaCheck.exclusiveMaximum))
        add(
            try number("multipleOf", keywords) { (self, divisor) throws(SchemaError) in
                guard divisor > JSONNumber(0) else { throw self.refusal("must be more than 0") }
                return .multipleOf(divisor)
            })
        for (key, check) in Self.counts {
            add(try read(key, keywords) { (self, value) throws(SchemaError) in check(try self.count(value)) })
        }
        add(
            try read("uniqueItems", keywords) { (self, value) throws(SchemaError) in try self.isTrue(value) ? .uniqueItems : nil
            })
        add(try read("pattern", keywords) { (self, value) throws(SchemaError) in .pattern(try self.pattern(value)) })
        add(try read("format", keywords) { (self, value) throws(SchemaError) in .format(try self.format(value)) })
        add(try read("required", keywords) { (self, value) throws(SchemaError) in .required(try self.names(value)) })
        try addDependencies(keywords, to: &checks)
        try addParts(keywords, to: &checks)
        try addAlternatives(keywords, of: node, to: &checks)
        return checks
    }

    private static let counts: [(JSONText, @Sendable (Int) -> SchemaCheck)] = [
        ("minLength", { .minLength($0) }), ("maxLength", { .maxLength($0) }), ("minItems", { .minItems($0) }),
        ("maxItems", { .maxItems($0) }), ("minProperties", { .minProperties($0) }), ("maxProperties", { .maxProperties($0) }),
    ]

    /// Reads a keyword that is there, at its place.
    private mutating func read<T>(_ key: JSONText, _ keywords: KeywordReader, _ body: Body<T?>) throws(SchemaError) -> T? {
        guard let value = keywords[key] else { return nil }
        return try at(.key(key.text)) { (self) throws(SchemaError) in try body(&self, value) }
    }

    private mutating func readAnnotations(_ keywords: KeywordReader, of node: Int) throws(SchemaError) {
        for key: JSONText in ["title", "description", "$comment"] {
            _ = try read(key, keywords) { (self, value) throws(SchemaError) -> Bool? in
                guard case .string = value else { throw self.refusal("expected text") }
                return true
            }
        }
        _ = try read("deprecated", keywords) { (self, value) throws(SchemaError) in try self.isTrue(value) }
        _ = try read("examples", keywords) { (self, value) throws(SchemaError) -> Bool? in
            guard case .array(let values) = value else { throw self.refusal("expected a list") }
            for (index, value) in values.enumerated() {
                try self.at(.index(index)) { (self) throws(SchemaError) in self.note(example: value, of: node) }
            }
            return true
        }
        _ = try read("default", keywords) { (self, value) throws(SchemaError) -> Bool? in
            self.note(example: value, of: node)
            return true
        }
        _ = try read("$schema", keywords) { (self, value) throws(SchemaError) -> Bool? in
            guard value == .string("https://json-schema.org/draft/2020-12/schema") else {
                throw self.refusal("only draft 2020-12 is read: https://json-schema.org/draft/2020-12/schema")
            }
            return true
        }
    }

    private mutating func addDependencies(_ keywords: KeywordReader, to checks: inout [SchemaCheck]) throws(SchemaError) {
        if let pairs: [(JSONText, [JSONText])] = try read(
            "dependentRequired", keywords,
            { (self, value) throws(SchemaError) in
                guard case .object(let members) = value else {
                    throw self.refusal("expected a map of names and lists of names")
                }
                var pairs: [(JSONText, [JSONText])] = []
                for member in members {
                    let names = try self.at(.key(member.key.text)) { (self) throws(SchemaError) in try self.names(member.value)
                    }
                    pairs.append((member.key, names))
                }
                return pairs
            })
        {
            checks.append(.dependentRequired(pairs))
        }
        if let pairs = try read(
            "dependentSchemas", keywords, { (self, value) throws(SchemaError) in try self.nodes(inMap: value) })
        {
            checks.append(.dependentSchemas(pairs.map { ($0.key, $0.node) }))
        }
        _ = try read("$defs", keywords) { (self, value) throws(SchemaError) in try self.nodes(inMap: value) }
    }

    /// What looks into arrays and objects.
    private mutating func addParts(_ keywords: KeywordReader, to checks: inout [SchemaCheck]) throws(SchemaError) {
        let prefix = try read("prefixItems", keywords) { (self, value) throws(SchemaError) in try self.nodes(inList: value) }
        let rest = try read("items", keywords) { (self, value) throws(SchemaError) -> Int? in
            if case .array = value { throw self.refusal("expected one schema for all elements; a list of them is prefixItems") }
            return try self.node(value)
        }
        if prefix != nil || rest != nil { checks.append(.items(prefix: prefix ?? [], rest: rest)) }
        let contained = try read("contains", keywords) { (self, value) throws(SchemaError) in try self.node(value) }
        let least = try read("minContains", keywords) { (self, value) throws(SchemaError) in try self.count(value) }
        let most = try read("maxContains", keywords) { (self, value) throws(SchemaError) in try self.count(value) }
        if let contained {
            checks.append(.contains(contained, min: least ?? 1, max: most))
        } else {
            try refuseAlone(least == nil ? most == nil ? nil : "maxContains" : "minContains", without: "contains")
        }
        if let names = try read("propertyNames", keywords, { (self, value) throws(SchemaError) in try self.node(value) }) {
            checks.append(.propertyNames(names))
        }
        try addProperties(keywords, to: &checks)
    }

    private mutating func addProperties(_ keywords: KeywordReader, to checks: inout [SchemaCheck]) throws(SchemaError) {
        var properties = PropertyChecks()
        let named = try read("properties", keywords) { (self, value) throws(SchemaError) in try self.nodes(inMap: value) }
        for (key, node) in named ?? [] {
            properties.named[key] = node
            properties.names.append(key)
        }
        let patterns = try read("patternProperties", keywords) { (self, value) throws(SchemaError) -> [(Pattern, Int)]? in
            var result: [(Pattern, Int)] = []
            for (key, node) in try self.nodes(inMap: value) {
                let pattern = try self.at(.key(key.text)) { (self) throws(SchemaError) in
                    try self.pattern(.string(key), isKey: true)
                }
                result.append((pattern, node))
            }
            return result
        }
        properties.patterns = patterns ?? []
        properties.others = try read("additionalProperties", keywords) { (self, value) throws(SchemaError) in
            try self.node(value)
        }
        if !properties.named.isEmpty || !properties.patterns.isEmpty || properties.others != nil {
            checks.append(.properties(properties))
        }
    }

    private mutating func addAlternatives(
        _ keywords: KeywordReader, of node: Int, to checks: inout [SchemaCheck]
    ) throws(SchemaError) {
        let count = checks.count
        let reference = try read("$ref", keywords) { (self, value) throws(SchemaError) -> SchemaCheck? in
            guard case .string(let text) = value else { throw self.refusal("expected text as in #/$defs/NAME") }
            return try self.refer(to: text.text, from: node, check: count)
        }
        if let reference { checks.append(reference) }
        let lists: [(JSONText, ([Int]) -> SchemaCheck)] = [
            ("allOf", SchemaCheck.allOf), ("anyOf", SchemaCheck.anyOf), ("oneOf", SchemaCheck.oneOf),
        ]
        for (key, check) in lists {
            if let nodes = try read(key, keywords, { (self, value) throws(SchemaError) in try self.nodes(inList: value) }) {
                checks.append(check(nodes))
            }
        }
        if let not = try read("not", keywords, { (self, value) throws(SchemaError) in try self.node(value) }) {
            checks.append(.not(not))
        }
        let condition = try read("if", keywords) { (self, value) throws(SchemaError) in try self.node(value) }
        let then = try read("then", keywords) { (self, value) throws(SchemaError) in try self.node(value) }
        let otherwise = try read("else", keywords) { (self, value) throws(SchemaError) in try self.node(value) }
        if let condition {
            if then == nil, otherwise == nil { try refuseAlone("if", without: "then or else") }
            checks.append(.conditional(if: condition, then: then, else: otherwise))
        } else {
            try refuseAlone(then == nil ? otherwise == nil ? nil : "else" : "then", without: "if")
        }
    }

    private mutating func refuseAlone(_ keyword: String?, without other: String) throws(SchemaError) {
        guard let keyword else { return }
        throw try at(.key(keyword)) { (self) throws(SchemaError) in
            self.refusal("is without effect, since there is no \(other) beside it", isKey: true)
        }
    }
}
