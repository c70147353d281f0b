import ArgumentParser
import ElvesJSON
import ElvesPolicy
import ElvesSeccomp

struct SandboxExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what a policy means: all of it, or for one system call, and which line says so.",
        discussion: """
            For a call, the answer names what the worker sees, and the file and line of the rule that decides:
              elves sandbox explain python --syscall socket --arg0 2
            """)

    @Argument(help: "The name of a built-in policy, or a file.")
    var policy: String
    @Option(help: "A system call, by name or number.")
    var syscall: String?
    @Option(help: "What the call has as its first argument, decimal or with 0x.") var arg0: String?
    @Option(help: "The second.") var arg1: String?
    @Option(help: "The third.") var arg2: String?
    @Option(help: "The fourth.") var arg3: String?
    @Option(help: "The fifth.") var arg4: String?
    @Option(help: "The sixth.") var arg5: String?
    @Option(help: "\(SeccompArchitecture.allCases.map(\.rawValue).joined(separator: " or ")); this machine when left out.")
    var arch: String?
    @Flag(help: "A line for every number from 0 to 1023, with arguments that are all 0.")
    var all = false
    @OptionGroup var output: JSONOption

    func run() throws {
        let document = try PolicySource(name: policy).document()
        if all { return try printTable(of: document) }
        guard let syscall else {
            guard [arg0, arg1, arg2, arg3, arg4, arg5].allSatisfy({ $0 == nil }) else {
                throw CommandFailure(.usage, "arguments belong to a call: name it with --syscall")
            }
            let explanation = PolicyExplanation(document)
            if output.json { printJSON(explanation.json) } else { printLine(explanation.text) }
            return
        }
        let architecture = try Self.architecture(arch)
        let explanation = CallExplanation(try call(syscall, architecture), in: document, on: architecture)
        if output.json { printJSON(explanation.json) } else { printLine(explanation.text) }
    }

    private func printTable(of document: PolicyDocument) throws {
        guard syscall == nil else { throw CommandFailure(.usage, "give --all or --syscall, not both") }
        let table = CallExplanation.table(document, on: try Self.architecture(arch))
        if output.json { return printJSON(.array(table.map(\.json))) }
        ElvesCommands.printTable(["NUMBER", "CALL", "RESULT"], table.map { ["\($0.call.number)", $0.name, $0.effect] })
    }

    /// The machine that `--arch` names; this one without it.
    static func architecture(_ name: String?) throws -> SeccompArchitecture {
        guard let found = name.map({ SeccompArchitecture(rawValue: $0) }) ?? SeccompArchitecture.native else {
            let known = SeccompArchitecture.allCases.map(\.rawValue).joined(separator: " or ")
            throw CommandFailure(.usage, "there are tables for \(known): choose one with --arch")
        }
        return found
    }

    private func call(_ text: String, _ architecture: SeccompArchitecture) throws -> SystemCall {
        let arguments = try [arg0, arg1, arg2, arg3, arg4, arg5].map { try $0.map(number) ?? 0 }
        if let number = UInt32(text) { return SystemCall(number, arguments) }
        guard let call = SystemCall(named: text, on: architecture, arguments) else {
            throw CommandFailure(.badInput, "\(architecture) has no system call \"\(text)\"")
        }
        return call
    }

    /// Negative numbers stand for what a register holds then.
    private func number(_ text: String) throws -> UInt64 {
        let number =
            text.hasPrefix("0x")
            ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text) ?? Int64(text).map { UInt64(bitPattern: $0) }
        guard let number else {
            throw CommandFailure(
                .usage, "\"\(text)\" is no argument of a call: a number of at most 64 bits, such as 21 or 0x15")
        }
        return number
    }
}
