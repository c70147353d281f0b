import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import Testing

/// System calls that an app may not make: in the task's record, in `elves sandbox why`, and the policy in the audit.
@Suite(.fewAtOnce) struct RefusedCallTests {
    @Test func `a refused call is counted in the task's record, and why says so in words`() async throws {
        try await withHost(["\(Checkout.root)/Tests/Fixtures/apps/intruder"]) { center, agent in
            let answer = try await center.call(agent, "intruder.read_kernel_log", "times=3")
            #expect(answer?.stringValue == "EPERM")
            let task = try await center.task(of: "read_kernel_log")

            let why = try await center.elves("sandbox", "why", task).succeeded().output
            #expect(why.contains("intruder 1.0.0 read_kernel_log ended well, under policy python"), "\(why)")
            #expect(why.contains("syslog(0xa, 0x0, 0x0, 0x0, 0x0, 0x0) denied 3 times by seccomp, told by notify"), "\(why)")
            #expect(why.contains("elves sandbox explain python --syscall"), "\(why)")

            let digest = try await center.policy(of: "intruder", on: agent).digest.hex
            let json = try await center.elves("sandbox", "why", task, "--json").succeeded().object()
            let record = try JSONObject(try #require(try json.raw("sandbox")))
            let violations = try JSONObject(try #require(record.raw("violations")))
            let kinds = try #require(try violations.array("kinds"))
            let kind = try JSONObject(try #require(kinds.first))
            #expect(kinds.count == 1)
            #expect(try kind.string("call") == "syslog" && kind.integer("count") == 3)
            #expect(try kind.string("action") == "denied" && kind.string("source") == "notify")
            #expect(try record.string("digest") == digest)
        }
    }

    @Test func `a call of the tripwire list ends the worker, and the next call is served`() async throws {
        try await withHost(["\(Checkout.root)/Tests/Fixtures/apps/intruder"]) { center, agent in
            let result = try await center.elves("run", agent.ip, "intruder.trace", "--json")
            #expect(result.code == 1)
            #expect(try result.object().string("reason") == "violation:ptrace", "\(result.output)")
            #expect(try await center.call(agent, "intruder.ok")?.stringValue == "ok")

            let why = try await center.elves("sandbox", "why", center.task(of: "trace")).succeeded().output
            #expect(why.contains("intruder 1.0.0 trace ended with violation:ptrace"), "\(why)")
            #expect(why.contains("ptrace(0x10, 0x1, 0x0, 0x0, 0x0, 0x0) killed by seccomp"), "\(why)")
        }
    }

    @Test(.enabled(if: geteuid() == 0 && access("/dev/kmsg", R_OK) == 0, "needs the kernel's log"))
    func `a call for which the filter kills has its name, from the kernel's log`() async throws {
        try await withHost(["\(Checkout.root)/Tests/Fixtures/apps/intruder"]) { center, agent in
            // The kernel leaves records out when there are many.
            try await eventually("the kernel's log has the record") {
                let result = try await center.elves("run", agent.ip, "intruder.foreign", "--json")
                let reason = try result.object().string("reason")
                return (reason, reason == "violation:x32-39")
            }
            let named = try await center.tasks().values.first { $0.report.reason?.word == "violation:x32-39" }
            let kinds = try #require(named?.report.sandbox?.violations.kinds)
            #expect(kinds.map(\.call) == ["x32-39"] && kinds[0].source == .audit && kinds[0].action == .killed)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs control groups"))
    func `what a worker's resources refused is told, though the call went on`() async throws {
        try await withHost(["\(Checkout.root)/Tests/Fixtures/apps/intruder"]) { center, agent in
            #expect(try await center.call(agent, "intruder.many_processes")?.text == "7")
            let why = try await center.elves("sandbox", "why", center.task(of: "many_processes")).succeeded().output
            #expect(why.contains("process.max denied by resource, told by counter"), "\(why)")
        }
    }

    @Test func `a task that was refused nothing has no record of its sandbox, and an unknown task is said to be one`()
        async throws
    {
        try await withHost(["\(Checkout.root)/Tests/Fixtures/apps/intruder"]) { center, agent in
            _ = try await center.call(agent, "intruder.ok")
            let report = try #require(try await center.task(try await center.task(of: "ok"))?.report)
            // An agent that is an ordinary user has no control groups.
            if report.sandbox?.missingLayers.isEmpty ?? true {
                let why = try await center.elves("sandbox", "why", report.task.text).succeeded().output
                #expect(why.contains("its sandbox refused nothing"), "\(why)")
            }
            let unknown = try await center.elves("sandbox", "why", "00000000000000000000000000000000")
            #expect(unknown.code == 1 && !unknown.errors.isEmpty, "\(unknown)")
        }
    }

    @Test func `what a version has on an agent is shown, with its policy's text where it is the same one`() async throws {
        let scratch = try ScratchFolder()
        let app = try Checkout.fixture(
            "intruder", adding: "sandbox: {filesystem: {read: [{path: /etc/hosts, reason: names}]}}\n", into: scratch)
        try await withHost([]) { center, agent in
            try await center.publish(app)
            let shown = ["sandbox", "show", "--effective", "intruder@1.0.0", "--agent", agent.ip, "--data", center.data]

            let unbound = try await elves(shown, scratch)
            #expect(unbound.code == 1 && unbound.output.contains("is not online there"), "\(unbound)")
            #expect(unbound.output.contains("it is not bound to this agent"), "\(unbound)")
            #expect(unbound.output.contains("refused, so that the app is not run\n  read:/etc/hosts"), "\(unbound)")

            try await center.bind("intruder", to: agent, grants: ["read:/etc/hosts"])
            try await center.waitFor("intruder", "1.0.0", onlineOn: agent)
            let digest = try await center.policy(of: "intruder", on: agent).digest.hex
            let online = try await elves(shown, scratch).succeeded().output
            #expect(online.contains("runs under policy python") && online.contains("sha256 \(digest)\n"), "\(online)")
            #expect(online.contains("reads /etc/hosts  [grant]  names"), "\(online)")

            // Another text under the same name is not shown as if it were in use.
            let other = try scratch.copyPolicies(adding: "optOut: [{layer: cgroup, \(ScratchFolder.accepted)}]\n")
            let unlike = try await elves(shown + ["--policy", "\(other)/python.yaml"], scratch).succeeded().output
            #expect(unlike.contains("another one, so only names can be shown"), "\(unlike)")
            #expect(unlike.contains("asks for read:/etc/hosts\nis granted read:/etc/hosts"), "\(unlike)")
            #expect(!unlike.contains("[policy]"), "\(unlike)")
            let json = try await elves(shown + ["--policy", "\(other)/python.yaml", "--json"], scratch).succeeded().object()
            #expect(try json.bool("is_same_policy") == false && json.raw("effective")?.text == "null")

            let nobody = try await elves(shown.map { $0 == agent.ip ? "nobody there" : $0 }, scratch)
            #expect(nobody.code == 1 && nobody.errors.contains("no agent \"nobody there\" has joined"), "\(nobody)")
        }
    }

    @Test func `an audit has the policies in use, who published, what is granted, and hosts without a link`() async throws {
        let scratch = try ScratchFolder()
        let app = try Checkout.fixture(
            "intruder", adding: "sandbox: {filesystem: {read: [{path: /etc/hosts, reason: \"a <b>| reason\"}]}}\n",
            into: scratch)
        try await withCenter { center in
            try await withAgent(of: center) { agent in
                let away = try await Agent(joining: center, ip: "127.0.0.9")
                try await center.publish(app)
                try await center.bind("intruder", to: agent, grants: ["read:/etc/hosts"])
                try await center.waitFor("intruder", "1.0.0", onlineOn: agent)
                let policy = try await center.policy(of: "intruder", on: agent)

                let audit = try await center.elves("sandbox", "audit", "--format", "json").succeeded().decode(SandboxAudit.self)
                #expect(audit.uses.map(\.app.text) == ["intruder"] && audit.uses[0].policy == policy)
                #expect(audit.uses[0].grants.map(\.description) == ["read:/etc/hosts"])
                #expect(audit.uses[0].publishedBy != nil)
                #expect(audit.hosts.first { $0.agent.text == away.id }?.isLinked == false)

                let markdown = try await center.elves("sandbox", "audit").succeeded().output
                #expect(markdown.hasPrefix("# Sandboxes in use, ") && markdown.contains("\n## Policies\n"))
                #expect(markdown.contains("| python \(policy.version) | \(policy.digest.hex) | 1 | 1 |"), "\(markdown)")
                #expect(markdown.contains("| read:/etc/hosts |") && markdown.contains("127.0.0.9"))

                let html = try await center.elves("sandbox", "audit", "--format", "html").succeeded().output
                #expect(html.hasPrefix("<!doctype html>") && html.contains("<td>\(policy.digest.hex)</td>"))
                for outside in ["<script", "src=", "href=", "@import", "url("] {
                    #expect(!html.contains(outside), "\(outside)")
                }
                for tag in ["html", "body", "table", "section", "tr", "td"] {
                    #expect(html.split(separator: "<\(tag)").count == html.split(separator: "</\(tag)>").count, "\(tag)")
                }
            }
        }
    }
}

extension Center {
    /// The id of the last task of a function.
    fileprivate func task(of function: String) async throws -> String {
        try await eventually("a task of \(function) is recorded") {
            let found = try await tasks().values.first { $0.report.function == function }
            return (found?.report.task.text ?? "", found != nil)
        }
    }

    /// What an app's workers run under, as the agent tells it.
    fileprivate func policy(of app: String, on agent: Agent) async throws -> PolicyInUse {
        let report = try await waitFor(app, on: agent, "tells its policy") { $0.policy != nil }
        return try #require(report?.policy)
    }
}
