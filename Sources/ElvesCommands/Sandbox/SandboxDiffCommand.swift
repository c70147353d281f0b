import ArgumentParser
import ElvesAgent
import ElvesApps
import ElvesJSON
import ElvesPolicy
import Foundation

struct SandboxDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what one policy, or one version of an app, may do and another may not.",
        discussion: """
            A and B are two policies, or two apps, as folders or archives: then their requests are compared.
            In each layer: + is wider, - is narrower, ~ is other without being more or less.
            """)

    @Argument(help: "What was approved.")
    var before: String
    @Argument(help: "What is asked about.")
    var after: String
    @Flag(help: "Exit with 1 if anything is wider, or other.")
    var failOnWidening = false
    @OptionGroup var output: JSONOption

    func run() throws {
        let diff = try difference()
        if output.json { printJSON(diff.json) } else { printLine(diff.text) }
        if failOnWidening, diff.needsApproval {
            printError("\(after) may do what \(before) may not")
            throw ExitCode(Exit.refused.rawValue)
        }
    }

    private func difference() throws -> PolicyDiff {
        guard isApp(before) == isApp(after) else {
            throw CommandFailure(.usage, "one of the two is an app and the other a policy: compare like with like")
        }
        guard isApp(before) else {
            return PolicyDiff(from: try PolicySource(name: before).document(), to: try PolicySource(name: after).document())
        }
        func request(_ path: String) throws -> AppRequest { try AppRequest(AppSource(path: path).manifest()) }
        return PolicyDiff(from: try request(before), to: try request(after))
    }

    private func isApp(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && (isFolder.boolValue || path.hasSuffix(".zip"))
    }
}
