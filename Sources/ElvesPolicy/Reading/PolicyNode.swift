import Yams

/// One value in a policy file, with the path of keys that leads to it.
struct PolicyNode {
    let node: Node
    /// Empty at the top.
    let key: String
    let file: String

    var place: PolicyPlace { Self.place(of: node, file) }

    static func place(of node: Node, _ file: String) -> PolicyPlace {
        PolicyPlace(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
    }

    var isScalar: Bool { if case .scalar = node { true } else { false } }

    func bad(_ reason: String) -> PolicyError {
        .badValue(place, key: key.isEmpty ? "policy" : key, reason: reason)
    }

    /// The members of a mapping whose keys are all among `known`.
    func fields(_ known: [String]) throws(PolicyError) -> PolicyFields {
        let members = try members()
        for (name, node) in members where !known.contains(name) {
            throw .unknownKey(Self.place(of: node.keyNode, file), key: node.value.key, known: known)
        }
        let values = members.map { ($0.name, $0.node.value) }
        return PolicyFields(owner: self, values: Dictionary(values) { first, _ in first })
    }

    /// The members of a mapping with free keys, in the order of the file.
    func members() throws(PolicyError) -> [(name: String, node: (keyNode: Node, value: PolicyNode))] {
        guard case .mapping(let mapping) = node else { throw bad("must be a mapping of keys to values") }
        var members: [(name: String, node: (keyNode: Node, value: PolicyNode))] = []
        for (keyNode, value) in mapping {
            let name = try PolicyNode(node: keyNode, key: key, file: file).text(what: "has a key that")
            let path = key.isEmpty ? name : "\(key).\(name)"
            members.append((name, (keyNode, PolicyNode(node: value, key: path, file: file))))
        }
        return members
    }

    /// The elements of a sequence.
    func elements() throws(PolicyError) -> [PolicyNode] {
        guard case .sequence(let sequence) = node else { throw bad("must be a list") }
        return sequence.enumerated().map { PolicyNode(node: $1, key: "\(key)[\($0)]", file: file) }
    }

    /// A scalar as it is written, whatever YAML would make of it: `no` is a text and so is `1`.
    func text(what: String = "") throws(PolicyError) -> String {
        guard case .scalar(let scalar) = node else { throw bad("\(what.isEmpty ? "" : what + " ")must be a text") }
        // Such characters could end a line of the launch plan and begin another.
        guard !scalar.string.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw bad("contains a control character, such as a tab or a line break")
        }
        return scalar.string
    }
}

extension PolicyNode {
    /// Where everything below stands, by the way of keys from the top; the places of members are those of their keys.
    var places: [String: PolicyPlace] {
        var places = [key: place]
        switch node {
        case .mapping(let mapping):
            for (keyNode, value) in mapping {
                guard case .scalar(let scalar) = keyNode else { continue }
                let path = key.isEmpty ? scalar.string : "\(key).\(scalar.string)"
                places.merge(PolicyNode(node: value, key: path, file: file).places) { $1 }
                places[path] = Self.place(of: keyNode, file)
            }
        case .sequence(let sequence):
            for (index, element) in sequence.enumerated() {
                places.merge(PolicyNode(node: element, key: "\(key)[\(index)]", file: file).places) { $1 }
            }
        case .scalar, .alias: break
        }
        return places
    }
}
