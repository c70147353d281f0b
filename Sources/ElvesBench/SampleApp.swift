package import ElvesApps
import ElvesModel
import Foundation

/// What an author does, done by the program that is measured.
package struct AppAuthor: Sendable {
    let make: @Sendable (_ language: String, _ parent: String) throws -> String
    let pack: @Sendable (_ folder: String, _ destination: String) throws -> PackedApp

    /// - Parameters:
    ///   - make: Makes the folder of a new app of a language, in a folder.
    ///   - pack: Builds and packs an app's folder into another one.
    package init(
        make: @escaping @Sendable (_ language: String, _ parent: String) throws -> String,
        pack: @escaping @Sendable (_ folder: String, _ destination: String) throws -> PackedApp
    ) {
        self.make = make
        self.pack = pack
    }
}

/// The app that is called: what a new app of its language is, with a function that counts its calls where that is a few lines.
struct SampleApp {
    static let function = "greet"
    static let counter = "count"

    private let installed: InstalledApp
    private let manifest: String

    /// Makes, builds and installs the app.
    init(language: String, in folder: String, author: AppAuthor) throws {
        let source = try author.make(language, folder)
        var manifest = try String(contentsOfFile: "\(source)/\(Manifest.fileName)", encoding: .utf8)
        if let counting = CountingFunction.of(language) {
            let entry = try Manifest(yaml: Array(manifest.utf8)).entry
            let file = "\(source)/\(entry)"
            let code = try String(contentsOfFile: file, encoding: .utf8) + counting
            try code.write(toFile: file, atomically: true, encoding: .utf8)
            manifest.replace("\nfunctions:\n", with: "\nfunctions:\n  \(Self.counter):\n    isolation: fresh\n")
            try manifest.write(toFile: "\(source)/\(Manifest.fileName)", atomically: true, encoding: .utf8)
        }
        self.manifest = manifest
        let packed = try author.pack(source, folder)
        let store = try AppStore.open(at: "\(folder)/store")
        installed = try store.install(
            archive: packed.path, app: packed.contents.manifest.name, version: packed.contents.manifest.version)
    }

    /// The app as it is with all its functions in one isolation mode.
    func isolated(_ isolation: Manifest.Isolation) throws -> InstalledApp {
        let lines = manifest.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("    isolation:") ? "    isolation: \(isolation.rawValue)" : line
        }
        return InstalledApp(
            manifest: try Manifest(yaml: Array(lines.joined(separator: "\n").utf8)), folder: installed.folder,
            digest: installed.digest)
    }
}

/// Source that answers how many calls its process has served: at the end of the template of a language that offers `zygote`.
private enum CountingFunction {
    static func of(_ language: String) -> String? {
        switch language {
        case "python":
            """

                served = 0

                def count(self, param):
                    self.served += 1
                    return True, self.served

            """
        default: nil
        }
    }
}
