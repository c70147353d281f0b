import ArgumentParser
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF

struct RepoSignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Add signatures to what awaits them.")

    @Option(name: .customLong("key"), help: "A private key; repeatable.")
    var keys: [String]
    @OptionGroup var repository: RepositoryOption
    @OptionGroup var passphrases: PassphraseOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        var editor = try repository.folder.load()
        for path in keys {
            do { _ = try editor.sign(with: KeyFile.signing(path, passphrases)) } catch let error as EditError {
                throw CommandFailure(.refused, "\(path): \(error)")
            }
        }
        try repository.folder.save(editor)
        RepositoryPrinting.print(editor, asJSON: output.json)
    }
}

struct RepoStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show versions, expiry and signatures of a repository's folder; with --center, of what the center serves.")

    @Flag(name: .customLong("center"), help: "Ask the center.")
    var ofCenter = false
    @OptionGroup var repository: RepositoryOption
    @OptionGroup var center: CenterOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        if ofCenter { return try await showCenter() }
        let editor = try repository.folder.load()
        RepositoryPrinting.print(editor, asJSON: output.json)
        guard !output.json else { return }
        for role in editor.status {
            for count in role.signatures {
                for key in count.keyIDs {
                    let state = count.signers.contains(key) ? "signed" : "has not signed"
                    printLine("  \(role.role) version \(role.version), key of \(count.delegator) \(state): \(key)")
                }
            }
        }
        printTable(
            ["APP ROLE", "THRESHOLD", "KEYS"],
            editor.delegations.map { role in
                [role.name, "\(role.keys.threshold)", role.keys.keyIDs.map { String($0.prefix(16)) }.joined(separator: " ")]
            })
    }

    private func showCenter() async throws {
        let view = try await center.withCenter { try await $0.get("admin/v1/repository", as: RepositoryView.self) }
        if output.json { return try printJSON(view) }
        printTable(
            ["ROLE", "VERSION", "EXPIRES", "TARGETS", "PROBLEM"],
            view.roles.map { role in
                let problem = role.problem ?? (role.isExpired ? "expired" : "")
                return [role.role, "\(role.version)", role.expires, role.targets > 0 ? "\(role.targets)" : "", problem]
            })
        printLine("online key \(view.onlineKeyID)")
    }
}

struct RepoPublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Send root and targets to the center, when enough keys have signed them.")

    @OptionGroup var repository: RepositoryOption
    @OptionGroup var center: CenterOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let editor = try repository.folder.load()
        let view = try await center.withCenter { try await MetadataTransfer(client: $0).send(editor) }
        if output.json { return try printJSON(view) }
        printLine("published root version \(editor.root.role.version) and targets version \(editor.targets.role.version)")
    }
}
