import ArgumentParser
import ElvesIntake
import ElvesModel
import Foundation

struct ElvesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "elves",
        abstract: "Runs your apps on your hosts: confined, verified, and without losing a result.",
        discussion: "Start with `elves dev --app DIR`: a center, an agent and your app in one process.",
        version: ElvesVersion.current,
        groupedSubcommands: [
            CommandGroup(name: "Try", subcommands: [DevCommand.self, CallCommand.self, DoctorCommand.self]),
            CommandGroup(
                name: "Apps",
                subcommands: [AppCommand.self, RepoCommand.self, RunCommand.self, TasksCommand.self, CronCommand.self]),
            CommandGroup(
                name: "Operate",
                subcommands: [
                    CenterCommand.self, AgentCommand.self, AgentsCommand.self, TargetCommand.self, ApplyCommand.self,
                    TokenCommand.self,
                    KeyCommand.self, ProcessorCommand.self,
                ]),
            CommandGroup(name: "Secure", subcommands: [SandboxCommand.self]),
            CommandGroup(name: "Measure", subcommands: [BenchCommand.self, TUFClientCommand.self]),
            CommandGroup(name: "About", subcommands: [VersionCommand.self]),
        ])
}

/// Not a command for people: this program as the confined reader of an archive, before it does anything else. Does not return
/// if that is what was asked for.
public func runConfinedReader() {
    guard CommandLine.arguments.dropFirst().first == IntakeChild.command else { return }
    exit(IntakeChild.run(Array(CommandLine.arguments.dropFirst(2))))
}

/// The whole program: reads the arguments, runs the command, prints a failure and chooses the exit code, by which it ends the process.
public func runElves() async {
    // A worker that closes its input must not end its agent.
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    do {
        var command = try parse(Array(CommandLine.arguments.dropFirst()))
        if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
        exit(0)
    } catch let error as CommandFailure {
        printError("elves: \(error.text)")
        exit(error.code.rawValue)
    } catch let error where ElvesCommand.exitCode(for: error) == .failure && !(error is ExitCode) {
        let failure = CommandFailure(error)
        printError("elves: \(failure.text)")
        exit(failure.code.rawValue)
    } catch {
        ElvesCommand.exit(withError: error)
    }
}

/// The hidden option by which a command that is told an app explains that app's functions.
let explainFlag = "explain-functions"

/// Reads the arguments. `--help` ends the reading wherever it stands, so beside an app it becomes an option of ours; where the
/// command then lacks what it needs, the plain help is meant.
private func parse(_ arguments: [String]) throws -> any ParsableCommand {
    let words = arguments.prefix { $0 != "--" }
    if ["run", "call"].contains(words.first), let place = words.firstIndex(where: { $0 == "--help" || $0 == "-h" }) {
        var ours = arguments
        ours[place] = "--" + explainFlag
        if let command = try? ElvesCommand.parseAsRoot(ours) { return command }
    }
    return try ElvesCommand.parseAsRoot(arguments)
}

/// Takes as many descriptors as the system allows: every link, request and worker needs some.
private func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // What is not allowed stays as it is.
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
