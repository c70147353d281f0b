import ArgumentParser
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF

struct RepoInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a repository: its first root, and targets without an app.",
        discussion: """
            A key is the file of a private key, which then signs at once, or of a public half, whose holder signs later with \
            `elves repo sign`. For a fleet take three root keys of three people, a threshold of two, and keep them offline.
            """)

    @Argument(help: "The repository's folder.")
    var folder: String
    @Option(name: .customLong("root-key"), help: "A key of the root; repeatable.")
    var rootKeys: [String]
    @Option(help: "How many root keys must sign.")
    var rootThreshold: Int64 = 1
    @Option(name: .customLong("targets-key"), help: "A key that says whose apps are whose; repeatable.")
    var targetsKeys: [String]
    @Option(help: "How many targets keys must sign.")
    var targetsThreshold: Int64 = 1
    @Option(help: "The center's key for snapshot and timestamp (`elves repo online-key`); default: asked of the center.")
    var onlineKey: String?
    @OptionGroup var center: CenterOptions
    @OptionGroup var passphrases: PassphraseOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let online =
            if let onlineKey { try KeyFile.verifying(onlineKey) } else {
                try PublicKey(
                    pem: await center.withCenter { try await $0.get("admin/v1/repository", as: RepositoryView.self).onlineKey })
            }
        let root = try rootKeys.map { try KeyGiven($0, passphrases) }
        let targets = try targetsKeys.map { try KeyGiven($0, passphrases) }
        var editor = try RepositoryEditor(
            rootKeys: root.map(\.verifying), rootThreshold: rootThreshold, targetsKeys: targets.map(\.verifying),
            targetsThreshold: targetsThreshold, onlineKey: online, now: Clocks.systemWall())
        for key in (root + targets).compactMap(\.signing) { _ = try editor.sign(with: key) }
        let repository = RepositoryFolder(path: folder)
        try repository.make()
        try repository.save(editor)
        RepositoryPrinting.print(editor, asJSON: output.json)
    }

    /// A key file of either half.
    private struct KeyGiven {
        let verifying: PublicKey
        let signing: SigningKey?

        init(_ path: String, _ passphrases: PassphraseOptions) throws {
            signing = KeyFile.isPrivate(path) ? try KeyFile.signing(path, passphrases) : nil
            verifying = try signing?.publicKey ?? KeyFile.verifying(path)
        }
    }
}

struct RepoAddKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-key", abstract: "Let a further key sign for root or targets.")

    @Argument(help: "root or targets.")
    var role: RepositoryEditor.Role
    @Argument(help: "The new key's public half.")
    var key: String
    @Option(help: "How many keys must sign from now on; default: as many as before.")
    var threshold: Int64?
    @OptionGroup var repository: RepositoryOption
    @OptionGroup var signing: SigningOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        guard role != .online else { throw CommandFailure(.usage, "the online role has one key: `elves repo rotate online`") }
        let added = try KeyFile.verifying(key)
        try signing.edit(repository, output) {
            try $0.rotate(role, removing: [], adding: [added], threshold: threshold, now: Clocks.systemWall())
        }
    }
}

struct RepoRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Exchange keys of root, targets or online; without any, let root or targets count for their full time again.",
        discussion: "A new root is signed by the keys of the old one as well as by its own.")

    @Argument(help: "root, targets or online.")
    var role: RepositoryEditor.Role
    @Option(name: .customLong("remove"), help: "The id of a key, or its beginning; repeatable.")
    var removed: [String] = []
    @Option(name: .customLong("add"), help: "A new key's public half; repeatable.")
    var added: [String] = []
    @Option(help: "How many keys must sign from now on; default: as many as before.")
    var threshold: Int64?
    @OptionGroup var repository: RepositoryOption
    @OptionGroup var signing: SigningOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let keys = try added.map { try KeyFile.verifying($0) }
        try signing.edit(repository, output) {
            try $0.rotate(role, removing: removed, adding: keys, threshold: threshold, now: Clocks.systemWall())
        }
    }
}

struct RepoDelegateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delegate",
        abstract: "Say who signs an app's versions, in place of who could before; with --threshold 2, author and reviewer.",
        discussion: """
            With --policy instead of an app: who signs what operators may grant (`elves repo policy`). From then on agents grant \
            nothing that is not signed.
            """)

    @OptionGroup var subject: DelegatedSubject
    @Option(name: .customLong("key"), help: "The public half of an author's key; repeatable.")
    var keys: [String]
    @Option(help: "How many of the keys must sign each version.")
    var threshold: Int64 = 1
    @OptionGroup var repository: RepositoryOption
    @OptionGroup var signing: SigningOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let app = try subject.name()
        let signers = try keys.map { try KeyFile.verifying($0) }
        try signing.edit(repository, output) {
            let now = Clocks.systemWall()
            if let app { return try $0.delegate(app, to: signers, threshold: threshold, now: now) }
            try $0.delegatePolicy(to: signers, threshold: threshold, now: now)
        }
    }
}

struct RepoRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Let nobody sign an app any more: agents install none of its versions. What runs goes on running.",
        discussion: "With --policy instead of an app: nothing bounds any more what operators may grant.")

    @OptionGroup var subject: DelegatedSubject
    @OptionGroup var repository: RepositoryOption
    @OptionGroup var signing: SigningOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let app = try subject.name()
        try signing.edit(repository, output) {
            if let app { return try $0.revoke(app, now: Clocks.systemWall()) }
            try $0.revokePolicy(now: Clocks.systemWall())
        }
    }
}

/// What a delegation is for.
struct DelegatedSubject: ParsableArguments {
    @Argument(help: "The app.")
    var app: String?
    @Flag(name: .customLong("policy"), help: "What operators may grant, instead of an app.")
    var isPolicy = false

    /// The app; nil for the policy.
    func name() throws -> AppName? {
        switch (app, isPolicy) {
        case (let app?, false): try AppName(app)
        case (nil, true): nil
        case (nil, false): throw CommandFailure(.usage, "name the app, or give --policy")
        case (.some, true): throw CommandFailure(.usage, "name the app or give --policy, not both")
        }
    }
}

extension RepositoryEditor.Role: ExpressibleByArgument {}
