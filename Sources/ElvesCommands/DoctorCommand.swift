import ArgumentParser
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesSandbox
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say whether this host can run workers, in which languages, and which layers of the sandbox are on.",
        discussion: """
            A language is ready, weaker (runs without a layer, which somebody accepted or an ordinary user cannot have), refused \
            (its policy asks for a layer that this host lacks), service (it lacks the layer only for what was started like this command, \
            not for an agent that is a service of its own) or absent (its interpreter is). Exits with 1 if none can be run.
            """)

    @OptionGroup var output: JSONOption

    func run() async throws {
        let installation = try findInstallation()
        let host = try SandboxHost(launcher: installation.launcher)
        let findings = Findings(
            installation: installation, sandbox: host.report,
            languages: LanguageFinding.all(PolicyCatalog(folder: installation.policies), on: host))
        if output.json { printJSON(findings.json) } else { findings.printText() }
        if !findings.isGood { throw ExitCode(Exit.refused.rawValue) }
    }
}

/// Whether apps of one language can be run here.
private struct LanguageFinding {
    enum State: String { case ready, weaker, service, refused, absent }

    let name: String
    let policy: CompiledPolicy?
    /// Why not, where nothing of it is installed or its policy cannot be used.
    let problem: String?
    /// What of its policy's layers the host lacks.
    let missing: [MissingRequirement]
    /// Those for which an agent refuses its apps.
    let refused: [MissingRequirement]
    /// Whether an agent that is a service of its own would refuse none of its apps.
    var runsInService = false

    static func all(_ policies: PolicyCatalog, on host: SandboxHost) -> [LanguageFinding] {
        policies.languages.compactMap { name in
            do {
                let policy = try policies.policy(for: name)
                let missing = host.missing(policy.policy.requires)
                let refused = host.refused(missing, by: policy.policy, on: PolicySource.today)
                return LanguageFinding(
                    name: name, policy: policy, problem: notInstalled(policy.policy), missing: missing, refused: refused,
                    runsInService: host.groups.awaitsService && refused.allSatisfy { $0.layer == .cgroup })
            } catch PolicyCatalogError.notALanguage {
                return nil
            } catch {
                return LanguageFinding(name: name, policy: nil, problem: "\(error)", missing: [], refused: [])
            }
        }
    }

    var state: State {
        if problem != nil { return .absent }
        if !refused.isEmpty { return runsInService ? .service : .refused }
        return missing.isEmpty ? .ready : .weaker
    }

    /// Whether an agent here runs its apps.
    var runs: Bool { state == .ready || state == .weaker || state == .service }

    /// For the table.
    var detail: String {
        func names(_ layers: [MissingRequirement]) -> String { layers.map(\.requirement.description).joined(separator: ", ") }
        let version = policy.map { "version \($0.policy.version), sha256 \($0.digest)" } ?? ""
        return switch state {
        case .ready: version
        case .weaker: "\(version); without \(names(missing))"
        case .service: "\(version); for an agent that is a service of its own"
        case .refused: "asks for \(names(refused)), which this host lacks"
        case .absent: problem ?? ""
        }
    }

    private static func notInstalled(_ policy: Policy) -> String? {
        let wanted = policy.runtime.interpreters
        let exists = wanted.contains { $0 == Policy.Runtime.entry || FileManager.default.fileExists(atPath: $0) }
        guard exists else { return "\(wanted.joined(separator: " or ")) is not installed" }
        let gone = policy.filesystem.roots.map(\.path).filter { !FileManager.default.fileExists(atPath: $0) }
        return gone.isEmpty ? nil : "\(gone.joined(separator: ", ")) is not installed"
    }
}

private struct Findings {
    let installation: Installation
    let sandbox: SandboxReport
    let languages: [LanguageFinding]

    /// A host that has every layer without which no worker starts, and runs at least one language, is good for something.
    var isGood: Bool { sandbox.isSufficient && languages.contains { $0.runs } }

