import ArgumentParser
import ElvesJSON
import ElvesPolicy
import ElvesSandbox
import ElvesSeccomp
import Foundation

struct SandboxTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run the attack battery on this host, in workers under a policy.",
        discussion: """
            Each row of the battery is a program that tries to get out of its sandbox, or to harm the host from inside. It is made \
            with the whole sandbox, then with each of its layers standing alone and with each one off. As root it takes \
            about a minute, and everything is made as root and as an ordinary user. Exits with 1 if anything did not hold.
            """)

    @Argument(help: "A built-in policy whose workers are started by Python, or the file of one.")
    var policy = "python"
    @Option(name: .customLong("row"), help: "Only this row, such as S15; each trial is listed. As often as needed.")
    var rows: [String] = []
    @Option(help: "Each row once with this layer off; as often as needed.")
    var without: [String] = []
    @Option(name: .customLong("as"), help: "Only as root, or only as ordinary user.")
    var identity: Identity?
    @Flag(help: "Instead of attacks every system call number, held against what `explain` says.")
    var sweep = false
    @OptionGroup var output: JSONOption

    enum Identity: String, ExpressibleByArgument, CaseIterable { case root, ordinary }

    func run() async throws {
        guard !sweep || rows.isEmpty && without.isEmpty else {
            throw CommandFailure(.usage, "--row and --without choose attacks, and --sweep makes none")
        }
        let document = try PolicySource(name: policy).document()
        try requirePython(document.policy)
        let environment = ProcessInfo.processInfo.environment
        let launcher = try findInstallation().launcher
        let battery = try Installation.findAttacks(executable: runningExecutable, environment: environment)
        let filter: SeccompFilter
        do { filter = try SeccompFilter(compiling: document.profile, notify: .allowed) } catch {
            throw CommandFailure(.badInput, "policy \"\(document.policy.name)\": \(error)")
        }
        let holds = try await withScratchFolder { scratch in
            func write(_ bytes: [UInt8], _ name: String) throws -> String {
                try Data(bytes).write(to: URL(filePath: "\(scratch)/\(name)"))
                return "\(scratch)/\(name)"
            }
            let given = [
                "ELVES_SANDBOX": launcher, "ELVES_FILTER": try write(filter.bytes, "filter"),
                "ELVES_POLICY": try write(document.canonicalJSON, "policy.json"),
            ]
            let answer = try answer(of: battery, environment.merging(given) { $1 }, file: "\(scratch)/report")
            return sweep ? try tellSweep(answer, under: document) : try tellAttacks(answer, under: document)
        }
        if !holds { throw ExitCode(Exit.refused.rawValue) }
    }

    private func tellAttacks(_ answer: Data, under document: PolicyDocument) throws -> Bool {
        let report = BatteryReport(
            policy: document.policy.name, version: document.policy.version, digest: document.digest, try decode(answer))
        if output.json {
            try printJSON(report)
        } else {
            for line in report.lines(trialByTrial: !rows.isEmpty) { printLine(line) }
        }
        return report.holds
    }

    private func tellSweep(_ answer: Data, under document: PolicyDocument) throws -> Bool {
        let report = try SweepReport(decode(answer), under: document)
        if output.json { printJSON(report.json) } else { for line in report.lines { printLine(line) } }
        return report.agrees
    }

    private func decode<Outcome: Decodable>(_ answer: Data) throws -> Outcome {
        do { return try JSONDecoder().decode(Outcome.self, from: answer) } catch {
            throw CommandFailure(.failed, "the battery's answer cannot be read: \(error)")
        }
    }

    private func answer(of battery: String, _ environment: [String: String], file: String) throws -> Data {
        let options = without.flatMap { ["--without", $0] } + (identity.map { ["--as", $0.rawValue] } ?? [])
        _ = try spawnAndWait(
            ["/usr/bin/python3", "\(battery)/run.py", sweep ? "--sweep" : "--json"] + options + rows, environment,
            output: file)
        // It ends with 1 as well where something did not hold, and says so in its answer.
        guard let answer = FileManager.default.contents(atPath: file), !answer.isEmpty else {
            throw CommandFailure(
                rows.isEmpty && without.isEmpty ? .misconfigured : .badInput,
                "the battery in \(battery) was not run: what it said is above")
        }
        return answer
    }

    /// The rows are programs for Python workers, and expect what those may do.
    private func requirePython(_ policy: Policy) throws {
        let programs = policy.runtime.interpreters
        guard !programs.contains(where: { $0.split(separator: "/").last?.hasPrefix("python3") ?? false }) else { return }
        throw CommandFailure(
            .badInput,
            "the battery attacks from workers of Python, and policy \"\(policy.name)\" starts \(programs.joined(separator: " or ")): "
                + "test \"python\", or a policy that extends it. `sandbox/attacks/languages/run.py` attacks from other languages"
        )
    }
}
