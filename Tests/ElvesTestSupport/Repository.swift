import ElvesJSON
import Foundation

extension Center {
    /// A throwaway key, not encrypted: root, targets and author of all apps of a test's center.
    package var key: String { data + ".key" }
    /// The offline half of the center's repository.
    package var repository: String { data + ".repository" }

    /// Lets the center's key sign apps; the first time, makes the key and the repository.
    package func trust(_ apps: String...) async throws {
        if !FileManager.default.fileExists(atPath: key) {
            try await elves("repo", "new-key", key, "--no-passphrase").succeeded()
            try await elves("repo", "init", repository, "--root-key", key, "--targets-key", key).succeeded()
        }
        let status = try await elves("repo", "status", "--repository", repository, "--json").succeeded().object()
        let known = try (status.array("apps") ?? []).map(\.text)
        for app in apps where !known.contains(where: { $0.contains("\"app-\(app)\"") }) {
            try await elves(
                "repo", "delegate", app, "--key", key, "--repository", repository, "--sign", key
            ).succeeded()
        }
        try await elves("repo", "publish", "--repository", repository).succeeded()
    }

    /// The name of the app in a folder or an archive.
    static func appName(of path: String) -> String {
        let name = URL(filePath: path).lastPathComponent
        guard !name.hasSuffix(".zip") else { return String(name.prefix { $0 != "_" }) }
        let line = text(of: path + "/app.yaml").split(separator: "\n").first { $0.hasPrefix("name:") } ?? ""
        return line.dropFirst(5).trimmingCharacters(in: .whitespaces)
    }
}
