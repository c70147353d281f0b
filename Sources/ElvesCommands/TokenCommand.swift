import ArgumentParser
import ElvesHTTPClient
import ElvesProtocol

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Create tokens: for one agent to join, or for an administrator.",
        subcommands: [Create.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new token. It is shown once; the center keeps only its digest.")

        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption
        @Flag(help: "For an administrator, to use with ELVES_URL and ELVES_TOKEN, instead of for an agent's join.")
        var admin = false
        @Option(help: "How many hours it counts.")
        var hours = 24

        func run() async throws {
            guard (1...366 * 24).contains(hours) else { throw CommandFailure(.usage, "--hours must be 1 to 8784") }
            let reply = try await center.withCenter { client in
                try await client.post(
                    "admin/v1/tokens", TokenRequest(kind: admin ? .admin : .join, lifetimeSeconds: hours * 3600),
                    as: TokenReply.self)
            }
            if output.json { try printJSON(reply) } else { printLine(reply.token) }
        }
    }
}
