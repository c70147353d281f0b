import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesProtocol

extension AppCommand {
    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a version have more than was approved of its app before.",
            discussion: """
                A version that asks its hosts for more than the last approved one (paths, network, secrets, larger limits, workers that \
                serve more than one call, another language) is published, but does not go online until somebody other than its publisher approves it. `elves app \
                status` says what waits, and why.
                """)

        @Argument(help: "APP@VERSION")
        var pinned: PinnedApp
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let reply = try await center.withCenter {
                try await $0.post(
                    "admin/v1/apps/\(pinned.app)/approve", ApproveRequest(version: pinned.version), as: ApproveReply.self)
            }
            if output.json { return try printJSON(reply) }
            for change in reply.changes { printLine(change) }
            printLine(
                "\(reply.app) \(reply.version) is approved; `elves app promote \(pinned.app)@\(pinned.version)` puts it online")
        }
    }
}
