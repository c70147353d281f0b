import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// `elves sandbox test` on a few rows; all of them are run by `sandbox/attacks/run.py`.
@Suite(.fewAtOnce) struct BatteryTests {
    /// Root's battery attacks as an ordinary user as well, who has to get to its programs.
    private let open = ["TMPDIR": "/tmp"]

    @Test func `rows hold under the policy of Python, and each trial is listed`() async throws {
        let scratch = try ScratchFolder()
        let result = try await elves(
            ["sandbox", "test", "--row", "S15", "--as", "ordinary"], scratch, environment: open
        ).succeeded()
        #expect(
            result.output.contains("holds  S15 as an ordinary user: make a user namespace: errno EPERM"), "\(result.output)")
        #expect(result.output.contains("without seccomp: "), "\(result.output)")
        #expect(result.output.contains("every attack was stopped, and nothing outside was touched"), "\(result.output)")
    }

    @Test func `what a policy of one's own lets through is seen`() async throws {
        let scratch = try ScratchFolder()
        let folder = try scratch.copyPolicies()
        let doctor = try await elves(["doctor", "--json"], scratch).object()
        let python = try (doctor.array("languages") ?? []).map { try JSONObject($0) }.first {
            try $0.string("name") == "python"
        }
        let digest = try #require(try python?.string("policy_sha256"))
        let wider = """
            schema: elves.sandbox/v1
            name: wider
            version: 1
            summary: Python, with a call that no app needs.
            extends: {name: python, digest: "sha256:\(digest)"}
            syscalls: {add: [{names: [unshare], reason: tests}]}

            """
        try wider.write(toFile: folder + "/wider.yaml", atomically: false, encoding: .utf8)
        let arguments = ["sandbox", "test", "\(folder)/wider.yaml", "--row", "S15", "--as", "ordinary"]

        let result = try await elves(arguments, scratch, environment: open)
        #expect(result.code == 1)
        #expect(result.output.contains("FAILS  S15 as an ordinary user: make a user namespace: "), "\(result.output)")
        #expect(result.output.contains("policy wider 1 ("), "\(result.output)")
        let json = try await elves(arguments + ["--json"], scratch, environment: open).object()
        #expect(try json.bool("holds") == false && json.string("policy") == "wider")
    }

    @Test func `every call number is answered in a worker as explain says`() async throws {
        let arguments = ["sandbox", "test", "--sweep", "--as", "ordinary"]
        let result = try await elves(arguments, try ScratchFolder(), environment: open).succeeded()
        #expect(result.output.contains("6144 calls in a worker under policy python: each was answered as"), "\(result.output)")
    }

    @Test func `on a host without a compiler the rows in C are left out by name`() async throws {
        let scratch = try ScratchFolder()
        let programs = try scratch.makeFolder("programs")
        for program in ["/bin/sh", "/usr/bin/python3"] {
            try FileManager.default.createSymbolicLink(
                atPath: "\(programs)/\(URL(filePath: program).lastPathComponent)", withDestinationPath: program)
        }
        // S31 is a program in Python.
        let result = try await elves(
            ["sandbox", "test", "--row", "S15", "--row", "S31", "--as", "ordinary"], scratch,
            environment: open.merging(["PATH": programs]) { $1 }
        ).succeeded()
        #expect(result.output.contains("holds  S31 as an ordinary user: "), "\(result.output)")
        #expect(
            result.output.contains(
                "left out (is written in C, and this host has no compiler), 1 in number:\n  S15 as ordinary"),
            "\(result.output)")
    }
}