    /// What is missing of what policies ask for, each once, with those that miss it.
    private var gaps: [(missing: MissingRequirement, refused: [String], weaker: [String])] {
        var gaps: [(missing: MissingRequirement, refused: [String], weaker: [String])] = []
        for language in languages where language.problem == nil {
            for missing in language.missing {
                let isRefused = language.refused.contains(missing)
                let place = gaps.firstIndex { $0.missing == missing } ?? gaps.endIndex
                if place == gaps.endIndex { gaps.append((missing, [], [])) }
                if isRefused { gaps[place].refused.append(language.name) } else { gaps[place].weaker.append(language.name) }
            }
        }
        return gaps
    }

    var json: RawJSON {
        .object { members in
            members.add("ok", isGood)
            members.add("launcher", installation.launcher)
            members.add(
                "languages",
                languages.map { language in
                    .object { entry in
                        entry.add("name", language.name)
                        entry.add("ready", language.runs)
                        entry.add("state", language.state.rawValue)
                        entry.add("problem", ifPresent: language.problem)
                        entry.add(
                            "missing_layers",
                            language.missing.map { missing in
                                .object { member in
                                    member.add("name", missing.layer.rawValue)
                                    member.add("minimum", ifPresent: missing.requirement.minimum.map { .integer($0) })
                                    member.add("why", missing.why)
                                    member.add("refused", language.refused.contains(missing))
                                }
                            })
                        entry.add("policy_version", ifPresent: language.policy.map { .integer($0.policy.version) })
                        entry.add("policy_sha256", ifPresent: language.policy?.digest.hex)
                    }
                })
            members.add(
                "layers",
                sandbox.layers.map { layer in
                    .object { entry in
                        entry.add("name", layer.name)
                        entry.add("available", layer.isAvailable)
                        entry.add("required", layer.isRequired)
                        entry.add("detail", ifPresent: layer.detail)
                    }
                })
        }
    }

    func printText() {
        printLine("launcher  \(installation.launcher) (\(sandbox.version))")
        printLine("policies  \(installation.policies)")
        printLine("")
        printTable(
            ["LANGUAGE", "STATE", "POLICY"],
            languages.map { language in
                [language.name, language.state == .refused ? "REFUSED" : language.state.rawValue, language.detail]
            })
        printLine("")
        printTable(
            ["LAYER", "STATE", "PURPOSE"],
            sandbox.layers.map { layer in
                let state = layer.isAvailable ? "on" : layer.isRequired ? "MISSING" : "absent"
                return [layer.name, state, layer.purpose]
            })
        for layer in sandbox.layers where !layer.isAvailable {
            printLine("")
            printLine("\(layer.name): \(layer.detail ?? "not available"). To have it: \(layer.remedy)")
        }
        for gap in gaps {
            printLine("")
            printLine("layer \(gap.missing.requirement) is missing: \(gap.missing.why)")
            if !gap.refused.isEmpty {
                let isOurs = gap.missing.layer == .cgroup && languages.contains { $0.state == .service }
                printLine(
                    "  Apps in \(gap.refused.joined(separator: ", ")) are refused \(isOurs ? "by an agent started like this" : "here")"
                        + (SandboxLayer.optional.contains(gap.missing.layer)
                            ? ", unless an optOut of the policy accepts that, for a time." : "; no policy can accept that."))
            }
            if !gap.weaker.isEmpty {
                printLine("  Apps in \(gap.weaker.joined(separator: ", ")) run without it, and their records say so.")
            }
            if gap.missing.layer == .cgroup, sandbox.isRoot {
                printLine("  An agent that is a service of its own may have it: ask as one, with")
                printLine("  systemd-run --pipe --property=Delegate=yes elves doctor")
            }
        }
        printLine("")
        printLine(isGood ? "This host can run workers." : "This host cannot run workers until what is missing is there.")
    }
}
