import ArgumentParser
import ElvesAgent
import ElvesJSON
import ElvesModel
import Foundation
import Synchronization

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Join this host to a center, and run its agent.",
        subcommands: [Join.self, Run.self])

    struct Join: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Join this host to a center. Makes a key here and has the center certify it.")

        @Argument(help: "The center's address, as in https://center.example:8443.")
        var url: String
        @Option(help: "A join token, from `elves token create` on the center.")
        var token: String
        @Option(name: .customLong("data"), help: "The folder for everything the agent keeps.")
        var dataFolder: String
        @Option(help: "The IPv4 address by which callers of the REST API name this agent; default: the one the center sees.")
        var ip: String?
        @OptionGroup var output: JSONOption

        func run() async throws {
            let address = try ip.map { text in
                guard let address = IPv4Address(text) else {
                    throw CommandFailure(.usage, "--ip \(text) is not an IPv4 address")
                }
                return address
            }
            let identity = try await AgentJoin.join(url: url, token: token, address: address, folder: dataFolder)
            if output.json {
                printJSON(
                    .object { members in
                        members.add("agent", identity.agent.text)
                        members.add("ip", identity.address.description)
                    })
            } else {
                printLine("joined as agent \(identity.agent) with ip \(identity.address)")
                printLine("run it: elves agent run --data \(dataFolder)")
            }
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Run the agent of this host.")

        @Option(name: .customLong("data"), help: "The folder that `elves agent join` made.")
        var dataFolder: String
        @Option(help: "Read the files of every stored version again within this many seconds.")
        var verifyEvery = 600
        @Option(help: "Hold what runs against policies, opt-outs and what may be granted again within this many seconds.")
        var reviewEvery = 60
        @OptionGroup var output: JSONOption

        func run() async throws {
            let log = LogfmtHandler.logger("agent")
            let isFirst = Mutex(true)
            let identity = try AgentIdentity.load(from: dataFolder)
            let asJSON = output.json
            guard verifyEvery > 0 else {
                throw CommandFailure(.usage, "--verify-every \(verifyEvery) is not a number of seconds")
            }
            guard reviewEvery > 0 else {
                throw CommandFailure(.usage, "--review-every \(reviewEvery) is not a number of seconds")
            }
            // Sandboxes are given sockets and folders below it, by absolute paths.
            let folder = URL(filePath: dataFolder).standardizedFileURL.path(percentEncoded: false)
            let agent = try await Agent(
                folder: folder, installation: try findInstallation(), intake: try sandboxedIntake(), clocks: .system(),
                randomness: .system, log: log, verifyPeriod: .seconds(verifyEvery),
                reviewPeriod: .seconds(reviewEvery)
            ) {
                let isReady = isFirst.withLock { isFirst in
                    defer { isFirst = false }
                    return isFirst
                }
                guard isReady else { return }
                if asJSON {
                    printJSON(
                        .object { members in
                            members.add("agent", identity.agent.text)
                            members.add("ip", identity.address.description)
                        })
                } else {
                    printLine("agent \(identity.agent) ready with ip \(identity.address), linked to \(identity.center)")
                }
            }
            try await runUntilStopped([agent], log: log)
        }
    }
}
