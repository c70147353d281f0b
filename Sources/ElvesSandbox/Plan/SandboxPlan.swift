import ElvesFiles
package import ElvesPolicy

/// One app version's sandbox, or that of a program of the host's own, before it is written down: what its policy, its
/// manifest and the host agree on.
package struct SandboxPlan: Sendable {
    package let policy: Policy
    /// The folder with the unpacked app on the host, shown at `/app`; nil where there is no app.
    package var appFolder: String?
    /// The app's entry below its folder; what `{entry}` in the policy stands for.
    package var entry: String
    /// What the app asks to read beside its own files; the policy must offer it.
    package var requestedPaths: [String]
    /// What the operator lets the app read beyond that, each at its own path, as the owner of the path reads it.
    /// The launcher refuses a path with a link in it, here and below.
    package var grantedPaths: [String] = []
    /// What the operator lets the app write, each at its own path. What the app writes there belongs to the owner of the path.
    package var writablePaths: [String] = []
    /// What is shown in the place of some of these paths: a test shows files of its own.
    package var standIns: [String: String] = [:]
    /// What the host adds, such as the SDK; an app has no say in it.
    package var additions: [Addition]
    /// After the policy's arguments; the interpreter's name comes before both.
    package var arguments: [String]
    /// After the policy's environment.
    package var environment: [Policy.EnvironmentValue] = []
    /// The app's own limits; of each and the policy's the smaller one counts.
    package var limits = Limits()
    package var identity: SandboxIdentity
    /// Inside; letters, digits and `-`.
    package var hostname: String
    /// A program that runs instead of the policy's interpreter and its arguments; an addition shows it.
    package var program: String?
    /// The oldest version of Landlock that will do; nil starts the program without.
    package var landlock: Int?
    /// Seconds of processor time for each process; nil leaves it to the clock of the host.
    package var processorSeconds: UInt64?

    /// What an app says it needs at most; nil leaves it to the policy.
    package struct Limits: Sendable, Equatable {
        package var memory: UInt64?
        package var processes: UInt64?
        package var files: UInt64?
        /// Bytes of its own folder.
        package var scratch: UInt64?

        package init(
            memory: UInt64? = nil, processes: UInt64? = nil, files: UInt64? = nil, scratch: UInt64? = nil
        ) {
            self.scratch = scratch
            self.memory = memory
            self.processes = processes
            self.files = files
        }
    }

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
        policy: Policy, appFolder: String?, entry: String = "", requestedPaths: [String] = [],
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
    /// The worker's own folder, in memory.
    package static let scratchTarget = "/tmp"

    /// Whether `/tmp` inside holds only what the worker made; otherwise a path of the host lies in it, and nobody may empty it.
    package var scratchIsPrivate: Bool {
        let ofPolicy = (policy.filesystem.read + policy.filesystem.write).map(\.path)
        return !(ofPolicy + requestedPaths + grantedPaths + writablePaths + additions.map(\.target)).contains {
            isPath($0, at: Self.scratchTarget)
        }
    }

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
        if case .loopback = policy.network { try text.add("loopback", what: "the network") }
        if let landlock { try text.add("landlock", "\(landlock)", what: "the version of Landlock") }
        try addLimits(to: &text)
        for value in policy.environment + environment {
            try text.add("env", "\(value.name)=\(value.value)", what: "environment value \"\(value.name)\"")
        }
        try text.add("cwd", appFolder == nil ? Self.scratchTarget : Self.appTarget, what: "the working folder")
        let command =
            if let program { [program] } else { try ([interpreter()] + policy.runtime.arguments).map(placed) }
        try text.add("exec", command[0], what: "the interpreter")
        for (index, argument) in (command + arguments).enumerated() {
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
        let offered = files.requestable.map(\.path)
        for path in requestedPaths where !offered.contains(path) {
            throw .notRequestable(path: path, policy: policy.name, offered: offered)
        }
        for path in files.roots.map(\.path) { try text.add("bind-ro", path: path, at: path, what: "a root of the policy") }
        for path in files.optional.map(\.path) {
            try text.add("bind-ro-optional", path: path, at: path, what: "an optional root of the policy")
        }
        for link in files.links { try text.add("symlink", link.value, link.path, what: "link \"\(link.path)\"") }
        // Before the paths that may lie in it.
        try text.add(
            "tmpfs", Self.scratchTarget, "\(min(limits.scratch ?? .max, files.scratch.bytes))", "\(files.scratch.inodes)",
            what: Self.scratchTarget)
        for path in requestedPaths { try text.add("bind-ro", path: shown(path), at: path, what: "a requested path") }
        if let appFolder { try text.add("bind-ro", path: appFolder, at: Self.appTarget, what: "the app folder") }
        for addition in additions {
            try text.add("bind-ro", path: addition.source, at: addition.target, what: "a path that the host adds")
        }
        // Folders before what lies in them, so that a grant for the inner path is not covered by one for the outer.
        // A test's own files are readable for everybody, and its folder may lie behind a link.
        let writable = Set(files.write.map(\.path) + writablePaths)
        let readable = Set(files.read.map(\.path) + grantedPaths).subtracting(writable)
        let grants =
            readable.map { ($0, standIns[$0] == nil ? "bind-ro-mapped" : "bind-ro") } + writable.map { ($0, "bind-rw") }
        for (path, directive) in grants.sorted(by: { $0.0 < $1.0 }) {
            try text.add(directive, path: shown(path), at: path, what: "a granted path")
        }
    }

    private func shown(_ path: String) -> String { standIns[path] ?? path }

    /// Bytes: the smaller of the app's and the policy's.
    private var memory: UInt64 { min(limits.memory ?? .max, policy.resources.memory) }
    private var processes: UInt64 { min(limits.processes ?? .max, policy.process.max) }

    /// What the program and all it starts may use together.
    var groupLimits: GroupLimits {
        GroupLimits(memory: memory, processes: processes, processors: Double(policy.resources.cpu) / 1000)
    }

    private func addLimits(to text: inout PlanText) throws(PlanError) {
        let resources = policy.resources
        // Of root's workers the control group has the count, and tells of it: this one stands behind it.
        let perUser = identity == .single ? processes : processes + 1
        let limits: [(String, UInt64)] = [
            ("as", memory), ("nproc", perUser),
            ("nofile", min(limits.files ?? .max, resources.files)),
            // A core file would carry the worker's memory, secrets included.
            ("fsize", resources.fileSize), ("core", 0),
            // Memory that cannot be swapped out is the host's to give; an endless stack makes the kernel lay out programs
            // where they are easier to guess.
            ("memlock", 64 << 10), ("stack", 8 << 20),
        ]
        if let processorSeconds { try text.add("rlimit", "cpu", "\(processorSeconds)", what: "limit \"cpu\"") }
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
