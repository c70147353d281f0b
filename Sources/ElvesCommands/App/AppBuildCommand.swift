import ArgumentParser
import ElvesApps
import ElvesModel

extension AppCommand {
    struct Build: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the build of an app's manifest; test, pack, publish, call and dev do it by themselves.")

        @Argument(help: "The app's folder.")
        var folder = "."
        @OptionGroup var output: JSONOption

        func run() async throws {
            let manifest = try AppBuild.manifest(of: folder)
            try AppBuild.run(in: folder, installation: findInstallation())
            let text = manifest.build == nil ? "there is nothing to build" : "built"
            output.printDone("\(manifest.name) \(manifest.version): \(text)", ["app": manifest.name.text, "folder": folder])
        }
    }
}
