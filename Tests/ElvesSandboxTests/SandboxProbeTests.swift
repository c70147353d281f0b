import ElvesSandbox
import Foundation
import Testing

@Suite struct SandboxProbeTests {
    let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    @Test func `a report lists every layer with its purpose and remedy`() throws {
        let report = try SandboxReport(parsing: Array(#"{"version":"1.0","root":true,"userns":true,"landlock":7}"#.utf8))

        #expect(report.version == "1.0")
        #expect(report.isRoot)
        #expect(report.layers.first { $0.name == "userns" }?.isAvailable == true)
        #expect(report.layers.first { $0.name == "landlock" }?.level == 7)
        #expect(report.layers.allSatisfy { $0.purpose.hasSuffix(".") && !$0.remedy.isEmpty })
    }

    @Test func `a missing layer says what the kernel said`() throws {
        let text = #"{"userns":false,"landlock":0,"detail":{"userns":"Operation not permitted"},"later":[]}"#
        let report = try SandboxReport(parsing: Array(text.utf8))
        let users = try #require(report.layers.first { $0.name == "userns" })

        #expect(!users.isAvailable && users.isRequired)
        #expect(users.detail == "Operation not permitted")
        #expect(report.layers.first { $0.name == "landlock" }?.isAvailable == false)
        #expect(!report.isSufficient)
    }

    @Test(.disabled(if: TestLauncher.isMissing, "needs elves-sandbox"))
    func `the launcher knows every layer of the report`() throws {
        let report = try SandboxProbe(launcher: #require(TestLauncher.path)).run()

        #expect(report.version != "unknown")
        #expect(report.isRoot == (geteuid() == 0))
        #expect(report.layers.allSatisfy { $0.detail != "the launcher does not say" })
    }

    @Test(arguments: [
        ("echo nonsense", "no report"), ("echo '{}'; exit 3", "exited(code: 3)"), ("kill -9 $$", "signaled(9)"),
        ("exec yes", "no answer"), ("exec tail -f /dev/null", "no answer"),
    ])
    func `a program that is no launcher is an error`(_ script: String, _ reason: String) throws {
        let file = try scratch.write("fake-probe", "#!/bin/sh\nPATH=/usr/bin:/bin\n\(script)\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)

        let error = #expect(throws: ProbeError.self) { try run(scratch.path + "/fake") }

        #expect("\(try #require(error))".contains(reason))
    }

    /// Tries again while a process that another test is just starting still holds the new file open for writing.
    private func run(_ file: String) throws(ProbeError) {
        while true {
            do {
                _ = try SandboxProbe(launcher: file).run(limit: 300)
                return
            } catch .launch(.cannotStart(_, ETXTBSY)) {
                continue
            }
        }
    }

    @Test func `a launcher that is not there is named`() {
        #expect(throws: ProbeError.launch(.cannotStart(path: scratch.path + "/none-probe", errno: ENOENT))) {
            try SandboxProbe(launcher: scratch.path + "/none").run()
        }
    }
}
