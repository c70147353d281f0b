import ElvesJSON

extension SeccompProfile {
    /// Reads the JSON text of a `LinuxSeccomp` object.
    ///
    /// - Parameter file: What people call the text; decisions and errors name it.
    /// - Throws: `SeccompError` naming the member and its line.
    package init(json: [UInt8], file: String = "profile") throws(SeccompError) {
        let limits = JSONLimits(bytes: Self.sizeLimit, depth: 8)
        let top = try ProfileObject(json, file: file, place: "seccomp", limits: limits)
        try top.refuseUnknown(["defaultAction", "defaultErrnoRet", "architectures", "flags", "syscalls", "comment"])
        // Flags belong to loading, which is the launcher's work.
        guard try top.list("flags").isEmpty else {
            throw top.bad("\"flags\" must be empty: the launcher chooses them", of: "flags")
        }
        _ = try top.optionalText("comment")

        var rules: [SeccompRule] = []
        for (index, object) in try top.objects("syscalls").enumerated() {
            rules.append(try SeccompRule(object, index: index))
        }
        self.init(
            defaultAction: try top.action("defaultAction", errno: "defaultErrnoRet"),
            defaultPosition: top.position(of: "defaultAction"), architectures: try top.texts("architectures"),
            rules: rules)
    }
}

extension SeccompRule {
    fileprivate init(_ object: ProfileObject, index: Int) throws(SeccompError) {
        try object.refuseUnknown(["names", "action", "errnoRet", "args", "comment"])
        let names = try object.texts("names")
        guard !names.isEmpty else { throw object.bad("\"names\" is empty or missing") }
        var conditions: [SeccompCondition] = []
        for argument in try object.objects("args") {
            let condition = try SeccompCondition(argument)
            guard !conditions.contains(where: { $0.index == condition.index }) else {
                throw argument.bad(
                    "a second condition on argument \(condition.index): runtimes differ in whether both must hold, so "
                        + "write one condition, or two rules")
            }
            conditions.append(condition)
        }
        self.init(
            names: names, action: try object.action("action", errno: "errnoRet"), conditions: conditions,
            comment: try object.optionalText("comment"), position: object.position, index: index)
    }
}

extension SeccompCondition {
    init(_ object: ProfileObject) throws(SeccompError) {
        try object.refuseUnknown(["index", "value", "valueTwo", "op"])
        guard let index = try object.unsigned("index"), index <= 5 else {
            throw object.bad("\"index\" must be 0 to 5", of: "index")
        }
        guard let value = try object.unsigned("value") else { throw object.bad("\"value\" is missing") }
        let text = try object.text("op")
        guard let comparison = Comparison(rawValue: text) else {
            let known = Comparison.allCases.map(\.rawValue).joined(separator: ", ")
            throw object.bad("\"op\" is \"\(text)\", must be one of \(known)", of: "op")
        }
        let secondValue = try object.unsigned("valueTwo") ?? 0
        guard comparison == .maskedEqual || secondValue == 0 else {
            throw object.bad("\"valueTwo\" is for SCMP_CMP_MASKED_EQ only", of: "valueTwo")
        }
        guard secondValue & ~value == 0 || comparison != .maskedEqual else {
            throw object.bad("\"valueTwo\" has bits outside of the mask \"value\": no argument could match", of: "valueTwo")
        }
        self.init(index: UInt32(index), comparison: comparison, value: value, secondValue: secondValue)
    }
}

extension ProfileObject {
    func action(_ key: String, errno errnoKey: String) throws(SeccompError) -> SeccompAction {
        let name = try text(key)
        let number = try unsigned(errnoKey)
        guard (number ?? 0) < 4096 else { throw bad("\"\(errnoKey)\" must be less than 4096", of: errnoKey) }
        guard number == nil || name == "SCMP_ACT_ERRNO" else {
            throw bad("\"\(errnoKey)\" is for SCMP_ACT_ERRNO only", of: errnoKey)
        }
        switch name {
        case "SCMP_ACT_ALLOW": return .allow
        // The default of the runtime specification is EPERM, number 1.
        case "SCMP_ACT_ERRNO": return .fail(UInt16(number ?? 1))
        case "SCMP_ACT_LOG": return .log
        case "SCMP_ACT_NOTIFY": return .notify
        case "SCMP_ACT_TRAP": return .trap
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": return .killThread
        case "SCMP_ACT_KILL_PROCESS": return .killProcess
        case "SCMP_ACT_TRACE":
            throw bad("\"\(key)\" is SCMP_ACT_TRACE, which needs a tracer, and a worker has none", of: key)
        default: throw bad("\"\(key)\" is \"\(name)\", which is no action of the runtime specification", of: key)
        }
    }
}
