import ArgumentParser
import ElvesJSON
import ElvesModel
import ElvesRepository
import ElvesTUF
import Foundation

struct RepoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repo", abstract: "Say who may sign apps: the repository's root, targets and delegations.",
        discussion: """
            A repository is a folder that is carried from signer to signer; only `publish`, `policy` and `online-key` speak to a center. \
            Changes are collected in it and count when enough keys have signed them and `publish` has sent them.
            """,
        subcommands: [
            RepoNewKeyCommand.self, RepoOnlineKeyCommand.self, RepoInitCommand.self, RepoAddKeyCommand.self,
            RepoRotateCommand.self, RepoDelegateCommand.self, RepoRevokeCommand.self, RepoPolicyCommand.self,
            RepoSignCommand.self, RepoStatusCommand.self, RepoPublishCommand.self,
        ])
}

/// The repository that a command works on.
struct RepositoryOption: ParsableArguments {
    @Option(name: .customLong("repository"), help: "The repository's folder; default: ELVES_REPOSITORY, else this folder.")
    var path: String?

    var folder: RepositoryFolder { RepositoryFolder(path: path ?? RepositoryFolder.standard()) }
}

/// Keys that sign a change at once.
struct SigningOptions: ParsableArguments {
    @Option(name: .customLong("sign"), help: "A private key that signs the change at once; repeatable.")
    var keys: [String] = []
    @OptionGroup var passphrases: PassphraseOptions

    /// Changes a repository, signs with the keys that were given, and prints how far the signing has come.
    func edit(
        _ repository: RepositoryOption, _ output: JSONOption, _ change: (inout RepositoryEditor) throws -> Void
    ) throws {
        var editor = try repository.folder.load()
        let keys = try self.keys.map { try KeyFile.signing($0, passphrases) }
        try change(&editor)
        for key in keys { _ = try editor.sign(with: key) }
        try repository.folder.save(editor)
        RepositoryPrinting.print(editor, asJSON: output.json)
    }
}

enum RepositoryPrinting {
    static func print(_ editor: RepositoryEditor, asJSON: Bool) {
        asJSON ? printJSON(json(editor)) : printLine(text(editor))
    }

    private static func text(_ editor: RepositoryEditor) -> String {
        editor.status.map { role in
            let missing = role.signatures.filter { $0.missing > 0 }.map {
                "\($0.signers.count) of \($0.threshold) signatures by the keys of \($0.delegator)"
            }
            let state = missing.isEmpty ? "complete" : "to be signed: " + missing.joined(separator: ", ")
            return "\(role.role) version \(role.version), expires \(role.expires): \(state)"
        }.joined(separator: "\n")
    }

    static func json(_ editor: RepositoryEditor) -> RawJSON {
        .object { members in
            members.add("roles", editor.status.map(role))
            members.add(
                "apps",
                editor.delegations.map { role in
                    .object { members in
                        members.add("role", role.name)
                        members.add("keys", role.keys.keyIDs)
                        members.add("threshold", role.keys.threshold)
                    }
                })
        }
    }

    private static func role(_ role: RepositoryEditor.RoleStatus) -> RawJSON {
        .object { members in
            members.add("role", role.role)
            members.add("version", role.version)
            members.add("expires", role.expires.description)
            members.add("complete", role.isComplete)
            members.add("signatures", role.signatures.map(signatures))
        }
    }

    static func signatures(_ count: SignatureCount) -> RawJSON {
        .object { members in
            members.add("by", count.delegator)
            members.add("keys", count.keyIDs)
            members.add("signed", count.signers)
            members.add("threshold", count.threshold)
        }
    }
}
