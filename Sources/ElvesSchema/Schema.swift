package import ElvesJSON

/// A JSON Schema, draft 2020-12, as far as it describes parameters: read once, checked against in microseconds.
///
/// What is not enforced here is refused when the schema is read, so that nothing its author wrote is without effect.
/// `default` never changes a value: it tells people what the function takes when they leave the member out.
package struct Schema: Sendable, Hashable {
    /// As its author wrote it, compact.
    package let source: RawJSON
    let nodes: [SchemaNode]

    /// - Throws: `SchemaError` naming the first place that is no schema, or says what is not enforced here.
    package init(compiling source: RawJSON) throws(SchemaError) {
        let value: JSONValue
        do { value = try JSONValue(source) } catch { throw SchemaError(path: [], reason: error.reason) }
        var compiler = SchemaCompiler()
        nodes = try compiler.compile(value)
        self.source = source.compact
    }

    /// What is wrong with a value, in the order of the schema, at most `limit` things; empty for a good one.
    package func failures(of value: JSONValue, limit: Int = 3) -> [SchemaFailure] {
        var quick = SchemaChecker(nodes, failureLimit: 0)
        if quick.checks(value) { return [] }
        // Only now it is worth to keep track of places and words.
        var checker = SchemaChecker(nodes, failureLimit: max(limit, 1))
        _ = checker.checks(value)
        return checker.failures
    }

    /// What is wrong with a function's parameters, as one sentence; nil for good ones. Null stands for no parameters and
    /// counts as `{}`, which is what the function is given.
    package func refusal(of parameters: RawJSON) -> String? {
        let value: JSONValue
        do { value = try JSONValue(parameters) } catch { return error.reason }
        let failures = failures(of: value == .null ? .object(.empty) : value)
        return failures.isEmpty ? nil : failures.map(\.description).joined(separator: "; ")
    }

    package static func == (left: Schema, right: Schema) -> Bool { left.source == right.source }
    package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}

/// Inside Codable values a schema travels as its text.
extension Schema: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(compiling: RawJSON(from: decoder))
    }

    package func encode(to encoder: any Encoder) throws { try source.encode(to: encoder) }
}

/// One thing that is wrong with a value.
package struct SchemaFailure: Error, Equatable, CustomStringConvertible {
    /// A JSON pointer to the place in the value; empty for the whole.
    package let pointer: String
    package let text: String

    package var description: String { pointer.isEmpty ? text : "\(pointer): \(text)" }
}
