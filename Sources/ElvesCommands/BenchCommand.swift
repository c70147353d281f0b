import ArgumentParser
import ElvesApps
import ElvesBench
import ElvesSandbox
import Foundation

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure against floors in the same run, and print the ratios.",
        subcommands: [RealTime.self])

    struct RealTime: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rt", abstract: "Signed instant calls of a sandboxed Python worker, from REST to worker and back.")

        @Option(help: "Measured calls of each kind.")
        var calls = 10_000
        @Option(name: .customLong("app"), help: "The folder of apptest.")
        var app = "apps/apptest"
        @OptionGroup var output: JSONOption

        func run() async throws {
            guard calls >= 100 else { throw CommandFailure(.usage, "--calls must be at least 100") }
            let report = try await AppSource(path: app).withArchive { archive in
                try await withScratchFolder { folder in
                    try await RTBench(
                        executable: runningExecutable, installation: try findInstallation(), archive: archive.path,
                        folder: folder, calls: calls
                    ) { client in
                        let key = try await DevRepository(folder: folder).author(of: archive.contents.manifest.name, client)
                        return try await Publication(client: client).publish(archive, signed: nil, keys: [key])
                    }.run { printError("measuring: \($0)") }
                }
            }
            if output.json { printJSON(report.json) } else { printLine(report.text) }
        }
    }
}
