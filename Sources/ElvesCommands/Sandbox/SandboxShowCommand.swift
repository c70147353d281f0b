import ArgumentParser
import ElvesAgent
import ElvesApps
import ElvesFiles
import ElvesJSON
import ElvesModel
import ElvesPolicy

struct SandboxShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a policy as it is signed, or what an app would get under its policy.",
        discussion: """
            A policy is shown as the JSON that its digest is taken over, with all that it extends.
            With --effective, an app's folder or archive: each line with who gave it, the policy, the request or a grant.
            """)

    @Argument(help: "A built-in policy's name or a file; with --effective an app.")
    var subject: String
    @Flag(help: "What an app would get, line by line.")
    var effective = false
    @Option(
        name: .customLong("grant"),
        help: "What an operator would let the app have: read:/PATH, write:/PATH or network:HOST:PORT.")
    var grants: [String] = []
    @Option(help: "A grants.yaml: the most that apps may be granted.")
    var ceiling: String?
    @Option(help: "A policy other than that of the app's language.")
    var policy: String?
    @OptionGroup var output: JSONOption

    func run() throws {
        guard effective else {
            guard grants.isEmpty, ceiling == nil, policy == nil else {
                throw CommandFailure(.usage, "--grant, --ceiling and --policy are for --effective")
            }
            let document = try PolicySource(name: subject).document()
            return printLine(String(decoding: document.canonicalJSON, as: UTF8.self))
        }
        let manifest = try AppSource(path: subject).manifest()
        let document = try PolicySource(name: policy ?? manifest.language.rawValue).document()
        let result = EffectivePolicy(
            document.policy, request: try AppRequest(manifest), grants: try grants.map { try Grant($0) },
            ceiling: try ceiling.map { try read($0).ceiling(for: manifest.name) })
        if output.json { printJSON(result.json) } else { printLine(result.text) }
        if !result.refusals.isEmpty { throw ExitCode(Exit.refused.rawValue) }
    }

    private func read(_ path: String) throws -> PolicyCeiling {
        do {
            let bytes = try readFile(path, limit: PolicyCeiling.sizeLimit)
            return try PolicyCeiling(yaml: String(decoding: bytes, as: UTF8.self), file: path)
        } catch { throw CommandFailure(.badInput, "\(error)") }
    }
}
