import ElvesFiles
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import Foundation

/// The repository of an `elves dev`: one throwaway key in the session's folder signs everything, by the same steps as for real.
struct DevRepository {
    private let folder: RepositoryFolder
    private let keyPath: String

    /// - Parameter folder: The session's.
    init(folder: String) {
        self.folder = RepositoryFolder(path: folder + "/repository")
        keyPath = folder + "/dev.key"
    }

    /// The key that may sign an app from now on.
    func author(of app: AppName, _ client: CenterClient) async throws -> SigningKey {
        let key = try key()
        var editor = try await editor(key, client)
        let now = Clocks.systemWall()
        let soon = Lifetime.expiry(Lifetime.renewal, from: now)
        for status in editor.status where status.expires < soon {
            guard let role = RepositoryEditor.Role(rawValue: status.role) else { continue }
            try editor.rotate(role, removing: [], adding: [], threshold: nil, now: now)
        }
        if !editor.delegations.contains(where: { $0.name == AppRole.name(of: app) }) {
            try editor.delegate(app, to: [key.publicKey], threshold: 1, now: now)
        }
        _ = try editor.sign(with: key)
        try folder.save(editor)
        // Sent each time, since the one before may not have arrived.
        try await MetadataTransfer(client: client).send(editor)
        return key
    }

    private func key() throws -> SigningKey {
        if let data = FileManager.default.contents(atPath: keyPath) {
            return try SigningKey(pem: String(decoding: data, as: UTF8.self), passphrase: nil)
        }
        let key = SigningKey()
        try PrivateFile.write(Array(key.pem(passphrase: nil, randomness: .system).utf8), to: keyPath)
        return key
    }

    private func editor(_ key: SigningKey, _ client: CenterClient) async throws -> RepositoryEditor {
        if let editor = try? folder.load() { return editor }
        let online = try await client.get("admin/v1/repository", as: RepositoryView.self).onlineKey
        var editor = try RepositoryEditor(
            rootKeys: [key.publicKey], rootThreshold: 1, targetsKeys: [key.publicKey], targetsThreshold: 1,
            onlineKey: PublicKey(pem: online), now: Clocks.systemWall())
        _ = try editor.sign(with: key)
        try folder.make()
        try folder.save(editor)
        return editor
    }
}
