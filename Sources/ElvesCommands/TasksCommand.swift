import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol

struct TasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "List the tasks that ended last, show one, or end one.",
        subcommands: [List.self, Show.self, Stop.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tasks that ended last, newest first.")

        @Option(help: "How many.")
        var limit = 20
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let reply = try await center.withCenter { try await $0.getJSON("admin/v1/tasks?limit=\(limit)") }
            if output.json { return printJSON(reply) }
            let wrapped = try JSONObject(.object { $0.add("tasks", reply) })
            let tasks = try (wrapped.array("tasks") ?? []).map { try TaskView(JSONObject($0)) }
            printTable(
                ["TASK", "ENDED", "AGENT", "FUNCTION", "FLAG", "MS", "REASON"],
                tasks.map { task in
                    let report = task.report
                    return [
                        report.task.text, report.endedAt.iso8601, task.agent.text, "\(report.app).\(report.function)",
                        "\(report.flag.rawValue)", "\(report.costMilliseconds)", report.reason?.word ?? "",
                    ]
                })
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show all that is recorded of one task, or what it waits for, as JSON.")

        @Argument(help: "The task's id.")
        var id: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            printJSON(try await center.withCenter { try await $0.getJSON("admin/v1/tasks/\(id)") })
        }
    }

    struct Stop: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End a task: at once if it was not sent, otherwise by its agent, with all its processes.")

        @Argument(help: "The task's id.")
        var id: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            try await center.withCenter { try await $0.post("admin/v1/tasks/\(id)/stop", [String: String]()) }
            output.printDone("ending \(id)", ["stopped": id])
        }
    }
}
