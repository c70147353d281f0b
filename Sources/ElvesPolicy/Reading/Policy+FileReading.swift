import Yams

extension Policy.Filesystem {
    init(_ node: PolicyNode, _ base: Self?) throws(PolicyError) {
        let fields = try node.fields([
            "roots", "optional", "links", "scratch", "requestable", "read", "write", "remove",
        ])
        let removed = try Self.removed(fields, base)
        func kept(_ places: [Policy.Place]?) -> [Policy.Place] { (places ?? []).filter { !removed.contains($0.path) } }
        var seen: [String: String] = [:]
        for (key, places) in [
            ("roots", kept(base?.roots)), ("optional", kept(base?.optional)), ("requestable", kept(base?.requestable)),
            ("read", kept(base?.read)), ("write", kept(base?.write)),
        ] {
            for place in places { seen[place.path] = key }
        }
        func places(_ name: String, _ inherited: [Policy.Place]?) throws(PolicyError) -> [Policy.Place] {
            var places = kept(inherited)
            guard let node = fields.values[name] else { return places }
            for (path, member) in try node.members() {
                let place = try Policy.Place(path, member.value, at: member.keyNode)
                guard seen.updateValue(name, forKey: path) == nil else {
                    throw PolicyError.badValue(
                        PolicyNode.place(of: member.keyNode, node.file), key: member.value.key,
                        reason: "is in this policy twice, or in one that it extends")
                }
                places.append(place)
            }
            return places
        }
        guard base != nil || fields.values["roots"] != nil else { throw .missingKey(node.place, key: "filesystem.roots") }
        var links = (base?.links ?? []).filter { !removed.contains($0.path) }
        if let node = fields.values["links"] {
            for (path, member) in try node.members() {
                let link = try Policy.Link(path, member.value)
                links.removeAll { $0.path == path }
                links.append(link)
            }
        }
        self.init(
            roots: try places("roots", base?.roots), optional: try places("optional", base?.optional), links: links,
            scratch: try fields.section("scratch", base?.scratch) { (node, base) throws(PolicyError) in
                try Policy.Scratch(node, base)
            },
            requestable: try places("requestable", base?.requestable), read: try places("read", base?.read),
            write: try places("write", base?.write))
    }

    /// What is taken away from the policy that this one extends.
    private static func removed(_ fields: PolicyFields, _ base: Self?) throws(PolicyError) -> Set<String> {
        let known = base.map { $0.shown + ($0.requestable + $0.read + $0.write).map(\.path) } ?? []
        var removed: Set<String> = []
        for node in try fields.list("remove") {
            let path = try node.text()
            guard known.contains(path) else {
                throw node.bad("is \"\(path)\", which the policy that this one extends does not have")
            }
            removed.insert(path)
        }
        return removed
    }
}

extension Policy.Place {
    /// - Parameter node: The reason; the path is its key.
    fileprivate init(_ path: String, _ node: PolicyNode, at keyNode: Node) throws(PolicyError) {
        let pathNode = PolicyNode(node: keyNode, key: node.key, file: node.file)
        self.init(path: try pathNode.path(), reason: try node.word())
    }
}

extension Policy.Link {
    fileprivate init(_ path: String, _ node: PolicyNode) throws(PolicyError) {
        guard isPlainPath(path) else { throw node.bad("stands under \"\(path)\", which is no absolute path") }
        let value = try node.word()
        // As many steps up as there are folders above the link; the rest goes down.
        let folders = path.split(separator: "/").count - 1
        let parts = value.split(separator: "/", omittingEmptySubsequences: false)
        let down = parts.drop { $0 == ".." }
        guard parts.count - down.count <= folders, isPlainPath("/" + down.joined(separator: "/")) else {
            throw node.bad(
                "leads to \"\(value)\", must be a path from the link's own folder that stays inside, as usr/bin or ../proc")
        }
        self.init(path: path, value: value)
    }
}

extension Policy.Scratch {
    fileprivate init(_ node: PolicyNode, _ base: Self?) throws(PolicyError) {
        let fields = try node.fields(["size", "inodes", "reason"])
        self.init(
            bytes: try fields.value("size", else: base?.bytes) { (node) throws(PolicyError) in
                try node.size(in: 64 << 10...1 << 40)
            },
            inodes: try fields.value("inodes", else: base?.inodes) { (node) throws(PolicyError) in
                try node.integer(in: 16...1 << 32)
            }, reason: try fields.reason ?? base?.reason)
    }
}
