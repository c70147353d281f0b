// Reading a parameter: a value of the wrong kind is refused by name, with the reason `bad-param`.

extension JSON {
    /// A text that has to be there.
    public func text(_ key: String) throws(BadParam) -> String { try needed(key, "a text", \.text) }
    /// A text, or the default when it is null or not there.
    public func text(_ key: String, default value: String) throws(BadParam) -> String {
        try wanted(key, "a text", \.text) ?? value
    }

    /// An integer of 64 bits that has to be there.
    public func integer(_ key: String) throws(BadParam) -> Int { try needed(key, "an integer", \.integer) }
    /// An integer of 64 bits, or the default when it is null or not there.
    public func integer(_ key: String, default value: Int) throws(BadParam) -> Int {
        try wanted(key, "an integer", \.integer) ?? value
    }

    /// A number that has to be there.
    public func number(_ key: String) throws(BadParam) -> Double { try needed(key, "a number", \.number) }
    /// A number, or the default when it is null or not there.
    public func number(_ key: String, default value: Double) throws(BadParam) -> Double {
        try wanted(key, "a number", \.number) ?? value
    }

    /// A boolean that has to be there.
    public func bool(_ key: String) throws(BadParam) -> Bool { try needed(key, "true or false", \.bool) }
    /// A boolean, or the default when it is null or not there.
    public func bool(_ key: String, default value: Bool) throws(BadParam) -> Bool {
        try wanted(key, "true or false", \.bool) ?? value
    }

    /// A list of texts; empty when it is null or not there.
    public func texts(_ key: String) throws(BadParam) -> [String] {
        try wanted(key, "a list of texts") { value in
            guard let items = value.list else { return nil }
            let texts = items.compactMap(\.text)
            return texts.count == items.count ? texts : nil
        } ?? []
    }

    private func needed<Value>(_ key: String, _ kind: String, _ read: (JSON) -> Value?) throws(BadParam) -> Value {
        guard let value = try wanted(key, kind, read) else { throw BadParam("pass \(JSON.text(key)), \(kind)") }
        return value
    }

    private func wanted<Value>(_ key: String, _ kind: String, _ read: (JSON) -> Value?) throws(BadParam) -> Value? {
        guard case .object(let members) = self else {
            throw BadParam("pass an object with \(JSON.text(key)), not \(self.kind)")
        }
        guard let value = members[key], !value.isNull else { return nil }
        guard let wanted = read(value) else {
            throw BadParam("\(JSON.text(key)) has to be \(kind), not \(value.kind)")
        }
        return wanted
    }
}
