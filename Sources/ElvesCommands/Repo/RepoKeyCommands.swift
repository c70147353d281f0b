import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import Foundation

struct RepoNewKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new-key",
        abstract: "Make a key: FILE is the private half, behind a passphrase, and FILE.pub the public half.")

    @Argument(help: "Where the private half goes.")
    var file: String
    @Option(help: "ed25519 or ecdsa-p256.")
    var type = SigningKey.Algorithm.ed25519.rawValue
    @Flag(help: "Leave the private half in clear: for throwaway keys only.")
    var noPassphrase = false
    @OptionGroup var passphrases: PassphraseOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        guard let algorithm = SigningKey.Algorithm(rawValue: type) else {
            let known = SigningKey.Algorithm.allCases.map(\.rawValue).joined(separator: " or ")
            throw CommandFailure(.usage, "--type \(type) is unknown: it is \(known)")
        }
        let passphrase = noPassphrase ? nil : try passphrases.newPassphrase(for: file)
        let key = SigningKey(algorithm)
        try KeyFile.write(key, passphrase: passphrase, to: file)
        if noPassphrase {
            printError("elves: WARNING: \(file) is not encrypted. Whoever can read the file can sign with it: for trials only")
        }
        let id = try key.publicKey.id()
        if output.json {
            printJSON(
                .object { members in
                    members.add("key", file)
                    members.add("public", file + KeyFile.publicSuffix)
                    members.add("id", id)
                })
        } else {
            printLine("\(file), \(file + KeyFile.publicSuffix)")
            printLine("fingerprint \(id)")
        }
    }
}

struct RepoOnlineKeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "online-key",
        abstract: "Print the public half of the key with which the center signs snapshot and timestamp.")

    @Option(name: .long, help: "Where the key goes; default: standard output.")
    var output: String?
    @Flag(name: .customLong("new"), help: "Have the center make another key; it counts from the root on that names it.")
    var isNew = false
    @OptionGroup var center: CenterOptions
    @OptionGroup var format: JSONOption

    func run() async throws {
        let view = try await center.withCenter { client in
            isNew
                ? try await client.post("admin/v1/repository/online-keys", [String: String](), as: RepositoryView.self)
                : try await client.get("admin/v1/repository", as: RepositoryView.self)
        }
        if let output {
            do { try Data(view.onlineKey.utf8).write(to: URL(filePath: output)) } catch {
                throw CommandFailure(.badInput, "\(output) cannot be written: \(error.localizedDescription)")
            }
        }
        if format.json {
            printJSON(
                .object { members in
                    members.add("online_key", view.onlineKey)
                    members.add("id", view.onlineKeyID)
                })
        } else {
            printLine(output == nil ? view.onlineKey.trimmingCharacters(in: .newlines) : "fingerprint \(view.onlineKeyID)")
        }
    }
}
