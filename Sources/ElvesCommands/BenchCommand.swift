import ArgumentParser
import ElvesApps
import ElvesBench
import ElvesModel
import ElvesSandbox
import Foundation

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure against floors in the same run, and print the ratios.",
        subcommands: [RealTime.self, Queue.self, Worker.self])

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

    struct Queue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stored tasks that do nothing, from request to record, beside the disk and instant calls.")

        @Option(help: "Tasks to measure, up to 10000.")
        var tasks = 10_000
        @Option(name: .customLong("app"), help: "The folder of apptest.")
        var app = "apps/apptest"
        @OptionGroup var output: JSONOption

        func run() async throws {
            guard (500...10_000).contains(tasks) else { throw CommandFailure(.usage, "--tasks must be 500 to 10000") }
            let report = try await AppSource(path: app).withArchive { archive in
                try await withScratchFolder { folder in
                    try await QueueBench(executable: runningExecutable, folder: folder, tasks: tasks) { client in
                        let key = try await DevRepository(folder: folder).author(of: archive.contents.manifest.name, client)
                        return try await Publication(client: client).publish(archive, signed: nil, keys: [key])
                    }.run { printError("measuring: \($0)") }
                }
            }
            if output.json { printJSON(report.json) } else { printLine(report.text) }
        }
    }

    struct Worker: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "worker",
            abstract: "A function in each language and isolation mode: in its sandbox, and over bare pipes without one.")

        @Option(help: "Measured calls of each kind; of those that start a process a fiftieth.")
        var calls = 5_000
        @Option(name: .customLong("language"), help: "A language to measure; repeatable. All four when left out.")
        var languages: [String] = []
        @OptionGroup var output: JSONOption

        func run() async throws {
            guard calls >= 100 else { throw CommandFailure(.usage, "--calls must be at least 100") }
            let installation = try findInstallation()
            let author = AppAuthor(
                make: { language, parent in
                    try Self.telling {
                        try Template(language: language, installation: installation).instantiate(AppName("bench"), in: parent)
                    }
                },
                pack: { folder, destination in try Self.telling { try AppSource.pack(folder, into: destination) } })
            let languages = languages.isEmpty ? ["python", "csharp", "swift", "shell"] : languages
            let report = try await withScratchFolder { folder in
                try await WorkerBench(installation: installation, author: author, folder: folder, calls: calls)
                    .run(languages) { printError("measuring: \($0)") }
            }
            if output.json { printJSON(report.json) } else { printLine(report.text) }
        }

        /// A failure of a command as the report of what was not measured shows it.
        private static func telling<T>(_ body: () throws -> T) throws -> T {
            do { return try body() } catch let failure as CommandFailure { throw BenchError(failure.text) }
        }
    }
}
