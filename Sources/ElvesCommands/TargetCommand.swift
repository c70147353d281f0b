import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTargets

struct TargetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "target", abstract: "Say which agents an expression means.", subcommands: [Test.self])

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the agents that an expression matches; exits with 1 if it matches none.",
            discussion: """
                An expression compares agent, ip, host, app, app.NAME, label.NAME or fact.NAME by = != =~ !~ in (a, b) \
                < <= > >= version>= exists, joined by and, or, not and parentheses:
                  elves target test 'label.role = web and not fact.kernel version< 6.1'
                A bare id, address or host name, or a list of them, means those agents; * means all. Revoked agents never match.
                """)

        @Argument(help: "The expression, in quotes.")
        var expression: String
        @Flag(help: "List all agents, and the terms that decided for each.")
        var explain = false
        @OptionGroup var center: CenterOptions
        @OptionGroup var output: JSONOption

        func run() async throws {
            let target: TargetExpression
            do { target = try TargetExpression(expression) } catch { throw CommandFailure(.usage, "\(error)") }
            let agents = try await center.withCenter { try await $0.get("admin/v1/agents", as: [AgentView].self) }
                .filter { !$0.isRevoked }
            let verdicts = agents.map { (agent: $0, explanation: target.explain(TargetSubject($0))) }
            let count = verdicts.count { $0.explanation.matches }
            if output.json {
                printJSON(json(target, verdicts))
            } else {
                show(verdicts)
                printLine("\(count) of \(agents.count) agents match \(target)")
            }
            guard count > 0 else {
                if !output.json, !explain { printError("no agent matches; --explain says why") }
                throw ExitCode(Exit.refused.rawValue)
            }
        }

        private func show(_ verdicts: [(agent: AgentView, explanation: TargetExplanation)]) {
            let shown = verdicts.filter { explain || $0.explanation.matches }
            guard !shown.isEmpty else { return }
            let reasons = explain ? ["MATCHES", "BECAUSE"] : []
            printTable(
                ["AGENT", "IP", "HOST", "STATE"] + reasons,
                shown.map { agent, explanation in
                    let because = explanation.terms.map { "\($0.holds ? "" : "not ")\($0.term): \($0.because)" }
                    let cells = [agent.agent.text, "\(agent.ip)", agent.hostName, agent.isOnline ? "online" : "offline"]
                    return cells + (explain ? [explanation.matches ? "yes" : "no", because.joined(separator: "; ")] : [])
                })
        }

        private func json(
            _ target: TargetExpression, _ verdicts: [(agent: AgentView, explanation: TargetExplanation)]
        ) -> RawJSON {
            .object { members in
                members.add("target", "\(target)")
                let shown = verdicts.filter { explain || $0.explanation.matches }
                members.add("agents", shown.map { Self.json($0.agent, $0.explanation, explains: explain) })
            }
        }

        private static func json(_ agent: AgentView, _ explanation: TargetExplanation, explains: Bool) -> RawJSON {
            .object { members in
                members.add("agent", agent.agent.text)
                members.add("ip", "\(agent.ip)")
                members.add("host_name", agent.hostName)
                members.add("online", agent.isOnline)
                guard explains else { return }
                members.add("matches", explanation.matches)
                members.add(
                    "terms",
                    explanation.terms.map { term in
                        .object { members in
                            members.add("term", term.term)
                            members.add("holds", term.holds)
                            members.add("because", term.because)
                        }
                    })
            }
        }
    }
}

extension TargetSubject {
    init(_ view: AgentView) {
        let online = view.apps.compactMap { app in app.online.map { (app.app, $0) } }
        self.init(
            agent: view.agent, ip: view.ip, hostName: view.hostName,
            apps: Dictionary(online, uniquingKeysWith: { first, _ in first }), labels: view.labels,
            facts: .object { members in for (name, fact) in view.facts { members.add(name, fact.json) } })
    }
}
