import ArgumentParser
import ElvesApps
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesRepository

struct AppCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "app", abstract: "Make, test, check, pack, sign and publish apps, and bind them to agents.",
        subcommands: [
            New.self, Test.self, Learn.self, Run.self, Build.self, Check.self, AppShowCommand.self, Pack.self,
            AppSignCommand.self,
            Publish.self, Approve.self, Promote.self, Rollback.self, Status.self, List.self, Bind.self, Unbind.self,
        ])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check an app's folder or archive: an archive exactly as an agent takes it in.")

        @Argument(help: "A folder with an app.yaml, or an archive.")
        var path: String
        @OptionGroup var output: JSONOption

        func run() async throws {
            let checked = try await AppSource(path: path).withArchive { archive in archive.contents }
            let manifest = checked.manifest
            if output.json {
                printJSON(
                    .object { members in
                        members.add("app", manifest.name.text)
                        members.add("version", manifest.version.text)
                        members.add("sha256", checked.digest.hex)
                        members.add("size", checked.size)
                        members.add("functions", manifest.functions.map(\.name))
                    })
            } else {
                printLine("\(manifest.name) \(manifest.version): good, \(checked.files.count) files, \(checked.size) bytes")
            }
        }
    }

    struct Pack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pack an app's folder into its archive, and print the archive's path.")

        @Argument(help: "The app's folder.")
        var folder: String
        @Option(name: .long, help: "Where the archive goes.")
        var output = "."
        @OptionGroup var format: JSONOption

        func run() async throws {
            let packed = try AppSource.pack(folder, into: output)
            if format.json {
                printJSON(
                    .object { members in
                        members.add("path", packed.path)
                        members.add("sha256", packed.contents.digest.hex)
                    })
            } else {
                printLine(packed.path)
            }
        }
    }

    struct Publish: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Publish a signed app and put its version online on every agent it is bound to.",
            discussion: "Signed by --key, or before by `elves app sign`: ARCHIVE.signed.json is taken along.")

        @Argument(help: "The app's folder, or its archive.")
        var path: String
        @Flag(name: .customLong("no-promote"), help: "Only add the version: `elves app promote` puts it online.")
        var noPromote = false
        @Option(name: .customLong("key"), help: "A private key of an author, which signs it now; repeatable.")
        var keys: [String] = []
        @OptionGroup var center: CenterOptions
        @OptionGroup var passphrases: PassphraseOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let reply = try await AppSource(path: path).withArchive { archive in
                let signed = try SignedBeside.load(path, role: AppRole.name(of: archive.contents.manifest.name))
                let keys = try keys.map { try KeyFile.signing($0, passphrases) }
                return try await center.withCenter { client in
                    try await Publication(client: client).publish(archive, signed: signed, keys: keys, promote: !noPromote)
                }
            }
            if output.json { try printJSON(reply) } else { printLine("published \(reply.app) \(reply.version)") }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the published apps.")

        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let apps = try await center.withCenter { try await $0.get("admin/v1/apps", as: [AppView].self) }
            if output.json { return try printJSON(apps) }
            printTable(
                ["APP", "ONLINE", "VERSIONS", "AGENTS", "TITLE"],
                apps.map { app in
                    [
                        "\(app.app)", app.online?.text ?? "", app.versions.map(\.text).joined(separator: " "),
                        app.agents.map(\.description).joined(separator: " "), app.title,
                    ]
                })
        }
    }

    struct Bind: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let an agent run an app: it fetches it at once.")

        @Argument(help: "The app.")
        var app: String
        @Argument(help: "The agent's id, address or host name.")
        var agent: String
        @Option(
            name: .customLong("grant"),
            help: """
                What the app may have there beside its policy: read:/PATH, write:/PATH or network:HOST:PORT; repeatable, replaces \
                what was granted before.
                """)
        var grants: [String] = []
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let request = BindingRequest(app: try AppName(app), agent: agent, grants: try grants.map { try Grant($0) })
            try await center.withCenter { try await $0.post("admin/v1/bindings", request) }
            output.printDone("bound \(app) to \(agent)", ["app": app, "agent": agent])
        }
    }

    struct Unbind: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take an app from an agent: running calls end first.")

        @Argument(help: "The app.")
        var app: String
        @Argument(help: "The agent's id, address or host name.")
        var agent: String
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let request = BindingRequest(app: try AppName(app), agent: agent)
            try await center.withCenter { try await $0.delete("admin/v1/bindings", request) }
            output.printDone("unbound \(app) from \(agent)", ["app": app, "agent": agent])
        }
    }
}
