import ArgumentParser
import ElvesBus
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol

struct ProcessorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "processor", abstract: "Say where the ends of an app's tasks are told, and look after what was not.",
        subcommands: [Set.self, Show.self, Remove.self, Rotate.self, Dead.self, Redeliver.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set the address of an app's processor. Its first secret is shown once.")

        @Argument(help: "The app.")
        var app: String
        @Argument(help: "Where callbacks are posted: https, or what `elves center --callbacks-allow` names.")
        var url: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let request = ProcessorRequest(app: try AppName(app), url: url)
            let reply = try await center.withCenter {
                try await $0.post("admin/v1/processors", request, as: ProcessorSecretReply.self)
            }
            if output.json { return try printJSON(reply) }
            printLine(reply.secret.map { "secret  \($0)" } ?? "\(app) is told at \(url), signed with the secret it has")
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show an app's processor, without its secret.")

        @Argument(help: "The app.")
        var app: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let path = "admin/v1/processors/\(try AppName(app))"
            let view = try await center.withCenter { try await $0.get(path, as: ProcessorView.self) }
            if output.json { return try printJSON(view) }
            printLine("url     \(view.url)")
            printLine("state   \(view.disabledReason.map { "disabled: \($0)" } ?? "enabled")")
            if let until = view.formerSecretUntil { printLine("former  its former secret counts until \(until.iso8601)") }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Tell an app's processor nothing any more.")

        @Argument(help: "The app.")
        var app: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let path = "admin/v1/processors/\(try AppName(app))"
            try await center.withCenter { try await $0.delete(path) }
            output.printDone("removed the processor of \(app)", ["removed": app])
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a new secret, shown once. The one before counts for another day beside it.")

        @Argument(help: "The app.")
        var app: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let path = "admin/v1/processors/\(try AppName(app))/secret"
            let reply = try await center.withCenter {
                try await $0.post(path, [String: String](), as: ProcessorSecretReply.self)
            }
            if output.json { return try printJSON(reply) }
            printLine("secret  \(reply.secret ?? "")")
        }
    }

    struct Dead: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the callbacks that were given up, the last first.")

        @Option(help: "Of this app only.")
        var app: String?
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let path = "admin/v1/callbacks/dead" + (try app.map { "?app=\(try AppName($0))" } ?? "")
            let dead = try await center.withCenter { try await $0.get(path, as: [DeadCallback].self) }
            if output.json { return try printJSON(dead) }
            printTable(
                ["CALLBACK", "APP", "ATTEMPTS", "GIVEN UP", "WHY"],
                dead.map { ["\($0.id)", "\($0.app)", "\($0.attempts)", $0.givenUpAt.iso8601, $0.problem] })
        }
    }

    struct Redeliver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send a callback once more, under the same id.")

        @Argument(help: "The callback's id.")
        var id: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let path = "admin/v1/callbacks/\(try DeliveryID(id))/redeliver"
            try await center.withCenter { try await $0.post(path, [String: String]()) }
            output.printDone("sending \(id) again", ["redelivered": id])
        }
    }
}
