import ElvesJSON

/// The profile that container engines ship: an OCI profile whose rules say for which machines, capabilities and kernels they
/// are meant. Read as it stands; `SeccompImport` resolves it.
struct SeccompTemplate {
    struct Rule {
        let names: [String]
        let action: SeccompAction
        let conditions: [SeccompCondition]
        let includes: Filter?
        let excludes: Filter?
        let position: SourcePosition
    }

    /// When a rule is meant; what is not said does not count.
    struct Filter {
        /// In Go's names.
        let machines: [String]
        let capabilities: [String]
        let firstKernel: KernelVersion?
    }

    let defaultAction: SeccompAction
    let defaultPosition: SourcePosition
    /// OCI names, each with those of other machines that it brings along; empty means any.
    let machines: [(name: String, others: [String])]
    let rules: [Rule]

    init(json: [UInt8], file: String) throws(SeccompError) {
        let limits = JSONLimits(bytes: SeccompProfile.sizeLimit, depth: 8)
        let top = try ProfileObject(json, file: file, place: "seccomp", limits: limits)
        try top.refuseUnknown([
            "defaultAction", "defaultErrnoRet", "defaultErrno", "archMap", "architectures", "flags", "syscalls", "comment",
        ])
        guard try top.list("flags").isEmpty else {
            throw top.bad("\"flags\" must be empty: the launcher chooses them", of: "flags")
        }
        defaultAction = try top.action("defaultAction", number: "defaultErrnoRet", name: "defaultErrno")
        defaultPosition = top.position(of: "defaultAction")

        var machines = try top.texts("architectures").map { (name: $0, others: [String]()) }
        for machine in try top.objects("archMap") {
            try machine.refuseUnknown(["architecture", "subArchitectures"])
            machines.append((try machine.text("architecture"), try machine.texts("subArchitectures")))
        }
        self.machines = machines
        var rules: [Rule] = []
        for object in try top.objects("syscalls") { rules.append(try Rule(object)) }
        self.rules = rules
    }
}

extension SeccompTemplate.Rule {
    fileprivate init(_ object: ProfileObject) throws(SeccompError) {
        try object.refuseUnknown([
            "name", "names", "action", "errnoRet", "errno", "args", "comment", "includes", "excludes",
        ])
        // Older templates have one name a rule.
        let single = try object.optionalText("name").map { $0.isEmpty ? [] : [$0] } ?? []
        names = try single + object.texts("names")
        guard !names.isEmpty else { throw object.bad("neither \"names\" nor \"name\" has a name") }
        action = try object.action("action", number: "errnoRet", name: "errno")
        var conditions: [SeccompCondition] = []
        for argument in try object.objects("args") { conditions.append(try SeccompCondition(argument)) }
        self.conditions = conditions
        includes = try object.object("includes").map(SeccompTemplate.Filter.init)
        excludes = try object.object("excludes").map(SeccompTemplate.Filter.init)
        position = object.position
    }
}

extension SeccompTemplate.Filter {
    fileprivate init(_ object: ProfileObject) throws(SeccompError) {
        try object.refuseUnknown(["arches", "caps", "minKernel"])
        machines = try object.texts("arches")
        capabilities = try object.texts("caps")
        guard let text = try object.optionalText("minKernel") else {
            firstKernel = nil
            return
        }
        guard let version = KernelVersion(text) else {
            throw object.bad("\"minKernel\" is \"\(text)\", must be two numbers such as 4.8", of: "minKernel")
        }
        firstKernel = version
    }
}

extension ProfileObject {
    /// An action whose error may be named as well as numbered.
    fileprivate func action(_ key: String, number: String, name: String) throws(SeccompError) -> SeccompAction {
        let action = try action(key, errno: number)
        guard let text = try optionalText(name), !text.isEmpty else { return action }
        guard let named = ErrorName.number(named: text) else {
            throw bad("\"\(name)\" is \"\(text)\", no error's name", of: name)
        }
        guard case .fail(let errno) = action else { throw bad("\"\(name)\" is for SCMP_ACT_ERRNO only", of: name) }
        guard try unsigned(number) == nil || errno == named else {
            throw bad("\"\(number)\" and \"\(name)\" are not the same error", of: name)
        }
        return .fail(named)
    }
}
