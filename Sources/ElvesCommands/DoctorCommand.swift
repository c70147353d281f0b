import ArgumentParser
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesSandbox
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say whether this host can run workers, in which languages, and which layers of the sandbox are on.")

    @OptionGroup var output: JSONOption

    func run() async throws {
        let installation = try findInstallation()
        let findings = Findings(
            installation: installation, sandbox: try SandboxProbe(launcher: installation.launcher).run(),
            languages: LanguageFinding.all(PolicyCatalog(folder: installation.policies)))
        if output.json { printJSON(findings.json) } else { findings.printText() }
        if !findings.isGood { throw ExitCode(Exit.refused.rawValue) }
    }
}

/// Whether apps of one language can be run here.
private struct LanguageFinding {
    let name: String
    let policy: CompiledPolicy?
    /// Why not; nil where they can.
    let problem: String?

    static func all(_ policies: PolicyCatalog) -> [LanguageFinding] {
        policies.languages.compactMap { name in
            do {
                let policy = try policies.policy(for: name)
                return LanguageFinding(name: name, policy: policy, problem: missing(policy.policy))
            } catch PolicyCatalogError.notALanguage {
                return nil
            } catch {
                return LanguageFinding(name: name, policy: nil, problem: "\(error)")
            }
        }
    }

    private static func missing(_ policy: Policy) -> String? {
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

    /// A host that has every layer and can run at least one language is good for something.
    var isGood: Bool { sandbox.isSufficient && languages.contains { $0.problem == nil } }

    var json: RawJSON {
        .object { members in
            members.add("ok", isGood)
            members.add("launcher", installation.launcher)
            members.add(
                "languages",
                languages.map { language in
                    .object { entry in
                        entry.add("name", language.name)
                        entry.add("ready", language.problem == nil)
                        entry.add("problem", ifPresent: language.problem)
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
                [
                    language.name, language.problem == nil ? "ready" : "absent",
                    language.problem ?? language.policy.map { "version \($0.policy.version), sha256 \($0.digest)" } ?? "",
                ]
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
        printLine("")
        printLine(isGood ? "This host can run workers." : "This host cannot run workers until what is MISSING is there.")
    }
}
