import ElvesApps
import ElvesModel
import Foundation

/// A store in a folder of its own, and versions of the sample app to put into it.
final class StoreSamples {
    let folder: TemporaryFolder
    let hello: AppName

    init() throws {
        folder = try TemporaryFolder()
        hello = try AppName("hello")
    }

    func key(_ version: String) throws -> AppKey { AppKey(app: hello, version: try AppVersion(version)) }

    /// Packs the sample app with this version; `note` is the content of one of its files, `size` the bytes of another.
    func packed(_ version: String, note: String = "", size: Int = 0) throws -> PackedApp {
        let name = "source-\(version)"
        let app = try Samples.write(to: folder, below: name, version: version)
        try folder.write("\(name)/lib/note.txt", "note \(note)")
        if size > 0 {
            // Each version's own, and nothing that compresses.
            var random = SystemRandomNumberGenerator()
            try folder.write("\(name)/big", (0..<size).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        }
        let out = "\(folder.path)/packed-\(version)"
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        return try AppPacker().pack(folder: app, into: out)
    }

    @discardableResult
    func install(_ version: String, in store: AppStore, note: String = "", size: Int = 0) throws -> InstalledApp {
        let app = try packed(version, note: note, size: size)
        return try store.install(
            archive: app.path, app: hello, version: AppVersion(version),
            expected: ExpectedArchive(digest: app.contents.digest, size: app.contents.size))
    }

    /// The folder of a version below the temporary folder.
    func place(_ app: InstalledApp) -> String {
        "store/apps/hello/\(app.manifest.version)-\(app.digest.hex.prefix(16))"
    }
}
