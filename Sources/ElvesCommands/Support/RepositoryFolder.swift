import ElvesModel
import ElvesRepository
import ElvesTUF
import Foundation

/// The offline half of a repository in a folder, to be carried from signer to signer: `N.root.json`, `N.targets.json`, and
/// what apps' authors signed offline. All of it is public.
struct RepositoryFolder {
    let path: String

    /// Where the command line looks without `--repository`.
    static func standard() -> String { ProcessInfo.processInfo.environment["ELVES_REPOSITORY"] ?? "." }

    /// Makes the folder of a new repository.
    func make() throws {
        guard newestVersion(of: "root") == nil else {
            throw CommandFailure(.badInput, "\(path) holds a repository already: name another folder")
        }
        do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
            throw CommandFailure(.badInput, "\(path) cannot be made: \(error.localizedDescription)")
        }
    }

    func load() throws -> RepositoryEditor {
        guard let newest = newestVersion(of: "root"), let targetsVersion = newestVersion(of: "targets") else {
            throw CommandFailure(
                .badInput, "\(path) holds no repository: `elves repo init` makes one, --repository names another folder")
        }
        let roots: [SignedFile<RootMetadata>] = try (1...newest).map { try read("root", $0) }
        return try RepositoryEditor(roots: roots, targets: read("targets", targetsVersion))
    }

    func save(_ editor: RepositoryEditor) throws {
        try write("root", editor.root)
        try write("targets", editor.targets)
    }

    /// What an app's authors signed last in this folder; nil if nothing.
    func app(_ app: AppName) throws -> SignedFile<TargetsMetadata>? {
        let role = AppRole.name(of: app)
        return try newestVersion(of: role).map { try read(role, $0) }
    }

    func write<Role>(_ role: String, _ file: SignedFile<Role>) throws {
        let path = self.path + "/\(file.role.version).\(role).json"
        do { try Data(file.bytes).write(to: URL(filePath: path), options: .atomic) } catch {
            throw CommandFailure(.badInput, "\(path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func read<Role>(_ role: String, _ version: Int64) throws -> SignedFile<Role> {
        let path = self.path + "/\(version).\(role).json"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.badInput, "the repository is damaged: \(path) is missing")
        }
        do { return try SignedFile(parsing: Array(data), name: role) } catch {
            throw CommandFailure(.badInput, "\(path): \(error)")
        }
    }

    private func newestVersion(of role: String) -> Int64? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { name in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1] == role, parts[2] == "json" else { return nil }
            return Int64(parts[0])
        }.filter { $0 >= 1 }.max()
    }
}
