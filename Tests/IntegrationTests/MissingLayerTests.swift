import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// Hosts that lack a layer of the sandbox: refused by its name, unless somebody has accepted that, and then told everywhere.
@Suite(.fewAtOnce) struct MissingLayerTests {
    @Test func `a host without Landlock runs no app, and says which layer, and what to do`() async throws {
        let scratch = try ScratchFolder()
        let lesser = ["ELVES_SANDBOX": try scratch.launcherWithoutLandlock()]
        try await withCenter { center in
            try await withAgent(of: center, environment: lesser) { agent in
                try await center.publish("\(Checkout.root)/Tests/Fixtures/apps/intruder")
                try await center.bind("intruder", to: agent)

                let report = try await center.waitFor("intruder", on: agent, "has a problem") { $0.problem != nil }
                #expect(report?.online == nil)
                let problem = report?.problem ?? ""
                #expect(problem.contains("lacks what policy \"python\" asks for: layer landlock>=1 ("), "\(problem)")
                #expect(problem.contains("with landlock in its lsm= list"), "\(problem)")
                #expect(try await center.elves("run", agent.ip, "intruder.ok").code == 1)
            }
        }

        let doctor = try await elves(["doctor"], scratch, environment: lesser)
        #expect(doctor.code == 1)
        #expect(doctor.output.contains("python    REFUSED  asks for landlock>=1, which this host lacks"), "\(doctor.output)")
        #expect(doctor.output.contains("layer landlock>=1 is missing: "), "\(doctor.output)")
        #expect(doctor.output.contains("unless an optOut of the policy accepts that"), "\(doctor.output)")
        let python = try await DoctorSays(scratch, lesser).language("python")
        #expect(try python.string("state") == "refused" && python.bool("ready") == false)
        let missing = try JSONObject(try #require(try python.array("missing_layers")?.first { $0.text.contains("landlock") }))
        #expect(try missing.bool("refused") == true && missing.integer("minimum") == 1)
        #expect(try missing.string("why")?.contains("lsm=") == true)
    }

    @Test func `an opt-out lets an app run without Landlock, and record, why, audit and doctor say so`() async throws {
        let scratch = try ScratchFolder()
        let lesser = [
            "ELVES_SANDBOX": try scratch.launcherWithoutLandlock(),
            "ELVES_POLICIES": try scratch.copyPolicies(adding: "optOut: [{layer: landlock, \(ScratchFolder.accepted)}]\n"),
        ]
        try await withCenter { center in
            try await withAgent(of: center, environment: lesser) { agent in
                try await center.publish("\(Checkout.root)/Tests/Fixtures/apps/intruder")
                try await center.bind("intruder", to: agent)
                try await center.waitFor("intruder", "1.0.0", onlineOn: agent)
                #expect(try await center.call(agent, "intruder.ok")?.stringValue == "ok")

                let task = try await eventually("the task is recorded") {
                    let report = try await center.tasks().values.first?.report
                    return (report, report != nil)
                }
                let report = try #require(task)
                #expect(report.sandbox?.missingLayers.contains("landlock") == true)
                let why = try await center.elves("sandbox", "why", report.task.text).succeeded().output
                #expect(why.contains("without the layer landlock, which the host does not have"), "\(why)")

                let audit = try await center.elves("sandbox", "audit", "--format", "json").succeeded().decode(SandboxAudit.self)
                #expect(audit.uses.first?.policy.optOuts.map(\.layer) == ["landlock"])
                #expect(audit.hosts.first?.missingLayers.contains { $0.name == "landlock" } == true)
                let page = try await center.elves("sandbox", "audit").succeeded().output
                #expect(page.contains("| landlock | intruder 1.0.0 | \(agent.id) | security | an old kernel |"), "\(page)")
                #expect(page.contains("## Weaker hosts") && !page.contains("Every host that has a link has every layer"))
            }
        }

        let says = try await DoctorSays(scratch, lesser)
        #expect(says.code == 0)
        #expect(try says.language("python").string("state") == "weaker")
        #expect(try says.language("shell").string("state") != "weaker")
    }

    @Test func `an opt-out that is taken back takes the app offline while it runs, and brings it back with it`() async throws {
        let scratch = try ScratchFolder()
        let policies = try scratch.copyPolicies(adding: "optOut: [{layer: landlock, \(ScratchFolder.accepted)}]\n")
        let lesser = ["ELVES_SANDBOX": try scratch.launcherWithoutLandlock(), "ELVES_POLICIES": policies]
        try await withCenter { center in
            try await withAgent(of: center, environment: lesser) { agent in
                await agent.kill()
                try await agent.start("--review-every", "1")
                try await center.publish("\(Checkout.root)/Tests/Fixtures/apps/intruder")
                try await center.bind("intruder", to: agent)
                try await center.waitFor("intruder", "1.0.0", onlineOn: agent)

                let file = policies + "/python.yaml"
                let text = try String(contentsOfFile: file, encoding: .utf8)
                try text.replacing(/optOut: .*\n/, with: "").write(toFile: file, atomically: true, encoding: .utf8)
                let report = try await center.waitFor("intruder", on: agent, "went offline") { $0.online == nil }
                #expect(report?.problem?.contains("asks for: layer landlock>=1 (") == true, "\(String(describing: report))")

                try text.write(toFile: file, atomically: true, encoding: .utf8)
                try await center.waitFor("intruder", "1.0.0", onlineOn: agent)
            }
        }
    }

    @Test(.enabled(if: geteuid() == 0, "takes a mount away, which root may"))
    func `the doctor of a host without control groups says that apps are refused`() async throws {
        let scratch = try ScratchFolder()
        let says = try await DoctorSays(
            scratch, by: ["--mount", "sh", "-c", "umount -R /sys/fs/cgroup && exec \"$0\" doctor --json"])
        #expect(says.code == 1)
        #expect(try says.language("python").string("state") == "refused")
        #expect(try says.refused("python") == ["cgroup"])
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/unshare"), "needs unshare"))
    func `the doctor of a host without user namespaces says that nothing is accepted in their place`() async throws {
        let scratch = try ScratchFolder()
        let says = try await DoctorSays(
            scratch,
            by: [
                "--user", "--map-root-user", "sh", "-c",
                "echo 0 >/proc/sys/user/max_user_namespaces && exec \"$0\" doctor --json",
            ])
        #expect(says.code == 1)
        #expect(try says.refused("python").contains("userns"))
        let layers = try says.answer.array("layers") ?? []
        let userns = try JSONObject(try #require(try layers.first { try JSONObject($0).string("name") == "userns" }))
        #expect(try userns.bool("available") == false && userns.bool("required") == true)
    }
}

/// What `elves doctor --json` says.
private struct DoctorSays {
    let code: Int32
    let answer: JSONObject

    init(_ scratch: ScratchFolder, _ environment: [String: String]) async throws {
        try self.init(await elves(["doctor", "--json"], scratch, environment: environment))
    }

    /// - Parameter arguments: Of `unshare`; what is run has the path of `elves` as its last.
    init(_ scratch: ScratchFolder, by arguments: [String]) async throws {
        try self.init(await run("/usr/bin/unshare", arguments + [Checkout.binary], scratch))
    }

    private init(_ result: CommandResult) throws {
        code = result.code
        answer = try result.object()
    }

    func language(_ name: String) throws -> JSONObject {
        let languages = try (answer.array("languages") ?? []).map { try JSONObject($0) }
        return try #require(try languages.first { try $0.string("name") == name })
    }

    /// The layers for which a language's apps are refused.
    func refused(_ name: String) throws -> [String] {
        try (language(name).array("missing_layers") ?? []).map { try JSONObject($0) }
            .filter { try $0.bool("refused") == true }.compactMap { try $0.string("name") }
    }
}
