import ArgumentParser
import ElvesJSON
import ElvesPolicy

struct SandboxScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Say how exposed a host is by workers under a policy: 0 is safe, 10 is open.")

    @Argument(help: "The name of a built-in policy, or a file.")
    var policy: String
    @Option(help: "Exit with 1 if the figure is above this one.")
    var failAbove: Double?
    @OptionGroup var output: JSONOption

    func run() throws {
        let score = PolicyScore(try PolicySource(name: policy).document(), on: PolicySource.today)
        if output.json { printJSON(score.json) } else { printLine(score.table) }
        if let failAbove, Double(score.tenths) / 10 > failAbove {
            printError("the exposure of \(policy) is above \(failAbove)")
            throw ExitCode(Exit.refused.rawValue)
        }
    }
}
