import ArgumentParser
import ElvesJSON
import ElvesPolicy
import ElvesSandbox

struct SandboxLintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Say what a careful reader would object to in policies.",
        discussion: "Exits with 1 if there is anything. Whatever goes beyond the built-in policy \"strict\" needs a reason.")

    @Argument(help: "Names of built-in policies, or files; all that are built in when left out.")
    var policies: [String] = []
    @OptionGroup var output: JSONOption

    func run() throws {
        let strictest = try PolicySource.strictest()
        let names = try policies.isEmpty ? PolicyCatalog(folder: findInstallation().policies).languages : policies
        var lints: [(name: String, lint: PolicyLint)] = []
        for name in names {
            let document = try PolicySource(name: name).document()
            lints.append((name, PolicyLint(document, strictest: strictest, on: PolicySource.today)))
        }
        if output.json {
            printJSON(.object { object in for (name, lint) in lints { object.add(name, lint.json) } })
        } else {
            for (name, lint) in lints { printLine(lint.isClean ? "\(name): nothing to object to" : lint.text) }
        }
        if lints.contains(where: { !$0.lint.isClean }) { throw ExitCode(Exit.refused.rawValue) }
    }
}
