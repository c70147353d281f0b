import ElvesAgent
import ElvesApps
import ElvesModel
import ElvesPolicy
import ElvesSandbox
import Foundation

/// An app as the command line names it: a folder or an archive.
struct AppSource {
    let path: String

    /// Hands `body` the app's archive: the file itself, or the folder built and packed aside for as long as `body` runs.
    ///
    /// - Throws: `ArchiveError`, `PackError` or `PlanError`: exactly what an agent would refuse the archive for.
    ///
    /// - Parameter version: What the archive of a folder has in the place of the folder's version.
    func withArchive<T>(version: AppVersion? = nil, _ body: (PackedApp) async throws -> T) async throws -> T {
        guard try isFolder else {
            let name = URL(filePath: path).lastPathComponent
            let contents = try sandboxedIntake().check(archive: path, name: name)
            try Self.checkRequests(of: contents.manifest)
            return try await body(PackedApp(path: path, contents: contents))
        }
        return try await withScratchFolder { scratch in try await body(Self.pack(path, into: scratch, version: version)) }
    }

    /// What the app says of itself, without building or packing a folder.
    func manifest() throws -> Manifest {
        if try isFolder { return try AppBuild.manifest(of: path) }
        return try ArchiveIntake().check(archive: path, name: URL(filePath: path).lastPathComponent).manifest
    }

    var isFolder: Bool {
        get throws {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw CommandFailure(.badInput, "\(path) does not exist")
            }
            return isFolder.boolValue
        }
    }

    /// Builds a folder, if its manifest says how, and packs it together with the SDK of its language.
    static func pack(_ folder: String, into destination: String, version: AppVersion? = nil) throws -> PackedApp {
        let installation = try findInstallation()
        try AppBuild.run(in: folder, installation: installation)
        let policies = PolicyCatalog(folder: installation.policies)
        let packed = try AppPacker().pack(folder: folder, into: destination, version: version) { manifest in
            guard let sdk = try? policies.policy(for: manifest.language.rawValue).policy.runtime.sdk,
                manifest.runtime == nil
            else { return nil }
            return PackedSDK(name: sdk, folder: installation.sources(ofSDK: sdk))
        }
        try checkRequests(of: packed.contents.manifest)
        return packed
    }

    /// Whether workers of the app's language can be what the app asks for, were all of it granted.
    private static func checkRequests(of manifest: Manifest) throws {
        let policy = try PolicyCatalog(folder: findInstallation().policies).policy(for: manifest.language.rawValue).policy
        try AppRequests.decide(manifest, under: policy, grants: manifest.requests())
        if manifest.runtime == .legacy {
            _ = try policy.legacyCommand(interpreter: manifest.interpreter, file: manifest.entry)
        }
    }
}
