import ElvesJSON

/// One parameter of a function, for people: what it is called, what it may be, what it is for.
package struct ParameterOutline: Sendable, Equatable {
    package let name: String
    /// As in `integer`, `string or null`, `list of string`; `any` where the schema says nothing.
    package let type: String
    package let isRequired: Bool
    /// The whole `description`, or else the `title`.
    package let description: String?
    /// JSON text.
    package let defaultValue: String?
    /// What a value must be beside its type, as in `1 to 10`, `one of "a", "b"`.
    package let constraints: [String]
    /// JSON texts.
    package let examples: [String]
    package let isDeprecated: Bool
}

extension Schema {
    /// The parameters that the schema names, in its order; empty where it names none.
    package var parameters: [ParameterOutline] {
        let reader = OutlineReader(root: root)
        let required = reader.names("required", in: reader.members(root))
        return reader.properties(of: root).map { name, schema in
            reader.outline(name, schema, isRequired: required.contains(name))
        }
    }

    /// What a person may write for a parameter on a command line; nil if the schema names no parameters, or allows others and
    /// does not know this one.
    package func writing(of name: String) -> ParameterWriting? {
        let reader = OutlineReader(root: root)
        let properties = reader.properties(of: root)
        if let schema = properties.first(where: { $0.name == name })?.schema {
            let types = reader.types(of: schema)
            return types == .string ? .text : types.contains(.string) ? .any : .json(types.words)
        }
        let members = reader.members(root)
        let isOpen = members["additionalProperties"].map { $0 != .bool(false) } ?? false
        if properties.isEmpty || isOpen || members["patternProperties"] != nil { return nil }
        return .unknown(nearest: nearest(to: name, among: properties.map(\.name)), known: properties.map(\.name))
    }

    private var root: JSONValue { (try? JSONValue(source)) ?? .null }
}

/// How a parameter's value is written on a command line.
package enum ParameterWriting: Equatable, Sendable {
    /// As it is.
    case text
    /// As JSON; the words say what it must be.
    case json(String)
    /// As JSON, and what is no JSON as it is.
    case any
    /// There is no such parameter.
    case unknown(nearest: String?, known: [String])
}

/// Looks into the JSON of a schema that was compiled, and so is a good one.
struct OutlineReader {
    let root: JSONValue

    /// The members of a schema, and where it only refers to another one, of that one.
    func members(_ schema: JSONValue) -> [JSONText: JSONValue] {
        var schema = schema
        // A chain of references that is longer is shown without what is at its end.
        for _ in 0..<8 {
            guard case .object(let members) = schema else { return [:] }
            guard case .string(let reference) = members["$ref"], let target = target(of: reference.text) else {
                return members.table
            }
            if members.count > 1 { return members.table.merging(self.members(target)) { own, _ in own } }
            schema = target
        }
        return [:]
    }

    private func target(of reference: String) -> JSONValue? {
        var value = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = part.split(separator: "~", omittingEmptySubsequences: false).enumerated().map { index, piece in
                index == 0 ? String(piece) : (piece.first == "1" ? "/" : "~") + piece.dropFirst()
            }.joined()
            guard case .object(let members) = value, let next = members[JSONText(name)] else { return nil }
            value = next
        }
        return value
    }

    func properties(of schema: JSONValue) -> [(name: String, schema: JSONValue)] {
        guard case .object(let properties) = members(schema)["properties"] else { return [] }
        return properties.map { ($0.key.text, $0.value) }
    }

    func names(_ keyword: JSONText, in members: [JSONText: JSONValue]) -> Set<String> {
        guard case .array(let values) = members[keyword] else { return [] }
        return Set(values.compactMap { if case .string(let text) = $0 { text.text } else { nil } })
    }

    /// By `type`, or else by the values that are listed; everything where neither is there.
    func types(of schema: JSONValue) -> JSONTypes {
        let members = members(schema)
        let names: [JSONValue]
        switch members["type"] {
        case .array(let list): names = list
        case .some(let name): names = [name]
        case nil:
            let values: [JSONValue]
            if case .array(let list) = members["enum"] { values = list } else { values = members["const"].map { [$0] } ?? [] }
            let types = values.reduce(into: JSONTypes()) { $0.formUnion(JSONTypes(of: $1)) }
            return values.isEmpty ? JSONTypes(rawValue: 127) : types
        }
        return names.reduce(into: JSONTypes()) { types, name in
            if case .string(let text) = name, let type = JSONTypes.byName.first(where: { $0.name == text.text })?.type {
                types.formUnion(type)
            }
        }
    }

    private func typeText(_ schema: JSONValue) -> String {
        let types = types(of: schema)
        if types.rawValue == 127 { return "any" }
        if types == .array, let items = members(schema)["items"] { return "list of \(typeText(items))" }
        var names = JSONTypes.byName.filter { types.contains($0.type) }.map(\.name)
        if types.contains(.number) { names.removeAll { $0 == "integer" } }
        return names.map { $0 == "array" ? "list" : $0 }.joined(separator: " or ")
    }

    func outline(_ name: String, _ schema: JSONValue, isRequired: Bool) -> ParameterOutline {
        let members = members(schema)
        func text(_ keyword: JSONText) -> String? {
            if case .string(let text) = members[keyword] { text.text } else { nil }
        }
        var examples: [String] = []
        if case .array(let values) = members["examples"] { examples = values.map(\.json.text) }
        return ParameterOutline(
            name: name, type: typeText(schema), isRequired: isRequired, description: text("description") ?? text("title"),
            defaultValue: members["default"]?.json.text, constraints: constraints(members), examples: examples,
            isDeprecated: members["deprecated"] == .bool(true))
    }

    private func constraints(_ members: [JSONText: JSONValue]) -> [String] {
        var result: [String] = []
        func plain(_ keyword: JSONText) -> String? { members[keyword].map(\.json.text) }
        if case .array(let values) = members["enum"] { result.append("one of " + SchemaCompiler.listed(values)) }
        if let value = members["const"] { result.append("always " + SchemaCompiler.listed([value])) }
        result += range("minimum", "maximum", "", plain)
        if let bound = plain("exclusiveMinimum") { result.append("more than \(bound)") }
        if let bound = plain("exclusiveMaximum") { result.append("less than \(bound)") }
        if let divisor = plain("multipleOf") { result.append("a multiple of \(divisor)") }
        result += range("minLength", "maxLength", " characters", plain)
        result += range("minItems", "maxItems", " elements", plain)
        if members["uniqueItems"] == .bool(true) { result.append("each once") }
        if case .string(let pattern) = members["pattern"] { result.append("matching \(pattern.text)") }
        if case .string(let format) = members["format"], let format = TextFormat(rawValue: format.text) {
            result.append(format.words)
        }
        return result
    }

    private func range(_ least: JSONText, _ most: JSONText, _ unit: String, _ plain: (JSONText) -> String?) -> [String] {
        switch (plain(least), plain(most)) {
        case (let least?, let most?): [least == most ? "\(least)\(unit)" : "\(least) to \(most)\(unit)"]
        case (let least?, nil): ["at least \(least)\(unit)"]
        case (nil, let most?): ["at most \(most)\(unit)"]
        case (nil, nil): []
        }
    }
}
