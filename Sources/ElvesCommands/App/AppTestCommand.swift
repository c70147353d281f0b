import ArgumentParser
import ElvesApps
import ElvesJSON
import ElvesModel

extension AppCommand {
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Build an app and run its golden cases, \(GoldenCase.fileName), in the real sandbox.")

        @Argument(help: "The app's folder.")
        var folder = "."
        @Option(name: .customLong("case"), help: "Run only the cases whose name has this text.")
        var filter: String?
        @OptionGroup var output: JSONOption

        func run() async throws {
            let manifest = try AppBuild.manifest(of: folder)
            let all = try GoldenCase.all(of: folder, manifest)
            let cases = all.filter { golden in filter.map { golden.name.contains($0) } ?? true }
            guard !cases.isEmpty else { throw CommandFailure(.badInput, "no case has \"\(filter ?? "")\" in its name") }
            let verdicts = try await LocalApp.with(folder) { local in
                var verdicts: [CaseVerdict] = []
                for golden in cases {
                    let verdict = try await CaseRun(golden: golden, local: local).run()
                    verdicts.append(verdict)
                    if !output.json { verdict.printText() }
                }
                return verdicts
            }
            let failed = verdicts.count { !$0.differences.isEmpty }
            if output.json {
                printJSON(.array(verdicts.map(\.json)))
            } else {
                printLine("\(verdicts.count - failed) passed, \(failed) failed")
            }
            if failed > 0 { throw ExitCode(Exit.refused.rawValue) }
        }
    }
}

/// How one golden case ended.
struct CaseVerdict: Sendable {
    let name: String
    let milliseconds: Int64
    /// Empty when all was as expected.
    let differences: [String]

    func printText() {
        printLine("\(differences.isEmpty ? "ok  " : "FAIL")  \(name)  \(milliseconds) ms")
        for difference in differences { printLine("      \(difference)") }
    }

    var json: RawJSON {
        .object { members in
            members.add("name", name)
            members.add("passed", differences.isEmpty)
            members.add("ms", milliseconds)
            members.add("differences", differences)
        }
    }
}
