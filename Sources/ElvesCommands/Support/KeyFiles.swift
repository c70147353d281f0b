import ArgumentParser
import ElvesFiles
import ElvesModel
import ElvesRepository
import ElvesTUF
import Foundation

/// Where the passphrases of private keys come from.
struct PassphraseOptions: ParsableArguments {
    @Option(help: "A file whose first line is the passphrase of the keys; default: ELVES_PASSPHRASE, else it is asked for.")
    var passphraseFile: String?

    /// The passphrase that was given beforehand, for all keys of the command; nil if it has to be asked for.
    private func given() throws -> String? {
        if let passphraseFile {
            guard let text = try? String(contentsOfFile: passphraseFile, encoding: .utf8) else {
                throw CommandFailure(.badInput, "--passphrase-file \(passphraseFile) cannot be read as text")
            }
            return String(text.prefix { !$0.isNewline })
        }
        return ProcessInfo.processInfo.environment["ELVES_PASSPHRASE"]
    }

    /// The passphrase of a key that exists.
    fileprivate func passphrase(of key: String) throws -> String {
        if let given = try given() { return given }
        return try ask("passphrase of \(key)")
    }

    /// A passphrase for a new key.
    func newPassphrase(for key: String) throws -> String {
        let given = try given()
        let passphrase = try given ?? ask("new passphrase for \(key)")
        guard passphrase.count >= Self.shortest else {
            throw CommandFailure(.usage, "the passphrase is too short: at least \(Self.shortest) characters")
        }
        if given == nil {
            guard try ask("the same again") == passphrase else {
                throw CommandFailure(.usage, "the two passphrases differ: nothing was written")
            }
        }
        return passphrase
    }

    /// Below this any passphrase is found by trying, whatever a try costs.
    private static let shortest = 8

    private func ask(_ question: String) throws -> String {
        guard let answer = try TerminalPrompt.secret(question) else {
            throw CommandFailure(
                .usage, "\(question)? There is no terminal to ask on: give --passphrase-file or ELVES_PASSPHRASE")
        }
        return answer
    }
}

/// A key on the command line: the file of a private key or of its public half.
enum KeyFile {
    static let publicSuffix = ".pub"

    /// Reads a private key, asking for its passphrase where it needs one.
    static func signing(_ path: String, _ passphrases: PassphraseOptions) throws -> SigningKey {
        let pem = try text(path)
        return try naming(path) {
            let passphrase = SigningKey.needsPassphrase(pem) ? try passphrases.passphrase(of: path) : nil
            return try SigningKey(pem: pem, passphrase: passphrase)
        }
    }

    /// Reads a public key. Of a private key's file the public half beside it is read, so that no passphrase is needed.
    static func verifying(_ path: String) throws -> PublicKey {
        var path = path
        if isPrivate(path), FileManager.default.fileExists(atPath: path + publicSuffix) { path += publicSuffix }
        let pem = try text(path)
        return try naming(path) {
            if pem.contains("PRIVATE KEY") { throw KeyFileError.wrongHalf(isPrivate: true) }
            return try PublicKey(pem: pem)
        }
    }

    /// Whether a file holds a private key.
    static func isPrivate(_ path: String) -> Bool { (try? text(path))?.contains("PRIVATE KEY") == true }

    /// Writes a new private key, and its public half beside it.
    static func write(_ key: SigningKey, passphrase: String?, to path: String) throws {
        for file in [path, path + publicSuffix] where FileManager.default.fileExists(atPath: file) {
            throw CommandFailure(.badInput, "\(file) exists: a key is never overwritten; name another file")
        }
        try PrivateFile.write(Array(key.pem(passphrase: passphrase, randomness: .system).utf8), to: path)
        try Data(key.publicPEM.utf8).write(to: URL(filePath: path + publicSuffix))
    }

    private static func text(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.badInput, "the key \(path) cannot be read: does the file exist?")
        }
        guard data.count <= 64 << 10, let text = String(data: data, encoding: .utf8) else {
            throw CommandFailure(.badInput, "\(path): \(KeyFileError.notAKey)")
        }
        return text
    }

    private static func naming<T>(_ path: String, _ read: () throws -> T) throws -> T {
        do { return try read() } catch let error as KeyFileError {
            throw CommandFailure(.badInput, "\(path): \(error)")
        } catch let error as MetadataError {
            throw CommandFailure(.badInput, "\(path): \(error.reason)")
        }
    }
}
