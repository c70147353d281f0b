import ElvesJSON

extension SeccompProfile {
    /// Reads the JSON text of a `LinuxSeccomp` object.
    ///
    /// - Throws: `SeccompError` naming the member.
    package init(json: [UInt8]) throws(SeccompError) {
        let limits = JSONLimits(bytes: Self.sizeLimit, depth: 8)
        let top = try SeccompObject(place: "seccomp") { () throws(JSONError) in
            try JSONObject(parsing: json, limits: limits)
        }
        try top.refuseUnknown(["defaultAction", "defaultErrnoRet", "architectures", "flags", "syscalls"])
        // Flags belong to loading, which is the launcher's work and takes none.
        guard try top.list("flags").isEmpty else { throw top.bad("\"flags\" must be empty: the launcher sets none") }

        defaultAction = try top.action("defaultAction", errno: "defaultErrnoRet")
        architectures = try top.texts("architectures")
        var rules: [SeccompRule] = []
        for (index, raw) in try top.list("syscalls").enumerated() {
            let object = try SeccompObject(place: "syscalls[\(index)]") { () throws(JSONError) in try JSONObject(raw) }
            rules.append(try SeccompRule(object))
        }
        self.rules = rules
    }
}

extension SeccompRule {
    fileprivate init(_ object: SeccompObject) throws(SeccompError) {
        try object.refuseUnknown(["names", "action", "errnoRet", "args"])
        names = try object.texts("names")
        guard !names.isEmpty else { throw object.bad("\"names\" is empty or missing") }
        action = try object.action("action", errno: "errnoRet")
        var conditions: [SeccompCondition] = []
        for (index, raw) in try object.list("args").enumerated() {
            let argument = try SeccompObject(place: "\(object.place).args[\(index)]") { () throws(JSONError) in
                try JSONObject(raw)
            }
            conditions.append(try SeccompCondition(argument))
        }
        self.conditions = conditions
    }
}

extension SeccompCondition {
    fileprivate init(_ object: SeccompObject) throws(SeccompError) {
        try object.refuseUnknown(["index", "value", "valueTwo", "op"])
        guard let index = try object.unsigned("index"), index <= 5 else { throw object.bad("\"index\" must be 0 to 5") }
        guard let value = try object.unsigned("value") else { throw object.bad("\"value\" is missing") }
        let text = try object.text("op")
        guard let comparison = Comparison(rawValue: text) else {
            let known = Comparison.allCases.map(\.rawValue).joined(separator: ", ")
            throw object.bad("\"op\" is \"\(text)\", must be one of \(known)")
        }
        let secondValue = try object.unsigned("valueTwo") ?? 0
        guard comparison == .maskedEqual || secondValue == 0 else {
            throw object.bad("\"valueTwo\" is for SCMP_CMP_MASKED_EQ only")
        }
        self.init(index: UInt32(index), comparison: comparison, value: value, secondValue: secondValue)
    }
}

/// One object of a profile and the way to it.
private struct SeccompObject {
    let place: String
    let members: JSONObject

    init(place: String, _ parse: () throws(JSONError) -> JSONObject) throws(SeccompError) {
        self.place = place
        do { members = try parse() } catch { throw .notJSON(error) }
    }

    func bad(_ reason: String) -> SeccompError { .badValue(place: place, reason: reason) }

    func refuseUnknown(_ known: [String]) throws(SeccompError) {
        for key in members.keys where !known.contains(key) { throw .unknownKey(place: place, key: key, known: known) }
    }

    /// An absent list is an empty one.
    func list(_ key: String) throws(SeccompError) -> [RawJSON] {
        do { return try members.array(key) ?? [] } catch { throw bad(error.reason) }
    }

    func texts(_ key: String) throws(SeccompError) -> [String] {
        var texts: [String] = []
        for raw in try list(key) {
            guard let text = raw.stringValue else { throw bad("\"\(key)\" must hold texts only") }
            texts.append(text)
        }
        return texts
    }

    func text(_ key: String) throws(SeccompError) -> String {
        do { return try members.require(key, members.string(key)) } catch { throw bad(error.reason) }
    }

    /// Nil if it is absent.
    func unsigned(_ key: String) throws(SeccompError) -> UInt64? {
        guard let raw = members.raw(key) else { return nil }
        guard let number = UInt64(raw.text) else { throw bad("\"\(key)\" must be a whole number, not negative") }
        return number
    }

    func action(_ key: String, errno errnoKey: String) throws(SeccompError) -> SeccompAction {
        let name = try text(key)
        let number = try unsigned(errnoKey)
        guard (number ?? 0) < 4096 else { throw bad("\"\(errnoKey)\" must be less than 4096") }
        guard number == nil || name == "SCMP_ACT_ERRNO" else { throw bad("\"\(errnoKey)\" is for SCMP_ACT_ERRNO only") }
        switch name {
        case "SCMP_ACT_ALLOW": return .allow
        // The default of the runtime specification is EPERM, number 1.
        case "SCMP_ACT_ERRNO": return .fail(UInt16(number ?? 1))
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_NOTIFY": return .notify
        case "SCMP_ACT_TRACE":
            throw bad("\"\(key)\" is \(name), which needs a tracer, and there is none")
        default: throw bad("\"\(key)\" is \"\(name)\", which is no action of the runtime specification")
        }
    }
}
