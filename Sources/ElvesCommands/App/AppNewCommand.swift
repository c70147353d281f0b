import ArgumentParser
import ElvesApps
import ElvesModel
import ElvesSandbox
import Foundation

extension AppCommand {
    struct New: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the folder of a new app: manifest, source, golden cases; green with `elves app test`.")

        @Argument(help: "The app's name, which is the folder's as well.")
        var name: String
        @Option(name: .customLong("lang"), help: "The language: python, csharp, swift, shell, or what else has a template.")
        var language = "python"
        @Option(help: "The folder in which the app's folder is made.")
        var output = "."
        @OptionGroup var format: JSONOption

        func run() async throws {
            let app = try AppName(name)
            let installation = try findInstallation()
            let template = try Template(language: language, installation: installation)
            let folder = try template.instantiate(app, in: output)
            format.printDone(
                "made \(folder); next: elves app test \(folder)", ["app": app.text, "folder": folder, "language": language])
        }
    }
}

/// What a new app of a language begins as: the files of `sdk/<language>/template`, with the app's name in their places.
struct Template {
    private let folder: String

    /// - Throws: `CommandFailure` that names the languages that have one.
    init(language: String, installation: Installation) throws {
        folder = installation.template(language)
        guard !language.contains("/"), FileManager.default.fileExists(atPath: folder) else {
            let there = (try? FileManager.default.contentsOfDirectory(atPath: installation.sdks)) ?? []
            let known = there.filter { FileManager.default.fileExists(atPath: installation.template($0)) }.sorted()
            throw CommandFailure(
                .badInput, "there is no template for \"\(language)\"; there is one for \(known.joined(separator: ", "))")
        }
    }

    /// Makes the folder `parent/<app>`, whole or not at all.
    ///
    /// - Returns: Its path.
    func instantiate(_ app: AppName, in parent: String) throws -> String {
        let target = parent == "." ? app.text : "\(parent)/\(app)"
        guard !FileManager.default.fileExists(atPath: target) else {
            throw CommandFailure(.badInput, "\(target) is there already: choose another name or --output")
        }
        let values = ["{{name}}": app.text, "{{class}}": app.text.replacing("-", with: "_")]
        func filled(_ text: String) -> String { values.reduce(text) { $0.replacing($1.key, with: $1.value) } }
        let aside = "\(target).\(UUID().uuidString.prefix(8)).new"
        do {
            try FileManager.default.createDirectory(atPath: aside, withIntermediateDirectories: true)
            for name in try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() {
                let source = "\(folder)/\(name)"
                let destination = "\(aside)/\(filled(name))"
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: source, isDirectory: &isFolder) else { continue }
                if isFolder.boolValue {
                    try FileManager.default.createDirectory(atPath: destination, withIntermediateDirectories: true)
                    continue
                }
                let text = filled(try String(contentsOfFile: source, encoding: .utf8))
                try text.write(toFile: destination, atomically: false, encoding: .utf8)
                if access(source, X_OK) == 0 { chmod(destination, 0o755) }
            }
            try FileManager.default.moveItem(atPath: aside, toPath: target)
        } catch {
            try? FileManager.default.removeItem(atPath: aside)
            throw CommandFailure(.badInput, "\(target) cannot be made: \(error.localizedDescription)")
        }
        return target
    }
}
