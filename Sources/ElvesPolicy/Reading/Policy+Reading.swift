extension Policy {
    static let keys = [
        "schema", "name", "version", "summary", "extends", "extended", "runtime", "filesystem", "network", "process",
        "resources",
        "environment", "secrets", "syscalls", "requires", "onViolation", "optOut",
    ]

    /// Reads and checks the text of a policy that extends none.
    ///
    /// - Parameter file: What errors call the text.
    /// - Throws: `PolicyError` with the line and column of the first fault.
    package init(yaml: String, file: String) throws(PolicyError) {
        try self.init(PolicyNode(node: composed(yaml, file), key: "", file: file)) { (node) throws(PolicyError) in
            throw node.bad("names a policy, but this text stands alone: there is no folder to look for it in")
        }
    }

    /// - Parameter parent: Finds the policy that `extends` names; is asked for nothing else.
    init(
        _ node: PolicyNode, parent find: (PolicyNode) throws(PolicyError) -> (policy: Policy, parent: Parent)
    ) throws(PolicyError) {
        let top = try node.fields(Self.keys)
        try top.require("schema").mustBe(Self.schema, "this build reads no other format")
        name = try top.require("name").policyName()
        version = Int(try top.require("version").integer(in: 1...1_000_000))
        summary = try top.require("summary").word()
        let found = try top.values["extends"].map(find)
        let base = found?.policy
        if let found {
            parent = found.parent
        } else {
            // The stored form of a policy holds what it extends, and tells only what that was.
            parent = try top.values["extended"].map(Parent.init)
        }
        filesystem = try top.section("filesystem", base?.filesystem) { (node, base) throws(PolicyError) in
            try Filesystem(node, base)
        }
        runtime = try top.section("runtime", base?.runtime) { (node, base) throws(PolicyError) in try Runtime(node, base) }
        network = try top.value("network", else: base?.network) { (node) throws(PolicyError) in try Network(node) }
        process = try top.section("process", base?.process) { (node, base) throws(PolicyError) in try Process(node, base) }
        resources = try top.section("resources", base?.resources) { (node, base) throws(PolicyError) in
            try Resources(node, base)
        }
        environment = try top.section("environment", base?.environment) { (node, base) throws(PolicyError) in
            try environmentValues(node, base ?? [])
        }
        secrets = try top.value("secrets", else: base?.secrets) { (node) throws(PolicyError) in try Secrets(node) }
        systemCalls = try top.section("syscalls", base?.systemCalls) { (node, base) throws(PolicyError) in
            try SystemCalls(node, base)
        }
        requires = try top.section("requires", base?.requires) { (node, base) throws(PolicyError) in
            try layerRequirements(node, base ?? [])
        }
        onViolation = try top.section("onViolation", base?.onViolation) { (node, base) throws(PolicyError) in
            try ViolationRule(node, base)
        }
        var optOuts = base?.optOuts ?? []
        for optOut in try top.list("optOut", OptOut.init) {
            optOuts.removeAll { $0.layer == optOut.layer }
            optOuts.append(optOut)
        }
        self.optOuts = optOuts
        try runtime.requireVisible(in: filesystem, top.values["runtime"] ?? node)
    }
}

extension Policy.Parent {
    /// `{name: python, digest: sha256:…}`.
    init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["name", "digest"])
        self.init(name: try fields.require("name").policyName(), digest: try fields.require("digest").digest())
    }
}

private func environmentValues(
    _ node: PolicyNode, _ inherited: [Policy.EnvironmentValue]
) throws(PolicyError) -> [Policy.EnvironmentValue] {
    var values = inherited
    for (name, member) in try node.members() {
        let allowed = name.utf8.enumerated().allSatisfy { index, byte in
            byte == 0x5F || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || index > 0 && (0x30...0x39).contains(byte)
        }
        guard allowed, !name.isEmpty else {
            throw member.value.bad("is not a name for an environment value: letters, digits and _, no digit first")
        }
        let value = Policy.EnvironmentValue(name: name, value: try member.value.text())
        if let place = values.firstIndex(where: { $0.name == name }) { values[place] = value } else { values.append(value) }
    }
    return values
}

/// A policy may require more than the one it extends, never less: `optOut` is the way to do without a layer.
private func layerRequirements(
    _ node: PolicyNode, _ inherited: [LayerRequirement]
) throws(PolicyError) -> [LayerRequirement] {
    var requirements = inherited
    var named: Set<SandboxLayer> = []
    for element in try node.elements() {
        let requirement = try LayerRequirement(element)
        guard named.insert(requirement.layer).inserted else {
            throw element.bad("is \"\(requirement.layer)\", which is in this list twice")
        }
        guard let place = requirements.firstIndex(where: { $0.layer == requirement.layer }) else {
            requirements.append(requirement)
            continue
        }
        let minimum = max(requirements[place].minimum ?? 0, requirement.minimum ?? 0)
        requirements[place] = LayerRequirement(requirement.layer, minimum: minimum == 0 ? nil : minimum)
    }
    return requirements
}

extension LayerRequirement {
    fileprivate init(_ node: PolicyNode) throws(PolicyError) {
        let text = try node.text()
        let parts = text.split(separator: ">", maxSplits: 1, omittingEmptySubsequences: false)
        guard let layer = SandboxLayer(rawValue: String(parts[0])) else {
            throw node.bad(
                "is \"\(text)\", must be one of \(SandboxLayer.allCases.map(\.rawValue).joined(separator: ", ")) or landlock>=N"
            )
        }
        guard parts.count == 2 else {
            self.init(layer)
            return
        }
        guard layer == .landlock, parts[1].hasPrefix("="), let minimum = Int(parts[1].dropFirst()), (1...99).contains(minimum)
        else { throw node.bad("is \"\(text)\": only landlock has versions, written as landlock>=1") }
        self.init(layer, minimum: minimum)
    }
}
