import Yams

extension Policy {
    /// - Parameter file: What errors call the text.
    package init(yaml: String, file: String) throws(PolicyError) {
        let top = try PolicyNode(node: composed(yaml, file), key: "", file: file).fields([
            "schema", "name", "version", "summary", "runtime", "filesystem", "network", "resources", "environment", "seccomp",
        ])
        try top.require("schema").mustBe(Self.schema, "this build reads no other format")
        name = try policyName(top.require("name"))
        version = Int(try top.require("version").integer(in: 1...1_000_000))
        summary = try top.require("summary").word()
        runtime = try Runtime(top.require("runtime"))
        filesystem = try Filesystem(top.require("filesystem"))
        network = try Network(top.require("network"))
        resources = try Resources(top.require("resources"))
        environment = try environmentValues(top.require("environment"))
        seccomp = try seccompNames(top.require("seccomp"))
        try runtime.requireVisible(in: filesystem, top.require("runtime"))
    }
}

/// The only document of a text.
private func composed(_ yaml: String, _ file: String) throws(PolicyError) -> Node {
    do {
        let parser = try Parser(yaml: yaml)
        guard let node = try parser.singleRoot() else {
            throw PolicyError.notYAML(PolicyPlace(file: file, line: 1, column: 1), reason: "the file is empty")
        }
        // Nodes refer to their anchors weakly: the parser alone keeps them.
        try withExtendedLifetime(parser) { try refuseAnchors(node, file) }
        return node
    } catch let error as PolicyError {
        throw error
    } catch let error as YamlError {
        throw yamlFault(error, file)
    } catch {
        throw .notYAML(PolicyPlace(file: file, line: 1, column: 1), reason: "not YAML: \(error)")
    }
}

/// An alias stands as a copy of the node it names, anchor included, so anchors are all there is to look for.
private func refuseAnchors(_ node: Node, _ file: String) throws(PolicyError) {
    guard node.anchor == nil else {
        throw .notYAML(
            PolicyNode.place(of: node, file), reason: "anchors and aliases are not accepted: write the value where it applies")
    }
    switch node {
    case .mapping(let mapping):
        for (key, value) in mapping {
            try refuseAnchors(key, file)
            try refuseAnchors(value, file)
        }
    case .sequence(let sequence):
        for element in sequence { try refuseAnchors(element, file) }
    case .scalar, .alias:
        break
    }
}

/// Translates a parser's error; its own text repeats the file.
private func yamlFault(_ error: YamlError, _ file: String) -> PolicyError {
    func place(_ mark: Mark) -> PolicyPlace { PolicyPlace(file: file, line: mark.line, column: mark.column) }
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
        .composer(let context, let problem, let mark, _):
        let reason = context.map { "\($0.text.trimmingSpaces) " } ?? ""
        return .notYAML(place(mark), reason: "not YAML: \(reason)\(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
        return .notYAML(place(context.mark), reason: "key \"\(duplicates.first ?? "")\" is there twice")
    default:
        return .notYAML(PolicyPlace(file: file, line: 1, column: 1), reason: "not YAML: \(error)")
    }
}

extension String {
    fileprivate var trimmingSpaces: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

private func policyName(_ node: PolicyNode) throws(PolicyError) -> String {
    let name = try node.text()
    let allowed = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    guard allowed, (1...32).contains(name.utf8.count) else {
        throw node.bad("is \"\(name)\", must be 1 to 32 lower-case letters, digits and -")
    }
    return name
}

/// One name, or a list of them.
private func seccompNames(_ node: PolicyNode) throws(PolicyError) -> [String] {
    if node.isScalar { return [try node.profileName()] }
    var names: [String] = []
    for element in try node.elements() { names.append(try element.profileName()) }
    guard !names.isEmpty else { throw node.bad("is empty: name at least one .json file beside the policy") }
    return names
}

private func environmentValues(_ node: PolicyNode) throws(PolicyError) -> [Policy.EnvironmentValue] {
    var values: [Policy.EnvironmentValue] = []
    for (name, member) in try node.members() {
        let allowed = name.utf8.enumerated().allSatisfy { index, byte in
            byte == 0x5F || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || index > 0 && (0x30...0x39).contains(byte)
        }
        guard allowed, !name.isEmpty else {
            throw member.value.bad("is not a name for an environment value: letters, digits and _, no digit first")
        }
        values.append(Policy.EnvironmentValue(name: name, value: try member.value.text()))
    }
    return values
}
