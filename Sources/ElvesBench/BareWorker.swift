import CElvesSystem
import ElvesApps
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesProtocol
import ElvesSandbox
import Foundation

/// How the workers of an app are started without a sandbox: the same program, arguments, folder and environment.
struct BareCommand {
    let words: [String]
    let environment: [String]
    let folder: String

    init(_ app: InstalledApp, policy: Policy) throws {
        func placed(_ word: String) -> String {
            if word == Policy.Runtime.entry { return app.entryPath }
            let inside = SandboxPlan.appTarget + "/"
            return word.hasPrefix(inside) ? "\(app.folder)/\(word.dropFirst(inside.count))" : word
        }
        let interpreters = policy.runtime.interpreters.map(placed)
        guard let program = interpreters.first(where: { access($0, X_OK) == 0 }) else {
            throw BenchError("there is no \(interpreters.joined(separator: " and no ")) here")
        }
        words = [program] + policy.runtime.arguments.map(placed)
        environment = policy.environment.map { "\($0.name)=\($0.value)" }
        folder = app.folder
    }
}

/// The floor of a worker: its process without a sandbox, spoken to over two bare pipes by a parent that blocks.
final class BareWorker {
    private let process: pid_t
    private let input: Int32
    private let output: Int32
    private let pipe: LinePipe
    /// The first answer, which was looked at closely; the same call has the same answer.
    private var expected: [UInt8] = []

    /// Starts the worker and says hello; what it answers is read by the first call.
    init(_ command: BareCommand, hello: WorkerHello) throws {
        var down: [Int32] = [-1, -1]
        var up: [Int32] = [-1, -1]
        guard elves_pipe(&down) == 0, elves_pipe(&up) == 0 else { throw BenchError("there are no pipes left") }
        (input, output) = (down[1], up[0])
        pipe = LinePipe(input: output, output: input)
        defer {
            close(down[0])
            close(up[1])
        }
        process = try Self.spawn(command, input: down[0], output: up[1])
        try pipe.write(HostMessage.hello(hello).line)
    }

    deinit {
        close(input)
        close(output)
        _ = try? reap(process)
    }

    /// Makes the call that this line is, the same each time.
    ///
    /// - Throws: `BenchError` if the answer is not flag true.
    func call(_ line: [UInt8]) throws {
        try pipe.write(line)
        let answer = try pipe.readLine { $0.starts(with: Self.result) }
        if answer == expected { return }
        guard expected.isEmpty, case .result(_, true, _, _) = try WorkerMessage(line: answer, limits: JSONLimits()) else {
            throw BenchError("the bare worker answered \(String(decoding: answer, as: UTF8.self))")
        }
        expected = answer
    }

    /// Asks it to end; what is left of it goes with this object.
    func end() throws { try pipe.write(HostMessage.bye.line) }

    private static let result = Array("{\"type\":\"result\"".utf8)

    private static func spawn(_ command: BareCommand, input: Int32, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = command.words.map { strdup($0) } + [nil]
        var environment = command.environment.map { strdup($0) } + [nil]
        defer { for copy in arguments + environment { free(copy) } }
        var process = pid_t()
        // There is no way to give the folder along that Swift could reach; nothing else is started meanwhile.
        let here = FileManager.default.currentDirectoryPath
        guard chdir(command.folder) == 0 else { throw BenchError("\(command.folder) cannot be entered: errno \(errno)") }
        defer { _ = chdir(here) }
        let result = posix_spawn(&process, command.words[0], &actions, nil, &arguments, &environment)
        guard result == 0 else { throw BenchError("\(command.words[0]) could not be started: errno \(result)") }
        return process
    }
}
