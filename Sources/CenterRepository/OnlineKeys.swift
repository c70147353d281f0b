import ElvesFiles
import ElvesModel
import ElvesRepository
import Foundation

/// The center's own keys for snapshot and timestamp: files that only it reads, made when they are first needed.
///
/// They are not encrypted, since the center must start without a person; the folder is the owner's alone. What they can do is
/// bounded: whoever has one can hold back news for as long as the targets count, and can sign no archive.
struct OnlineKeys: Sendable {
    private let folder: URL
    private let randomness: Randomness

    init(path: String, randomness: Randomness) throws {
        folder = URL(filePath: path, directoryHint: .isDirectory)
        self.randomness = randomness
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// All keys, oldest first; makes the first one.
    func load() throws -> [SigningKey] {
        var keys: [SigningKey] = []
        while let data = FileManager.default.contents(atPath: path(keys.count + 1)) {
            do {
                keys.append(try SigningKey(pem: String(decoding: data, as: UTF8.self), passphrase: nil))
            } catch {
                throw DamagedRepository(file: path(keys.count + 1), reason: "\(error)")
            }
        }
        return keys.isEmpty ? [try makeKey(number: 1)] : keys
    }

    /// Makes a key in a file of its own.
    ///
    /// - Parameter number: One more than there are keys.
    func makeKey(number: Int) throws -> SigningKey {
        let key = SigningKey()
        try PrivateFile.write(Array(key.pem(passphrase: nil, randomness: randomness).utf8), to: path(number))
        try syncFolder(folder.path(percentEncoded: false))
        return key
    }

    private func path(_ number: Int) -> String { folder.appending(path: "online-\(number).key").path(percentEncoded: false) }
}
