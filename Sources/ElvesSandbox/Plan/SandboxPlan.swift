/// One app version's sandbox, before it is written down: what its policy, its manifest and the host agree on.
package struct SandboxPlan: Sendable {
    package let policy: Policy
    /// The folder with the unpacked app on the host, shown at `/app`.
    package var appFolder: String
    /// The app's entry below its folder; what `{entry}` in the policy stands for.
    package var entry: String
    /// What the app asks to read beside its own files.
    package var requestedPaths: [String]
    /// What the host adds, such as the SDK; an app has no say in it.
    package var additions: [Addition]
    /// After the policy's arguments; the interpreter's name comes before both.
    package var arguments: [String]
    package var identity: SandboxIdentity
    /// Inside; letters, digits and `-`.
    package var hostname: String

    /// A host folder or file that is shown read-only somewhere.
    package struct Addition: Sendable, Equatable {
        package let source: String
        package let target: String

        package init(source: String, target: String) {
            self.source = source
            self.target = target
        }
    }

    package init(
        policy: Policy, appFolder: String, entry: String = "", requestedPaths: [String] = [],
        additions: [Addition] = [], arguments: [String] = [], identity: SandboxIdentity, hostname: String = "worker"
    ) {
        self.policy = policy
        self.appFolder = appFolder
        self.entry = entry
        self.requestedPaths = requestedPaths
        self.additions = additions
        self.arguments = arguments
        self.identity = identity
        self.hostname = hostname
    }

    /// Where an app finds its own files.
    package static let appTarget = "/app"

    /// The plan in the launcher's words.
    ///
    /// Looks on the host which interpreter exists; everything else is left to the launcher, which refuses what is missing.
    /// - Throws: `PlanError` naming the value.
    package func text() throws(PlanError) -> [UInt8] {
        var text = PlanText()
        try text.add("hostname", hostname, what: "the host name")
        switch identity {
        case .pair(let root, let worker): try text.add("uid-map", "\(root)", "\(worker)", what: "the identity")
        case .single: try text.add("single-map", what: "the identity")
        }
        try addView(to: &text)
        try addLimits(to: &text)
        for value in policy.environment {
            try text.add("env", "\(value.name)=\(value.value)", what: "environment value \"\(value.name)\"")
        }
        try text.add("cwd", Self.appTarget, what: "the working folder")
        let program = placed(try interpreter())
        try text.add("exec", program, what: "the interpreter")
        for (index, argument) in ([program] + policy.runtime.arguments.map(placed) + arguments).enumerated() {
            try text.add("arg", argument, what: "argument \(index)")
        }
        return text.bytes
    }

    /// Puts the path of the app's entry, inside, in its place.
    private func placed(_ argument: String) -> String {
        argument == Policy.Runtime.entry ? "\(Self.appTarget)/\(entry)" : argument
    }

    private func addView(to text: inout PlanText) throws(PlanError) {
        let files = policy.filesystem
        for path in requestedPaths where !files.requestable.contains(path) {
            throw .notRequestable(path: path, policy: policy.name, offered: files.requestable)
        }
        for path in files.roots { try text.add("bind-ro", path: path, at: path, what: "a root of the policy") }
        for path in files.optional {
            try text.add("bind-ro-optional", path: path, at: path, what: "an optional root of the policy")
        }
        for link in files.links { try text.add("symlink", link.value, link.path, what: "link \"\(link.path)\"") }
        for path in requestedPaths { try text.add("bind-ro", path: path, at: path, what: "a requested path") }
        try text.add("bind-ro", path: appFolder, at: Self.appTarget, what: "the app folder")
        for addition in additions {
            try text.add("bind-ro", path: addition.source, at: addition.target, what: "a path that the host adds")
        }
        try text.add("tmpfs", "/tmp", "\(files.tmp.bytes)", "\(files.tmp.inodes)", what: "/tmp")
    }

    private func addLimits(to text: inout PlanText) throws(PlanError) {
        let resources = policy.resources
        let limits: [(String, UInt64)] = [
            ("as", resources.memory), ("nproc", resources.processes), ("nofile", resources.files),
            // A core file would carry the worker's memory, secrets included.
            ("fsize", resources.fileSize), ("core", 0),
        ]
        for (name, value) in limits { try text.add("rlimit", name, "\(value)", what: "limit \"\(name)\"") }
    }

    private func interpreter() throws(PlanError) -> String {
        let candidates = policy.runtime.interpreters
        guard let found = candidates.first(where: { $0 == Policy.Runtime.entry || fileExists($0) }) else {
            throw .noInterpreter(policy: policy.name, candidates: candidates)
        }
        return found
    }
}
