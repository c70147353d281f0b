extension JSONValue {
    /// The value as compact JSON text; numbers are written in their shortest form.
    public var json: RawJSON {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let number): RawJSON(trusted: Array(number.description.utf8))
        case .string(let text): .string(text.text)
        case .array(let values): .array(values.map(\.json))
        case .object(let members):
            .object { object in for member in members { object.add(member.key.text, member.value.json) } }
        }
    }
}
