import ArgumentParser
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Create, list and revoke keys of the REST API /api/v2.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a key for one app. Its secret is shown once.")

        @Argument(help: "The app.")
        var app: String
        @Option(help: "Addresses from which it may be used, as in 10.0.0.0/8; repeatable; default: this machine only.")
        var from: [String] = []
        @Flag(help: "Take each signature once: equal calls within one second need a parameter that differs.")
        var once = false
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let sources = try from.map { text in
                guard let range = IPv4Range(text) else {
                    throw CommandFailure(.usage, "--from \(text) is not as in 10.0.0.0/8")
                }
                return range
            }
            let request = KeyRequest(app: try AppName(app), sources: sources, once: once)
            let key = try await center.withCenter { try await $0.post("admin/v1/keys", request, as: KeyReply.self) }
            if output.json { return try printJSON(key) }
            printLine("auth_id   \(key.authID)")
            printLine("auth_key  \(key.authKey)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the keys, without their secrets.")

        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let keys = try await center.withCenter { try await $0.get("admin/v1/keys", as: [KeyView].self) }
            if output.json { return try printJSON(keys) }
            printTable(
                ["AUTH_ID", "APP", "FROM", "ONCE", "STATE", "CREATED"],
                keys.map { key in
                    [
                        key.authID.text, "\(key.app)", key.sources.map(\.description).joined(separator: " "),
                        key.once ? "yes" : "", key.isRevoked ? "revoked" : "valid", key.createdAt,
                    ]
                })
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key, at once.")

        @Argument(help: "The key's auth_id.")
        var id: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            try await center.withCenter { try await $0.delete("admin/v1/keys/\(id)") }
            output.printDone("revoked \(id)", ["revoked": id])
        }
    }
}
