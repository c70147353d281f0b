extension Policy.Runtime {
    init(_ node: PolicyNode, _ base: Self?) throws(PolicyError) {
        let fields = try node.fields(["interpreter", "arguments", "sdk", "isolation", "reason"])
        let interpreters = try fields.value("interpreter", else: base?.interpreters) { (node) throws(PolicyError) in
            var interpreters: [String] = []
            for candidate in try node.elements() {
                interpreters.append(try candidate.text() == Self.entry ? Self.entry : candidate.path())
            }
            guard !interpreters.isEmpty else { throw node.bad("is empty: name at least one program") }
            return interpreters
        }
        var arguments: [String] = []
        for argument in try fields.list("arguments") { arguments.append(try argument.text()) }
        let isolations = try fields.list("isolation") { (node) throws(PolicyError) in try node.oneOf(Self.knownIsolations) }
        self.init(
            interpreters: interpreters, arguments: fields.values["arguments"] == nil ? base?.arguments ?? [] : arguments,
            sdk: try fields.values["sdk"]?.folderName() ?? base?.sdk,
            isolations: fields.values["isolation"] == nil ? base?.isolations ?? [] : isolations,
            reason: try fields.reason ?? base?.reason)
    }

    /// A program that the sandbox does not show could not be started in it.
    func requireVisible(in filesystem: Policy.Filesystem, _ node: PolicyNode) throws(PolicyError) {
        for interpreter in interpreters where interpreter != Self.entry {
            guard filesystem.shown.contains(where: { isPath(interpreter, at: $0) }) else {
                throw node.bad("names \"\(interpreter)\", which is in no folder of filesystem.roots")
            }
        }
    }
}

/// Either one word, which is the strictest choice and needs no reason, or a wider one with its reason.
private struct Choice {
    let allowed: String
    let reason: String
    let fields: PolicyFields

    /// Nil for the strictest choice.
    init?(_ node: PolicyNode, strictest: String, wider: [String], also keys: [String] = []) throws(PolicyError) {
        if node.isScalar {
            let text = try node.text()
            guard text == strictest else {
                let form = wider.map { "{allow: \($0), reason: …}" }.joined(separator: " or ")
                throw node.bad("is \"\(text)\", must be \(strictest), or \(form)")
            }
            return nil
        }
        fields = try node.fields(["allow", "reason"] + keys)
        allowed = try fields.require("allow").oneOf(wider)
        reason = try fields.require("reason").word()
    }
}

extension Policy.Network {
    init(_ node: PolicyNode) throws(PolicyError) {
        guard let choice = try Choice(node, strictest: "none", wider: ["loopback", "proxy"], also: ["profile"]) else {
            self = .none
            return
        }
        if choice.allowed == "proxy" {
            self = .proxy(profile: try choice.fields.require("profile").profileName(), reason: choice.reason)
        } else {
            if let profile = choice.fields.values["profile"] { throw profile.bad("is for the proxy only") }
            self = .loopback(reason: choice.reason)
        }
    }
}

extension Policy.Secrets {
    init(_ node: PolicyNode) throws(PolicyError) {
        self = try Choice(node, strictest: "none", wider: ["fd"]).map { .descriptor(reason: $0.reason) } ?? .none
    }
}

extension Policy.Process {
    init(_ node: PolicyNode, _ base: Self?) throws(PolicyError) {
        let fields = try node.fields(["max", "writableCode", "reason"])
        self.init(
            max: try fields.value("max", else: base?.max) { (node) throws(PolicyError) in try node.integer(in: 1...65_536) },
            writableCode: try fields.value("writableCode", else: base?.writableCode) { (node) throws(PolicyError) in
                try Choice(node, strictest: "deny", wider: ["yes"]).map { .allow(reason: $0.reason) } ?? .deny
            },
            reason: try fields.reason ?? base?.reason)
    }
}

extension Policy.Resources {
    init(_ node: PolicyNode, _ base: Self?) throws(PolicyError) {
        let fields = try node.fields([
            "memory", "cpu", "cpuTime", "wall", "files", "fileSize", "stdoutLine", "stdout", "stderr", "reason",
        ])
        func size(_ name: String, _ base: UInt64?, _ range: ClosedRange<UInt64>) throws(PolicyError) -> UInt64 {
            try fields.value(name, else: base) { (node) throws(PolicyError) in try node.size(in: range) }
        }
        func seconds(_ name: String, _ base: UInt64?) throws(PolicyError) -> UInt64 {
            try fields.value(name, else: base) { (node) throws(PolicyError) in try node.seconds(in: 1...604_800) }
        }
        self.init(
            memory: try size("memory", base?.memory, 16 << 20...1 << 40),
            cpu: try fields.value("cpu", else: base?.cpu) { (node) throws(PolicyError) in try node.processors() },
            cpuTime: try seconds("cpuTime", base?.cpuTime),
            wall: try seconds("wall", base?.wall),
            files: try fields.value("files", else: base?.files) { (node) throws(PolicyError) in
                try node.integer(in: 16...1 << 20)
            },
            fileSize: try size("fileSize", base?.fileSize, 0...1 << 40),
            stdoutLine: Int(try size("stdoutLine", base.map { UInt64($0.stdoutLine) }, 1 << 10...64 << 20)),
            stdout: Int(try size("stdout", base.map { UInt64($0.stdout) }, 1 << 10...1 << 30)),
            stderr: Int(try size("stderr", base.map { UInt64($0.stderr) }, 1 << 10...1 << 30)),
            reason: try fields.reason ?? base?.reason)
    }
}

extension Policy.ViolationRule {
    init(_ node: PolicyNode, _ base: Self?) throws(PolicyError) {
        let fields = try node.fields(["default", "tripwire", "killAfter", "reason"])
        func consequence(_ name: String, _ base: Consequence?) throws(PolicyError) -> Consequence {
            try fields.value(name, else: base) { (node) throws(PolicyError) in
                let word = try node.oneOf(Consequence.allCases.map(\.rawValue))
                return Consequence(rawValue: word) ?? .kill
            }
        }
        self.init(
            standard: try consequence("default", base?.standard), tripwire: try consequence("tripwire", base?.tripwire),
            killAfter: try fields.value("killAfter", else: base?.killAfter) { (node) throws(PolicyError) in
                try node.integer(in: 1...1_000_000)
            }, reason: try fields.reason ?? base?.reason)
    }
}

extension Policy.OptOut {
    init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["layer", "reason", "approvedBy", "expires"])
        let layerNode = try fields.require("layer")
        let word = try layerNode.text()
        guard let layer = SandboxLayer.optional.first(where: { $0.rawValue == word }) else {
            let known = SandboxLayer.optional.map(\.rawValue).joined(separator: ", ")
            throw layerNode.bad("is \"\(word)\": only \(known) can be done without; the others hold the sandbox together")
        }
        let dateNode = try fields.require("expires")
        let text = try dateNode.text()
        guard let expires = PolicyDate(text) else { throw dateNode.bad("is \"\(text)\", must be a day such as 2026-01-31") }
        self.init(
            layer: layer, reason: try fields.require("reason").word(),
            approvedBy: try fields.require("approvedBy").word(), expires: expires)
    }
}
