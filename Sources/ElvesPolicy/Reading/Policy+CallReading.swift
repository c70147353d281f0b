extension Policy.SystemCalls {
    init(_ node: PolicyNode, _ base: Self?) throws(PolicyError) {
        let fields = try node.fields(["profiles", "add", "remove"])
        var profiles = base?.profiles ?? []
        for node in try fields.list("profiles") {
            let profile = try Profile(node)
            guard !profiles.contains(where: { $0.file == profile.file }) else {
                throw node.bad("names \(profile.file), which is in this policy twice, or in one that it extends")
            }
            profiles.append(profile)
        }
        guard !profiles.isEmpty else {
            throw (fields.values["profiles"] ?? node).bad("names no profile: there must be one .json file beside the policy")
        }
        let removals = try fields.list("remove") { (node) throws(PolicyError) in try node.callName() }
        // What the policy below adds and this one removes is gone from its rules as well.
        let inherited = (base?.additions ?? []).compactMap { addition in
            let names = addition.names.filter { !removals.contains($0) }
            return names.isEmpty ? nil : addition.naming(names)
        }
        self.init(
            profiles: profiles, additions: inherited + (try fields.list("add", Addition.init)),
            removals: (base?.removals ?? []) + removals.filter { base?.removals.contains($0) != true })
    }
}

extension Policy.SystemCalls.Profile {
    fileprivate init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["file", "reason", "digest"])
        self.init(
            file: try fields.require("file").profileName(), reason: try fields.require("reason").word(),
            digest: try fields.values["digest"]?.digest())
    }
}

extension Policy.SystemCalls.Addition {
    fileprivate init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["names", "args", "reason"])
        let namesNode = try fields.require("names")
        var names: [String] = []
        for name in try namesNode.elements() { names.append(try name.callName()) }
        guard !names.isEmpty else { throw namesNode.bad("is empty: name at least one system call") }
        var conditions: [Policy.SystemCalls.Condition] = []
        for argument in try fields.list("args") {
            let condition = try Policy.SystemCalls.Condition(argument)
            guard !conditions.contains(where: { $0.argument == condition.argument }) else {
                throw argument.bad("compares argument \(condition.argument) twice")
            }
            conditions.append(condition)
        }
        self.init(names: names, conditions: conditions, reason: try fields.require("reason").word(), place: node.place)
    }

    fileprivate func naming(_ names: [String]) -> Self {
        Self(names: names, conditions: conditions, reason: reason, place: place)
    }
}

extension Policy.SystemCalls.Condition {
    /// `{index: 1, value: 2}`, or with a mask under which the argument must be the value.
    fileprivate init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["index", "mask", "value"])
        let mask = try fields.values["mask"]?.number() ?? .max
        let valueNode = try fields.require("value")
        let value = try valueNode.number()
        guard value & ~mask == 0 else { throw valueNode.bad("has bits that the mask leaves out: it would never match") }
        self.init(argument: UInt32(try fields.require("index").integer(in: 0...5)), mask: mask, value: value)
    }
}

extension PolicyNode {
    /// The name of a system call; whether there is one is for who compiles it.
    fileprivate func callName() throws(PolicyError) -> String {
        let name = try text()
        let allowed = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
        guard allowed, (1...40).contains(name.utf8.count) else {
            throw bad("is \"\(name)\", must be the name of a system call")
        }
        return name
    }

    /// A 64-bit number, decimal or with 0x in front.
    fileprivate func number() throws(PolicyError) -> UInt64 {
        let text = try text()
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || text.hasPrefix("0x") && isHexLetter($0) }),
            let number = UInt64(digits, radix: text.hasPrefix("0x") ? 16 : 10)
        else { throw bad("is \"\(text)\", must be a number such as 21 or 0x15, of at most 64 bits") }
        return number
    }
}

private func isHexLetter(_ byte: UInt8) -> Bool { (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte) }
