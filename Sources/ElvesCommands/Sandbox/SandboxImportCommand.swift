import ArgumentParser
import ElvesFiles
import ElvesSeccomp
import Foundation

struct SandboxImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a profile for policies of one that a container engine ships.",
        discussion: """
            Resolves what the rules of FILE include and exclude for one machine, kernel and set of capabilities, and prints a \
            plain OCI profile that says where each rule is from; a policy names it in `syscalls.profiles`. All that did not \
            come along, or not literally, is said on the error output: `warning` is for what somebody should look at, such as \
            names that nobody knows.
              elves sandbox import /usr/share/containers/seccomp.json --kernel 6.1 --to containers.json
            """)

    @Argument(help: "The profile, such as seccomp.json of a container engine.")
    var file: String
    @Option(help: "\(SeccompArchitecture.allCases.map(\.rawValue).joined(separator: " or ")); this machine when left out.")
    var arch: String?
    @Option(help: "The kernel it is for, such as 6.1; this one when left out.")
    var kernel: String?
    @Option(
        name: .customLong("cap"),
        help: "A capability that its processes hold, such as CAP_CHOWN; repeatable. Workers hold none.")
    var capabilities: [String] = []
    @Option(help: "The file to write it to; printed when left out.")
    var to: String?
    @Flag(help: "Exit with 1, and write nothing, if there is a warning.")
    var failOnWarning = false

    func run() throws {
        let host = SeccompImport.Host(
            architecture: try SandboxExplainCommand.architecture(arch), capabilities: try checkedCapabilities(),
            kernel: try kernelVersion())
        let resolved: SeccompImport
        do {
            resolved = try SeccompImport.resolve(
                readFile(file, limit: SeccompProfile.sizeLimit), file: URL(filePath: file).lastPathComponent, for: host)
        } catch { throw CommandFailure(.badInput, "\(error)") }
        for note in resolved.notes { printError("\(note.isWarning ? "warning" : "note"): \(note)") }
        if failOnWarning, resolved.notes.contains(where: \.isWarning) { throw ExitCode(Exit.refused.rawValue) }
        guard let to else { return printLine(String(decoding: resolved.json, as: UTF8.self)) }
        do { try Data(resolved.json).write(to: URL(filePath: to)) } catch {
            throw CommandFailure(.failed, "\(to) cannot be written: \(error.localizedDescription)")
        }
    }

    private func kernelVersion() throws -> KernelVersion {
        guard let kernel else {
            let own = ProcessInfo.processInfo.operatingSystemVersion
            return KernelVersion(own.majorVersion, own.minorVersion)
        }
        guard let version = KernelVersion(kernel) else {
            throw CommandFailure(.usage, "--kernel is \"\(kernel)\", must begin with two numbers such as 6.1")
        }
        return version
    }

    /// A name that no rule could mean would silently leave rules out.
    private func checkedCapabilities() throws -> Set<String> {
        for name in capabilities where !name.hasPrefix("CAP_") || name.contains(where: { !$0.isUppercase && $0 != "_" }) {
            throw CommandFailure(.usage, "--cap is \"\(name)\", must be a capability's name such as CAP_SYS_CHROOT")
        }
        return Set(capabilities)
    }
}
