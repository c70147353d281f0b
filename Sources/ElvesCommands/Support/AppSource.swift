import ElvesApps
import ElvesSandbox
import Foundation

/// An app as the command line names it: a folder or an archive.
struct AppSource {
    let path: String

    /// Hands `body` the app's archive: the file itself, or the folder packed aside for as long as `body` runs.
    ///
    /// - Throws: `ArchiveError`, `PackError` or `PlanError`: exactly what an agent would refuse the archive for.
    func withArchive<T>(_ body: (PackedApp) async throws -> T) async throws -> T {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw CommandFailure(.badInput, "\(path) does not exist")
        }
        guard isFolder.boolValue else {
            let name = URL(filePath: path).lastPathComponent
            let contents = try sandboxedIntake().check(archive: path, name: name)
            try Self.checkRequests(of: contents.manifest)
            return try await body(PackedApp(path: path, contents: contents))
        }
        return try await withScratchFolder { scratch in try await body(Self.pack(path, into: scratch)) }
    }

    /// Packs a folder together with the SDK of its language.
    static func pack(_ folder: String, into destination: String) throws -> PackedApp {
        let packed = try AppPacker().pack(folder: folder, sdk: try findInstallation().pythonSDK, into: destination)
        try checkRequests(of: packed.contents.manifest)
        return packed
    }

    /// Whether the policy of the app's language offers what the app asks for.
    private static func checkRequests(of manifest: Manifest) throws {
        let policy = try CompiledPolicy(contentsOf: findInstallation().policy(manifest.language.rawValue))
        _ = try SandboxPlan(
            policy: policy.policy, appFolder: "/app", requestedPaths: manifest.readRequests.map(\.path), arguments: [],
            identity: .single
        ).text()
    }
}
