import ElvesJSON

/// The values that keywords may have.
extension SchemaCompiler {
    func types(_ value: JSONValue) throws(SchemaError) -> JSONTypes {
        let known = JSONTypes.byName.map(\.name).joined(separator: ", ")
        let names: [JSONValue] =
            switch value {
            case .array(let names) where !names.isEmpty: names
            default: [value]
            }
        var types: JSONTypes = []
        for name in names {
            guard case .string(let text) = name, let type = JSONTypes.byName.first(where: { $0.name == text.text })?.type else {
                throw refusal("expected one of \(known), or a list of them")
            }
            types.formUnion(type)
        }
        return types
    }

    func enumeration(_ value: JSONValue) throws(SchemaError) -> SchemaCheck {
        guard case .array(let values) = value, !values.isEmpty else { throw refusal("expected a list of at least one value") }
        return .values(Set(values), listed: Self.listed(values))
    }

    static func listed(_ values: [JSONValue]) -> String {
        let texts = values.prefix(12).map { value in
            let text = printableKey(value.json.text)
            return text
        }
        return texts.joined(separator: ", ") + (values.count > 12 ? ", …" : "")
    }

    mutating func number(
        _ key: JSONText, _ keywords: KeywordReader,
        _ check: (inout SchemaCompiler, JSONNumber) throws(SchemaError) -> SchemaCheck
    ) throws(SchemaError) -> SchemaCheck? {
        guard let value = keywords[key] else { return nil }
        return try at(.key(key.text)) { (self) throws(SchemaError) in
            guard case .number(let number) = value else { throw self.refusal("expected a number") }
            return try check(&self, number)
        }
    }

    mutating func number(
        _ key: JSONText, _ keywords: KeywordReader, _ check: (JSONNumber) -> SchemaCheck
    ) throws(SchemaError) -> SchemaCheck? {
        try number(key, keywords) { (_, number) in check(number) }
    }

    func count(_ value: JSONValue) throws(SchemaError) -> Int {
        guard case .number(let number) = value, let count = number.int, count >= 0 else {
            throw refusal("expected a whole number of 0 or more")
        }
        return count
    }

    func isTrue(_ value: JSONValue) throws(SchemaError) -> Bool {
        guard case .bool(let isTrue) = value else { throw refusal("expected true or false") }
        return isTrue
    }

    func names(_ value: JSONValue) throws(SchemaError) -> [JSONText] {
        guard case .array(let values) = value else { throw refusal("expected a list of names") }
        var names: [JSONText] = []
        for value in values {
            guard case .string(let name) = value else { throw refusal("expected a list of names") }
            guard !names.contains(name) else { throw refusal("\"\(printableKey(name.text))\" is there twice") }
            names.append(name)
        }
        return names
    }

    func pattern(_ value: JSONValue, isKey: Bool = false) throws(SchemaError) -> Pattern {
        guard case .string(let text) = value else { throw refusal("expected a regular expression as text") }
        do { return try Pattern(text.text) } catch { throw refusal("\(error)", isKey: isKey) }
    }

    func format(_ value: JSONValue) throws(SchemaError) -> TextFormat {
        guard case .string(let text) = value, let format = TextFormat(rawValue: text.text) else {
            throw refusal(
                "expected one of \(TextFormat.allCases.map(\.rawValue).joined(separator: ", ")): others are not enforced")
        }
        return format
    }
}
