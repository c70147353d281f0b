import ArgumentParser
import ElvesJSON
import ElvesModel
import ElvesSandbox
import Foundation

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say whether this host can run workers, and which layers of the sandbox are on.")

    @OptionGroup var output: JSONOption

    func run() async throws {
        let installation = try findInstallation()
        let report = try SandboxProbe(launcher: installation.launcher).run()
        let policy = try CompiledPolicy(contentsOf: installation.policy("python"))
        let interpreter = policy.policy.runtime.interpreters.first { FileManager.default.fileExists(atPath: $0) }
        let isGood = report.isSufficient && interpreter != nil
        if output.json {
            printJSON(json(installation, report, policy, interpreter, isGood: isGood))
        } else {
            printText(installation, report, policy, interpreter, isGood: isGood)
        }
        if !isGood { throw ExitCode(Exit.refused.rawValue) }
    }

    private func json(
        _ installation: Installation, _ report: SandboxReport, _ policy: CompiledPolicy, _ interpreter: String?, isGood: Bool
    ) -> RawJSON {
        .object { members in
            members.add("ok", isGood)
            members.add("launcher", installation.launcher)
            members.add("policy") { entry in
                entry.add("name", policy.policy.name)
                entry.add("sha256", policy.digest.hex)
            }
            members.add("python", interpreter.map { .string($0) } ?? .null)
            members.add(
                "layers",
                report.layers.map { layer in
                    .object { entry in
                        entry.add("name", layer.name)
                        entry.add("available", layer.isAvailable)
                        entry.add("required", layer.isRequired)
                        entry.add("detail", ifPresent: layer.detail)
                    }
                })
        }
    }

    private func printText(
        _ installation: Installation, _ report: SandboxReport, _ policy: CompiledPolicy, _ interpreter: String?, isGood: Bool
    ) {
        printLine("launcher  \(installation.launcher) (\(report.version))")
        printLine("policy    \(policy.policy.name), version \(policy.policy.version), sha256 \(policy.digest)")
        let wanted = policy.policy.runtime.interpreters.joined(separator: " or ")
        printLine("python    \(interpreter ?? "missing: install Debian's python3, which brings \(wanted)")")
        printLine("")
        printTable(
            ["LAYER", "STATE", "PURPOSE"],
            report.layers.map { layer in
                let state = layer.isAvailable ? "on" : layer.isRequired ? "MISSING" : "absent"
                return [layer.name, state, layer.purpose]
            })
        for layer in report.layers where !layer.isAvailable {
            printLine("")
            printLine("\(layer.name): \(layer.detail ?? "not available"). To have it: \(layer.remedy)")
        }
        printLine("")
        printLine(isGood ? "This host can run workers." : "This host cannot run workers until what is MISSING is there.")
    }
}
