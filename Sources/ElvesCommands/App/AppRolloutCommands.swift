import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol

/// An app and a version of it, as `hello@1.4.2`.
struct PinnedApp: ExpressibleByArgument {
    let app: AppName
    let version: AppVersion

    init?(argument: String) {
        let halves = argument.split(separator: "@", maxSplits: 1).map(String.init)
        guard halves.count == 2, let app = try? AppName(halves[0]), let version = try? AppVersion(halves[1]) else {
            return nil
        }
        self.app = app
        self.version = version
    }
}

extension AppCommand {
    struct Promote: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a published version online: everywhere at once, or in waves that back out by themselves.",
            discussion: """
                A wave is a number of hosts or a part of them, counted from the first: --waves 1,10%,100%. The next one begins when \
                every linked host so far has the version online and its health function answers true. When more hosts fail than \
                --max-errors allows, all get the version before back.
                """)

        @Argument(help: "APP@VERSION")
        var pinned: PinnedApp
        @Option(help: "The waves, with commas between them; without, all hosts at once.")
        var waves: String?
        @Option(help: "The function that says whether a host is healthy; called without parameters.")
        var health: String?
        @Option(name: .customLong("max-errors"), help: "How many hosts may fail, as a number or a part such as 10%.")
        var maxErrors = "0"
        @Option(help: "How many seconds a wave must prove itself before the next one.")
        var pause = 0
        @Option(name: .customLong("host-limit"), help: "How many seconds a host may take to have the version online.")
        var hostLimit = 300
        @Flag(name: .customLong("no-wait"), help: "Do not wait for the end of the rollout.")
        var noWait = false
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let request = PromoteRequest(
                version: pinned.version, waves: waves.map { $0.split(separator: ",").map { String($0) } }, health: health,
                maxErrors: maxErrors, pauseSeconds: pause, hostSeconds: hostLimit)
            let status = try await center.withCenter { client in
                try await Promotion(client: client, app: pinned.app).run(request, waits: !noWait) { line in
                    if !output.json { printError(line) }
                }
            }
            if output.json { try printJSON(status) } else { printLine(status.outcomeLine) }
            if status.rollout?.state == "backed-out" { throw ExitCode(Exit.refused.rawValue) }
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put the version online that was before; a rollout that runs is ended and taken back.")

        @Argument(help: "The app.")
        var app: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let app = try AppName(app)
            let reply = try await center.withCenter {
                try await $0.post("admin/v1/apps/\(app)/rollback", EmptyBody(), as: RollbackReply.self)
            }
            output.printDone("\(app) \(reply.version) is online again", ["app": app.text, "version": reply.version.text])
        }
    }

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say which version each host should have and has, and how the last rollout stands.")

        @Argument(help: "The app.")
        var app: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let app = try AppName(app)
            let status = try await center.withCenter {
                try await $0.get("admin/v1/apps/\(app)/status", as: AppStatusView.self)
            }
            if output.json { return try printJSON(status) }
            printLine(status.outcomeLine)
            for waiting in status.waiting {
                printLine("\(app) \(waiting.version) needs approval: \(waiting.changes.joined(separator: "; "))")
            }
            printTable(
                ["AGENT", "IP", "LINK", "WANTED", "ONLINE", "ROLLOUT", "PROBLEM"],
                status.hosts.map { host in
                    [
                        "\(host.agent)", "\(host.ip)", host.isLinked ? "up" : "down", host.wanted?.text ?? "",
                        host.online?.text ?? "", host.state ?? "", host.problem ?? "",
                    ]
                })
        }
    }
}

/// A version on its way online.
struct Promotion {
    let client: CenterClient
    let app: AppName

    /// Begins, and waits for the end of a rollout; `report` hears each change of how it stands.
    func run(
        _ request: PromoteRequest, waits: Bool = true, report: (String) -> Void
    ) async throws -> AppStatusView {
        var status = try await client.post("admin/v1/apps/\(app)/promote", request, as: AppStatusView.self)
        var last = ""
        while waits, status.rollout?.state == "running" {
            if status.waveLine != last { report(status.waveLine) }
            last = status.waveLine
            try await Task.sleep(for: .milliseconds(200))
            status = try await client.get("admin/v1/apps/\(app)/status", as: AppStatusView.self)
        }
        return status
    }
}

/// The body of a request that says all in its path.
struct EmptyBody: Encodable {}

extension AppStatusView {
    /// How a running rollout stands, on one line.
    var waveLine: String {
        guard let rollout else { return "" }
        let healthy = hosts.count { $0.state == "healthy" }
        return "wave \(rollout.wave ?? 0) of \(rollout.waves): \(healthy) of \(hosts.count) hosts healthy, "
            + "\(rollout.errors) failed, \(rollout.allowedErrors) may"
    }

    /// What counts now, and why, on one line.
    var outcomeLine: String {
        switch rollout?.state {
        case "backed-out":
            "\(app) \(online) stays online; \(rollout?.version.text ?? "") was taken back: \(rollout?.reason ?? "")"
        case "running": "\(app) \(online) is online; \(rollout?.version.text ?? ""): \(waveLine)"
        default: "\(app) \(online) is online\(before.map { ", before it \($0)" } ?? "")"
        }
    }
}
