import ArgumentParser
import Crypto
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesRepository
import ElvesTUF
import Foundation

struct RepoPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy",
        abstract: "Sign the most that operators may grant, and send it to the center: agents grant nothing above it.",
        discussion: """
            The file is grants.yaml; `elves repo delegate --policy` says who may sign it. Where two must sign, the first one's \
            signature goes into FILE.signed.json, and the second runs the same command on both files. The same file again \
            renews what is soon to expire.
            """)

    @Argument(help: "grants.yaml")
    var files: [String]
    @Option(name: .customLong("key"), help: "A private key of a signer; repeatable.")
    var keys: [String]
    @OptionGroup var center: CenterOptions
    @OptionGroup var passphrases: PassphraseOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let policies = try files.map { try PolicyFile($0) }
        guard let first = files.first else { throw CommandFailure(.usage, "name the file: grants.yaml") }
        let keys = try self.keys.map { ($0, try KeyFile.signing($0, passphrases)) }
        try await center.withCenter { client in
            let transfer = MetadataTransfer(client: client)
            var editor = try await transfer.policyEditor()
            if let started = try SignedBeside.load(first, role: PolicyRole.name) { try editor.resume(started) }
            for policy in policies {
                try editor.put(policy.name, digest: policy.digest, size: policy.text.utf8.count, now: Clocks.systemWall())
            }
            guard editor.isNew else { return say(editor, isSent: true) }
            for (path, key) in keys {
                do { try editor.sign(with: key) } catch let error as EditError {
                    throw CommandFailure(.refused, "\(path): \(error)")
                }
            }
            let isComplete = editor.signatures.missing == 0
            if isComplete {
                let texts = policies.map { (PolicyRole.path(of: $0.name), $0.text) }
                try await transfer.send(editor.file, Dictionary(texts) { $1 })
                SignedBeside.remove(first)
            } else {
                try SignedBeside.save(editor.file, beside: first)
            }
            say(editor, isSent: isComplete)
        }
    }

    private func say(_ editor: PolicyRoleEditor, isSent: Bool) {
        let count = editor.signatures
        guard output.json else {
            let state =
                isSent
                ? "published"
                : "\(count.signers.count) of \(count.threshold) signatures; the others run `elves repo policy` as well"
            return printLine(
                "policy version \(editor.file.role.version), expires \(editor.file.role.expires): \(state)")
        }
        printJSON(
            .object { members in
                members.add("role", PolicyRole.name)
                members.add("version", editor.file.role.version)
                members.add("expires", editor.file.role.expires.description)
                members.add("complete", isSent)
                members.add("signatures", RepositoryPrinting.signatures(count))
            })
    }

    /// A file that is signed, and can be read by agents.
    private struct PolicyFile {
        let name: String
        let text: String
        let digest: ElvesModel.Digest

        init(_ path: String) throws {
            name = URL(filePath: path).lastPathComponent
            guard PolicyRole.file(of: PolicyRole.path(of: name)) != nil else { throw EditError.strangePolicy(name) }
            guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8) else {
                throw CommandFailure(.badInput, "\(path) cannot be read as text: does the file exist?")
            }
            do { _ = try PolicyCeiling(yaml: text, file: path) } catch { throw CommandFailure(.badInput, "\(error)") }
            self.text = text
            digest = ElvesModel.Digest(bytes: SHA256.hash(data: data))
        }
    }
}
