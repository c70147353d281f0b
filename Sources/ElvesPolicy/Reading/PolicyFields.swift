/// The members of one mapping.
struct PolicyFields {
    let owner: PolicyNode
    let values: [String: PolicyNode]

    func require(_ name: String) throws(PolicyError) -> PolicyNode {
        guard let value = values[name] else {
            throw .missingKey(owner.place, key: owner.key.isEmpty ? name : "\(owner.key).\(name)")
        }
        return value
    }

    /// What `read` makes of the member; without one, what the policy inherits.
    func value<Value>(
        _ name: String, else inherited: Value?, _ read: (PolicyNode) throws(PolicyError) -> Value
    ) throws(PolicyError) -> Value {
        if values[name] == nil, let inherited { return inherited }
        return try read(require(name))
    }

    /// A part of a policy: `read` gets what the policy inherits, and takes from it what the part does not say.
    func section<Section>(
        _ name: String, _ inherited: Section?, _ read: (PolicyNode, Section?) throws(PolicyError) -> Section
    ) throws(PolicyError) -> Section {
        if values[name] == nil, let inherited { return inherited }
        return try read(require(name), inherited)
    }

    /// An absent list is an empty one.
    func list(_ name: String) throws(PolicyError) -> [PolicyNode] {
        guard let value = values[name] else { return [] }
        return try value.elements()
    }

    /// What `read` makes of each element of a list.
    func list<Element>(
        _ name: String, _ read: (PolicyNode) throws(PolicyError) -> Element
    ) throws(PolicyError) -> [Element] {
        var elements: [Element] = []
        for node in try list(name) { elements.append(try read(node)) }
        return elements
    }

    /// The reason for what the part allows; nil where it gives none.
    var reason: String? {
        get throws(PolicyError) { try values["reason"]?.word() }
    }
}
