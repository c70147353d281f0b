import ElvesApps
import ElvesHTTPClient
import ElvesModel
import Foundation

/// Archives on their way to the store: a file each, named by the digest that the whole must have.
///
/// A download that broke off goes on where it was, also after the agent was restarted. What is whole is fetched no second time,
/// even if it cannot be installed now.
struct Downloads: Sendable {
    let folder: String

    init(folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// Fetches the archive, or the rest of it.
    ///
    /// - Returns: The path of the file, which has the size; its digest is not yet looked at.
    func fetch(_ digest: Digest, size: Int64, _ client: CenterClient) async throws -> String {
        let file = path(of: digest)
        try await client.resume("repository/archives/\(digest)", to: file, size: Int(size))
        return file
    }

    func remove(_ digest: Digest) { unlink(path(of: digest)) }

    /// Removes what nobody waits for any more.
    func keepOnly(_ digests: some Sequence<Digest>) {
        let kept = Set(digests.map(\.hex))
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where !kept.contains(name) {
            try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }

    private func path(of digest: Digest) -> String { "\(folder)/\(digest.hex)" }
}
