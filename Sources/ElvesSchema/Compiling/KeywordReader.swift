import ElvesJSON

/// The keywords of one schema object.
struct KeywordReader {
    private let table: [JSONText: JSONValue]
    let members: JSONMembers

    init(_ members: JSONMembers) {
        self.members = members
        table = members.table
    }

    subscript(_ keyword: JSONText) -> JSONValue? { table[keyword] }

    /// Say something to people and nothing about values.
    static let annotations: Set<JSONText> = ["title", "description", "$comment", "default", "examples", "deprecated"]

    static let enforced: Set<JSONText> = [
        "$schema", "$ref", "$defs", "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "minLength", "maxLength", "pattern", "format", "items", "prefixItems", "contains", "minContains",
        "maxContains", "minItems", "maxItems", "uniqueItems", "properties", "patternProperties", "additionalProperties",
        "propertyNames", "required", "minProperties", "maxProperties", "dependentRequired", "dependentSchemas", "allOf",
        "anyOf",
        "oneOf", "not", "if", "then", "else",
    ]

    /// What older drafts said, and what says it today.
    private static let renamed: [JSONText: String] = [
        "definitions": "$defs", "additionalItems": "items beside prefixItems", "dependencies": "dependentRequired",
        "id": "$ref with #/$defs/NAME", "$id": "$ref with #/$defs/NAME", "$anchor": "$ref with #/$defs/NAME",
    ]

    /// Nil for a keyword that is known.
    static func refusal(of keyword: JSONText) -> String? {
        if enforced.contains(keyword) || annotations.contains(keyword) { return nil }
        if let other = renamed[keyword] { return "\"\(keyword)\" is not a keyword here; use \(other)" }
        let name = printableKey(keyword.text)
        if let near = nearest(to: keyword.text, among: enforced.union(annotations).map(\.text).sorted()) {
            return "\"\(name)\" is not a keyword that is enforced; did you mean \"\(near)\"?"
        }
        return "\"\(name)\" is not a keyword that is enforced"
    }
}
