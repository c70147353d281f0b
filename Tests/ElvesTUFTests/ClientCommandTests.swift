import ElvesTestSupport
import Foundation
import Testing

/// `elves tuf-client`, as outside test suites run it.
@Suite struct ClientCommandTests {
    private let scratch: ScratchFolder
    private let metadata: String
    private let targets: String

    init() throws {
        scratch = try ScratchFolder()
        metadata = try scratch.makeFolder("metadata")
        targets = try scratch.makeFolder("targets")
    }

    private func scenario(_ name: String) async throws -> Scenario {
        try #require(try await Scenario.all().first { $0.name == name })
    }

    private func client(_ arguments: String...) async throws -> CommandResult {
        try await elves(["tuf-client", "--metadata-dir", metadata] + arguments, scratch)
    }

    /// Exit code 0 and not a word.
    private func expectQuiet(_ result: CommandResult) {
        #expect(result.code == 0)
        #expect(result.output + result.errors == "")
    }

    /// Exit code 1 and one line with the cause.
    private func expectRefusal(_ result: CommandResult, _ cause: String) {
        #expect(result.code == 1)
        #expect(result.output == "")
        #expect(result.errors.contains(cause), "\(result.errors)")
        #expect(result.errors.filter { $0 == "\n" }.count == 1, "\(result.errors)")
    }

    @Test func `init, refresh and download over HTTP`() async throws {
        let scenario = try await scenario("targets-with-odd-names")
        try await RepositoryServer.run(scratch) { server in
            let base = "\(server.address)/folder\(scenario.folder)/1"
            expectQuiet(try await client("init", scenario.folder + "/root.json"))
            #expect(server.requests == [])
            expectQuiet(try await client("--metadata-url", base + "/metadata!/", "refresh"))
            expectRefusal(
                try await client(
                    "--metadata-url", base + "/metadata!", "--target-dir", targets, "--target-base-url", base + "/targets!",
                    "--target-name", "-dash", "--target-name", "nothing", "download"),
                "lists target \"nothing\"")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: targets) == ["-dash"])
        #expect(text(of: targets + "/-dash") == "-dash")
        let files = try FileManager.default.contentsOfDirectory(atPath: metadata)
        #expect(files.sorted() == ["root.json", "snapshot.json", "targets.json", "timestamp.json"])
    }

    @Test func `a repository in folders`() async throws {
        let scenario = try await scenario("a-target-in-folders")
        expectQuiet(try await client("init", scenario.folder + "/root.json"))
        for _ in 1...2 {
            expectQuiet(
                try await client(
                    "--metadata-url", scenario.folder + "/2/metadata", "--target-base-url", scenario.folder + "/2/targets",
                    "--target-name", "path/to/a/file.txt", "--target-dir", targets, "download"))
        }
        #expect(text(of: targets + "/path%2Fto%2Fa%2Ffile.txt") == "deep")
    }

    @Test func `a root that cannot be trusted is not kept`() async throws {
        let scenario = try await scenario("hostile-root-that-does-not-trust-itself")

        expectRefusal(try await client("init", scenario.folder + "/root.json"), "0 of the 1 signatures")
        #expect(try FileManager.default.contentsOfDirectory(atPath: metadata) == [])
        expectRefusal(
            try await client("--metadata-url", scenario.folder + "/1/metadata", "refresh"),
            "has no root.json that could be trusted")
    }

    @Test func `what is missing on the command line is named`() async throws {
        let noURL = try await client("refresh")
        #expect(noURL.code == 64)
        #expect(noURL.errors.contains("refresh needs --metadata-url"))
        let noRoot = try await client("init")
        #expect(noRoot.code == 64)
        #expect(noRoot.errors.contains("init needs the path of a root.json"))
    }
}
