import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol

struct SandboxWhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say what the sandbox of a task refused, and how the task ended.")

    @Argument(help: "The task's id.")
    var task: String
    @OptionGroup var center: CenterOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let reply = try await center.withCenter { try await $0.getJSON("admin/v1/tasks/\(task)") }
        let view = try TaskView(JSONObject(reply))
        if output.json { return try printJSON(SandboxWhy(view.report)) }
        for line in SandboxWhy(view.report).lines { printLine(line) }
    }
}

/// What a task's record says of its sandbox.
struct SandboxWhy: Encodable {
    let task: TaskID
    let app: AppName
    let version: AppVersion?
    let function: String
    let flag: Int
    let reason: Reason?
    let sandbox: SandboxRecord?

    init(_ report: TaskReport) {
        task = report.task
        app = report.app
        version = report.version
        function = report.function
        flag = report.flag.rawValue
        reason = report.reason
        sandbox = report.sandbox
    }

    /// For people: the end first, then what was refused, in the order in which it came.
    var lines: [String] {
        let name = "\(app) \(version.map { "\($0) " } ?? "")\(function)"
        let end = reason.map { "ended with \($0.word)" } ?? (flag == 1 ? "ended well" : "answered false")
        guard let sandbox else {
            return ["\(name) \(end); its sandbox refused nothing and missed no layer"]
        }
        var lines = [
            "\(name) \(end), under policy \(sandbox.policy) \(sandbox.policyVersion) (\(sandbox.digest.hex.prefix(12)))"
        ]
        lines += sandbox.missingLayers.map { "without the layer \($0), which the host does not have" }
        for violation in sandbox.violations.kinds {
            lines.append(
                "\(violation.firstAt.iso8601)  \(violation) by \(violation.layer.rawValue), told by \(violation.source.rawValue)"
            )
        }
        if sandbox.violations.more > 0 { lines.append("and \(sandbox.violations.more) more, of other kinds") }
        if !sandbox.violations.isEmpty {
            lines.append(
                "`elves sandbox explain \(sandbox.policy) --syscall NAME` says which line of the policy refuses a call")
        }
        return lines
    }
}
