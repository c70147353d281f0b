import ArgumentParser
import ElvesAgent
import ElvesApps
import ElvesFiles
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesSandbox

struct SandboxShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a policy as it is signed, or what an app would get under its policy.",
        discussion: """
            A policy is shown as the JSON that its digest is taken over, with all that it extends.
            With --effective, an app's folder or archive: each line with who gave it, the policy, the request or a grant.
            With --effective APP@VERSION --agent AGENT, what that version has on that agent, as the center knows it.
            """)

    @Argument(help: "A built-in policy's name or a file; with --effective an app, or APP@VERSION.")
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
    @Option(help: "An agent's id, address or host name.")
    var agent: String?
    @OptionGroup var center: CenterOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        guard effective else {
            guard grants.isEmpty, ceiling == nil, policy == nil, agent == nil else {
                throw CommandFailure(.usage, "--grant, --ceiling, --policy and --agent are for --effective")
            }
            let document = try PolicySource(name: subject).document()
            return printLine(String(decoding: document.canonicalJSON, as: UTF8.self))
        }
        if let agent { return try await show(on: agent) }
        let manifest = try AppSource(path: subject).manifest()
        let document = try PolicySource(name: policy ?? manifest.language.rawValue).document()
        let most = try ceiling.map { try read($0).ceiling(for: manifest.name) }
        let result = EffectivePolicy(
            document.policy, request: try AppRequest(manifest), grants: try grants.map { try Grant($0) },
            ceiling: most)
        if output.json { printJSON(result.json) } else { printLine(result.text) }
        do { try most?.admit(document) } catch { throw CommandFailure(.refused, "\(error)") }
        if !result.refusals.isEmpty { throw ExitCode(Exit.refused.rawValue) }
    }

    private func show(on agent: String) async throws {
        guard let pinned = PinnedApp(argument: subject) else {
            throw CommandFailure(.usage, "\"\(subject)\" is not APP@VERSION, which --agent asks about")
        }
        guard grants.isEmpty else {
            throw CommandFailure(.usage, "--grant and --agent: on an agent what is granted there counts (`elves app bind`)")
        }
        let most = try ceiling.map(read)
        let found = try await center.withCenter {
            try await EffectiveOnAgent(pinned, on: agent, policy: policy, ceiling: most, asking: $0)
        }
        if output.json { printJSON(try found.json) } else { for line in found.lines { printLine(line) } }
        if !(found.effective?.refusals ?? []).isEmpty { throw ExitCode(Exit.refused.rawValue) }
    }

    private func read(_ path: String) throws -> PolicyCeiling {
        do {
            let bytes = try readFile(path, limit: PolicyCeiling.sizeLimit)
            return try PolicyCeiling(yaml: String(decoding: bytes, as: UTF8.self), file: path)
        } catch { throw CommandFailure(.badInput, "\(error)") }
    }
}
