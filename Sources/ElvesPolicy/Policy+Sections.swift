extension Policy.Runtime {
    init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["interpreter", "arguments", "sdk", "isolation"])
        let candidates = try fields.require("interpreter")
        var interpreters: [String] = []
        for candidate in try candidates.elements() {
            interpreters.append(try candidate.text() == Self.entry ? Self.entry : candidate.path())
        }
        guard !interpreters.isEmpty else { throw candidates.bad("is empty: name at least one program") }
        var arguments: [String] = []
        for argument in try fields.list("arguments") { arguments.append(try argument.text()) }
        var isolations: [String] = []
        for isolation in try fields.list("isolation") {
            let word = try isolation.text()
            guard Self.knownIsolations.contains(word) else {
                throw isolation.bad("is \"\(word)\", must be one of \(Self.knownIsolations.joined(separator: ", "))")
            }
            isolations.append(word)
        }
        self.init(
            interpreters: interpreters, arguments: arguments, sdk: try fields.values["sdk"]?.folderName(),
            isolations: isolations)
    }

    private static var knownIsolations: [String] { ["fresh", "resident", "zygote"] }

    /// A program that the sandbox does not show could not be started in it.
    func requireVisible(in filesystem: Policy.Filesystem, _ node: PolicyNode) throws(PolicyError) {
        let shown = filesystem.roots + filesystem.optional + filesystem.links.map(\.path)
        for interpreter in interpreters where interpreter != Self.entry {
            guard shown.contains(where: { isPath(interpreter, at: $0) }) else {
                throw node.bad("names \"\(interpreter)\", which is in no folder of filesystem.roots")
            }
        }
    }
}

extension Policy.Network {
    /// `none`, or a mapping with the profile of the proxy.
    init(_ node: PolicyNode) throws(PolicyError) {
        if node.isScalar {
            try node.mustBe("none", "a worker's only ways out are its host and the host's proxy")
            self = .none
        } else {
            self = .proxy(profile: try node.fields(["proxy"]).require("proxy").profileName())
        }
    }
}

extension Policy.Filesystem {
    init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["roots", "optional", "links", "tmp", "requestable"])
        var seen: Set<String> = []
        func paths(_ nodes: [PolicyNode]) throws(PolicyError) -> [String] {
            var paths: [String] = []
            for node in nodes {
                let path = try node.path()
                guard seen.insert(path).inserted else { throw node.bad("is \"\(path)\", which is in this policy twice") }
                paths.append(path)
            }
            return paths
        }
        let rootsNode = try fields.require("roots")
        let roots = try paths(rootsNode.elements())
        guard !roots.isEmpty else { throw rootsNode.bad("is empty: no program could start") }
        let optional = try paths(fields.list("optional"))
        let requestable = try paths(fields.list("requestable"))
        var links: [Policy.Link] = []
        if let node = fields.values["links"] {
            for (path, member) in try node.members() { links.append(try Policy.Link(path, member.value)) }
        }
        self.init(
            roots: roots, optional: optional, links: links, tmp: try Policy.Tmp(fields.require("tmp")),
            requestable: requestable)
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

extension Policy.Tmp {
    fileprivate init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["size", "inodes"])
        self.init(
            bytes: try fields.require("size").size(in: 64 << 10...1 << 40),
            inodes: try fields.require("inodes").integer(in: 16...1 << 32))
    }
}

extension Policy.Resources {
    init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["memory", "processes", "files", "file_size", "stdout_line", "stderr"])
        self.init(
            memory: try fields.require("memory").size(in: 16 << 20...1 << 40),
            processes: try fields.require("processes").integer(in: 1...65_536),
            files: try fields.require("files").integer(in: 16...1 << 20),
            fileSize: try fields.require("file_size").size(in: 0...1 << 40),
            stdoutLine: Int(try fields.require("stdout_line").size(in: 1 << 10...64 << 20)),
            stderr: Int(try fields.require("stderr").size(in: 1 << 10...1 << 30)))
    }
}
