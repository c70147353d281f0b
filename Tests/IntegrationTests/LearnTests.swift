import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// What is learned from an app's cases, in its real sandbox, with every system call watched.
@Suite(.fewAtOnce) struct LearnTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    @Test func `an app's smallest request is what its cases used`() async throws {
        let app = try Checkout.fixture("learner", into: scratch)
        let manifest = text(of: app + "/app.yaml")

        let learned = try await elves(["app", "learn", app, "--json"], scratch).succeeded().object()
        let proposal = try JSONObject(try #require(learned.raw("proposal")))

        // The file of its case is there, the other wish was never used; what it did not ask for, it tried in vain.
        #expect(
            try proposal.array("wishes")?.compactMap(\.stringValue) == [
                "read:/srv/elves-learner/used", "read:/etc/hostname", "network:learned.test:8443",
            ])
        #expect(try proposal.bool("equal") == false)
        let beyond = try #require(try proposal.array("beyond")?.compactMap(\.stringValue))
        #expect(beyond.count == 1 && beyond[0].contains("mknod") && beyond[0].contains("by gather"), "\(beyond)")
        // 16 GiB were asked for, and nobody needs as much as that for this.
        let limits = try JSONObject(try #require(proposal.raw("limits")))
        let memory = try #require(try limits.integer("memory"))
        #expect(memory >= 16 << 20 && memory < 512 << 20)
        #expect(try learned.bool("partial") == true)
        #expect(try learned.array("gaps")?.compactMap(\.stringValue) == ["no case calls rest"])
        #expect(text(of: app + "/app.yaml") == manifest)
    }

    @Test func `a manifest that says what was used is equal, and a check of another one fails`() async throws {
        let app = try Checkout.fixture("learner", into: scratch)
        let other = try await elves(["app", "learn", app, "--check"], scratch)
        let apptest = try await elves(["app", "learn", Checkout.apptest, "--json"], scratch).succeeded().object()
        let proposal = try JSONObject(try #require(apptest.raw("proposal")))

        #expect(other.code == 1)
        #expect(other.output.contains("# partial: no case calls rest"))
        #expect(other.output.contains("no longer /srv/elves-learner/unused"))
        #expect(try proposal.array("wishes")?.isEmpty == true)
        #expect(try proposal.array("beyond")?.isEmpty == true)
    }

    @Test func `a policy for the calls of an app has empty reasons, and is read once they are given`() async throws {
        let app = try Checkout.fixture("learner", into: scratch)
        let saved = scratch.file("run.json")

        let recorded = try await elves(["sandbox", "record", app, "--save", saved], scratch).succeeded()
        let again = try await elves(
            ["sandbox", "record", "python", "--from", saved, "--name", "other", "--json"], scratch
        ).succeeded().object()
        let merged = try await elves(["sandbox", "record", "--merge", saved, saved], scratch).succeeded().object()

        #expect(recorded.output.contains("name: python-learned"))
        #expect(recorded.output.contains("reason: \"\"  # say what for"))
        #expect(recorded.output.contains("mknod"))
        #expect(try again.string("policy")?.contains("name: other") == true)
        #expect(try JSONObject(try #require(again.raw("diff"))).string("verdict") == "widened")
        #expect(try merged.string("source") == "learner 1.0.0")
    }

    @Test func `what cannot be read or measured is refused with its name`() async throws {
        let log = try scratch.write("run.log", Array("socket(AF_INET, SOCK_STREAM, 0) = 3\n".utf8))
        let symbolic = try await elves(["sandbox", "record", "python", "--strace", log], scratch)
        let nothing = try await elves(["sandbox", "record", "python"], scratch)
        let missing = try await elves(["sandbox", "record", "python", "--from", "/nowhere.json"], scratch)

        #expect(symbolic.code != 0 && symbolic.errors.contains("run.log:1: argument 0 of socket is AF_INET"))
        #expect(nothing.code != 0 && nothing.errors.contains("--from or --strace"))
        #expect(missing.code != 0 && missing.errors.contains("/nowhere.json cannot be read"))
    }
}
