import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// The repository of signed apps as people use it: keys, ceremonies, authors, and clients of others that verify it.
@Suite(.fewAtOnce) struct RepositoryTests {
    private static let passphrase = ["ELVES_PASSPHRASE": "correct horse battery"]

    // MARK: Clients

    @Test func `python-tuf and our own client follow a center through every change of keys`() async throws {
        let python = try await PythonEnvironment.tuf(ScratchFolder())
        try await withCenter { center in
            let scratch = center.scratch
            for key in ["two", "three"] { try await newKey(key, scratch) }
            let (one, two, three) = (center.key, scratch.file("two"), scratch.file("three"))
            let first = try await center.publish(Checkout.apptest)
            let root = center.repository + "/1.root.json"
            let metadata = "\(center.addresses.http)/repository/metadata"
            let ours = scratch.file("client")
            try await elves(["tuf-client", "--metadata-dir", ours, "init", root], scratch).succeeded()
            try scratch.makeFolder("targets")

            func check(_ version: String, _ digest: Digest, _ what: String) async throws {
                let step = RawJSON.object { members in
                    members.add("metadata", metadata)
                    members.add("root", root)
                    members.add("targets", ["apps/apptest/\(version).zip", "apps/apptest/9.9.9.zip"])
                    members.add("targets_url", "\(center.addresses.http)/repository/targets/")
                    members.add("download", "apps/apptest/\(version).zip")
                }
                let file = try scratch.write("steps.json", RawJSON.array([step]).bytes)
                let client = "\(Checkout.root)/Tests/Fixtures/tuf-client/update.py"
                let answer = try await run(python, ["-B", client, file, scratch.makeFolder("python")], scratch).succeeded()
                let expected = #"["\#(digest)", null, "\#(digest)"]"#
                #expect(answer.output == #"[{"fresh": \#(expected), "kept": \#(expected)}]"#, "\(what)")

                let name = "apps/apptest/\(version).zip"
                try await elves(
                    [
                        "tuf-client", "--metadata-dir", ours, "--metadata-url", metadata, "--target-base-url",
                        "\(center.addresses.http)/repository/targets", "--target-dir", scratch.file("targets"),
                        "--target-name", name, "download",
                    ], scratch
                ).succeeded()
                let archive = bytes(of: "\(center.data)/archives/\(digest)")
                #expect(
                    bytes(of: scratch.file("targets/" + name.replacing("/", with: "%2F"))) == archive && !archive.isEmpty,
                    "\(what)")
            }
            try await check("1.0.0", first.sha256, "the first version")

            try await repo(center, "rotate", "root", "--add", two + ".pub", "--threshold", "2", sign: one, two)
            try await repo(center, "add-key", "targets", three + ".pub", sign: one, two)
            try await check("1.0.0", first.sha256, "more keys")

            let old = try firstKey(of: center)
            try await repo(center, "rotate", "root", "--remove", old, "--threshold", "1", sign: one, two)
            try await repo(center, "rotate", "targets", "--remove", old, sign: two, three)
            try await check("1.0.0", first.sha256, "the first key gone")

            let online = scratch.file("online.pub")
            try await center.elves("repo", "online-key", "--new", "--output", online).succeeded()
            try await repo(center, "rotate", "online", "--add", online, sign: two)
            try await check("1.0.0", first.sha256, "another online key")

            try await repo(center, "delegate", "apptest", "--key", two + ".pub", sign: three)
            let next = try Checkout.copy(Checkout.apptest, version: "1.1.0", into: scratch)
            let stranger = try await center.elves("app", "publish", next, "--key", center.key)
            #expect(stranger.code != 0 && stranger.errors.contains("app-apptest has no key"), "\(stranger.errors)")
            let second = try await center.elves("app", "publish", next, "--key", two, "--json")
                .succeeded().decode(PublishReply.self)
            try await check("1.1.0", second.sha256, "another author")

            // Version 1.0.0 was signed by the author before, and is left behind.
            let left = try await elves(
                [
                    "tuf-client", "--metadata-dir", ours, "--metadata-url", metadata, "--target-base-url", metadata,
                    "--target-dir", scratch.file("targets"), "--target-name", "apps/apptest/1.0.0.zip", "download",
                ], scratch)
            #expect(left.code == 1 && left.errors.contains("lists target \"apps/apptest/1.0.0.zip\""), "\(left.errors)")
        }
    }

    // MARK: Authors

    @Test func `where two must sign, a version goes online when the second has signed`() async throws {
        try await withCenter { center in
            let scratch = center.scratch
            for key in ["author", "reviewer"] { try await newKey(key, scratch) }
            try await center.trust("apptest")
            try await repo(
                center, "delegate", "apptest", "--key", scratch.file("author.pub"), "--key", scratch.file("reviewer.pub"),
                "--threshold", "2", sign: center.key)
            try await center.elves("app", "pack", Checkout.apptest, "--output", scratch.path).succeeded()
            let archive = scratch.file("apptest_1.0.0.zip")

            let unsigned = try await center.elves("app", "publish", archive)
            #expect(unsigned.code == 1 && unsigned.errors.contains("1.0.0 is not signed"), "\(unsigned.errors)")
            let one = try await center.elves("app", "sign", archive, "--key", scratch.file("author")).succeeded()
            #expect(one.output.contains("1 of 2 signatures"))
            let early = try await center.elves("app", "publish", archive)
            #expect(early.code == 1 && early.errors.contains("1 of 2 signatures"), "\(early.errors)")
            #expect(try await center.apps().isEmpty)
            let two = try await center.elves("app", "sign", archive, "--key", scratch.file("reviewer")).succeeded()
            #expect(two.output.contains("complete"))

            try await center.elves("app", "publish", archive).succeeded()

            #expect(try await center.apps().first?.online?.text == "1.0.0")
            let stale = try await center.elves("app", "publish", archive).succeeded()
            #expect(stale.output == "published apptest 1.0.0\n")
        }
    }

    @Test func `an archive is signed without a center from the repository's folder`() async throws {
        try await withCenter { center in
            let scratch = center.scratch
            try await center.trust("apptest")
            for version in ["1.0.0", "1.1.0"] {
                let folder = try Checkout.copy(Checkout.apptest, version: version, into: scratch)
                try await elves(["app", "pack", folder, "--output", scratch.path], scratch).succeeded()
                try await elves(
                    [
                        "app", "sign", scratch.file("apptest_\(version).zip"), "--key", center.key, "--repository",
                        center.repository,
                    ], scratch
                ).succeeded()
            }
            // The second signs for both: what the first signed is in the folder.
            let first = try await center.elves("app", "publish", scratch.file("apptest_1.0.0.zip")).succeeded()
            #expect(first.output == "published apptest 1.0.0\n")
            try await center.elves("app", "publish", scratch.file("apptest_1.1.0.zip")).succeeded()
            #expect(try await center.apps().first?.versions.map(\.text) == ["1.0.0", "1.1.0"])
        }
    }

    @Test func `nothing goes online without a repository, an author and the archive`() async throws {
        try await withCenter { center in
            let none = try await center.elves("app", "publish", Checkout.apptest)
            #expect(none.code == 1 && none.errors.contains("`elves repo init`"), "\(none.errors)")

            try await center.trust("hostile")
            let nobody = try await center.elves("app", "publish", Checkout.apptest, "--key", center.key)
            #expect(nobody.code == 1 && nobody.errors.contains("`elves repo delegate apptest"), "\(nobody.errors)")

            // Past the command line, as an administrator's program would.
            try await center.trust("apptest")
            let administrator = try await center.newToken("--admin")
            func post(_ target: String, _ body: [UInt8]) async throws -> (Int, String) {
                var request = HTTPExchange(target: target)
                request.method = "POST"
                request.headers = [("Authorization", "Bearer \(administrator)")]
                request.body = body
                let reply = try await request.send(to: center.port)
                return (reply.status, reply.body)
            }
            try await center.elves("app", "pack", Checkout.apptest, "--output", center.scratch.path).succeeded()
            let uploaded = try await post(
                "/admin/v1/apps?name=apptest_1.0.0.zip", bytes(of: center.scratch.file("apptest_1.0.0.zip")))
            #expect(uploaded.0 == 200)
            let published = try await post(
                "/admin/v1/publications", Array(#"{"app":"apptest","version":"1.0.0"}"#.utf8))
            #expect(published.0 == 409 && published.1.contains("apptest 1.0.0 is not signed"), "\(published)")
            #expect(try await center.apps().isEmpty)
        }
    }

    // MARK: Keys

    @Test func `a key is never written over, and its passphrase comes from file, environment or terminal only`() async throws {
        let scratch = try ScratchFolder()
        let key = scratch.file("key")
        let silent = try await elves(["repo", "new-key", key], scratch)
        #expect(silent.code == 64 && silent.errors.contains("--passphrase-file or ELVES_PASSPHRASE"), "\(silent.errors)")
        let short = try await elves(["repo", "new-key", key], scratch, environment: ["ELVES_PASSPHRASE": "short"])
        #expect(short.code == 64 && short.errors.contains("at least 8"), "\(short.errors)")
        #expect(!FileManager.default.fileExists(atPath: key))

        let made = try await elves(["repo", "new-key", key, "--json"], scratch, environment: Self.passphrase).succeeded()
        let again = try await elves(["repo", "new-key", key], scratch, environment: Self.passphrase)
        #expect(again.code == 65 && again.errors.contains("exists"), "\(again.errors)")
        #expect(text(of: key).hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try made.object().string("id")?.utf8.count == 64)
        #expect(made.errors.isEmpty)

        let file = try scratch.write("passphrase", Array("correct horse battery\n".utf8))
        let folder = scratch.file("repository")
        try await elves(
            [
                "repo", "init", folder, "--root-key", key, "--targets-key", key, "--online-key", key + ".pub",
                "--passphrase-file", file,
            ], scratch
        ).succeeded()
        let wrong = try await elves(
            ["repo", "rotate", "root", "--repository", folder, "--sign", key], scratch,
            environment: ["ELVES_PASSPHRASE": "wrong horse battery"])
        #expect(wrong.code == 65 && wrong.errors.contains("is it the right passphrase?"), "\(wrong.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder + "/2.root.json"))
    }

    @Test func `a passphrase is asked for at the terminal and not shown`() async throws {
        let scratch = try ScratchFolder()
        let terminal = "\(Checkout.root)/Tests/Fixtures/terminal.py"
        func at(_ answers: String...) async throws -> CommandResult {
            try await run(
                "/usr/bin/python3", ["-B", terminal, Checkout.binary, "repo", "new-key", scratch.file("key"), "--"] + answers,
                scratch)
        }
        let different = try await at("correct horse", "Correct horse")
        #expect(different.code == 64 && different.output.contains("the two passphrases differ"), "\(different.output)")
        let interrupted = try await at("correct\u{3}")
        #expect(interrupted.code == 1 && interrupted.output.contains("given up"), "\(interrupted.output)")

        let made = try await at("correct hose\u{7F}\u{7F}rse", "correct horse").succeeded()

        #expect(made.output.contains("fingerprint"))
        #expect(!made.output.contains("correct"))
        let opened = try await run(
            "/usr/bin/openssl", ["pkey", "-in", scratch.file("key"), "-passin", "pass:correct horse", "-noout"], scratch)
        #expect(opened.code == 0, "\(opened.errors)")
    }

    @Test func `a key without a passphrase is made only with a warning`() async throws {
        let scratch = try ScratchFolder()
        let made = try await elves(["repo", "new-key", scratch.file("key"), "--no-passphrase"], scratch).succeeded()

        #expect(made.errors.contains("WARNING") && made.errors.contains("not encrypted"))
    }

    @Test func `every command of the repository prints one JSON value when asked to`() async throws {
        try await withCenter { center in
            try await center.publish(Checkout.apptest)
            try await center.elves("app", "pack", Checkout.apptest, "--output", center.scratch.path).succeeded()
            let pub = center.key + ".pub"
            try await newKey("next", center.scratch)
            let commands: [[String]] = [
                ["status"], ["status", "--center"], ["online-key"], ["rotate", "targets", "--sign", center.key],
                ["add-key", "targets", center.scratch.file("next.pub"), "--sign", center.key], ["sign", "--key", center.key],
                ["delegate", "one", "--key", pub, "--sign", center.key], ["revoke", "one", "--sign", center.key], ["publish"],
            ]
            let environment = ["ELVES_DATA": center.data, "ELVES_REPOSITORY": center.repository]
            for command in commands.map({ ["repo"] + $0 }) + [
                ["app", "sign", center.scratch.file("apptest_1.0.0.zip"), "--key", center.key]
            ] {
                let result = try await elves(command + ["--json"], center.scratch, environment: environment)
                let isOneLine = result.output.hasSuffix("\n") && result.output.count { $0 == "\n" } == 1
                let isJSON = (try? RawJSON(validating: result.output)) != nil
                #expect(result.code == 0 && isOneLine && isJSON, "\(command): \(result.errors)")
            }
        }
    }

    // MARK: Means

    private func newKey(_ name: String, _ scratch: ScratchFolder) async throws {
        try await elves(["repo", "new-key", scratch.file(name), "--no-passphrase"], scratch).succeeded()
    }

    /// Changes the center's repository, signs and publishes.
    private func repo(_ center: Center, _ arguments: String..., sign keys: String...) async throws {
        let signing = keys.flatMap { ["--sign", $0] }
        try await elves(
            ["repo"] + arguments + ["--repository", center.repository] + signing, center.scratch
        ).succeeded()
        try await center.elves("repo", "publish", "--repository", center.repository).succeeded()
    }

    /// The id of the only key at the beginning.
    private func firstKey(of center: Center) throws -> String {
        let root = try JSONObject(parsing: bytes(of: center.repository + "/1.root.json"))
        let signed = try JSONObject(root.require("signed", root.raw("signed")))
        let roles = try JSONObject(signed.require("roles", signed.raw("roles")))
        let role = try JSONObject(roles.require("root", roles.raw("root")))
        return try role.require("keyids", role.array("keyids")?.first?.stringValue)
    }
}
