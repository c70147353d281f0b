import Foundation
import Synchronization

/// How a process ended.
package enum ProcessEnding: Equatable, Sendable {
    case exited(Int32)
    case signaled(Int32)
}

/// A child process whose output goes to files, reaped the moment it ends.
package final class SpawnedProcess: Sendable {
    package let id: Int32
    private let outputFile: String
    private let errorFile: String
    private let ending = Mutex<ProcessEnding?>(nil)
    /// One end of a pair whose other end is closed once the process was reaped.
    private let ended: Int32

    /// - Parameter files: Where its standard output and error go: this path with `.out` and `.err`.
    package init(_ program: String, _ arguments: [String], environment: [String: String], files: String) throws {
        outputFile = files + ".out"
        errorFile = files + ".err"
        id = try spawn(program, arguments, environment, output: outputFile, error: errorFile)
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw POSIXError(.EMFILE) }
        ended = ends[0]
        let told = ends[1]
        Thread.detachNewThread { [self] in
            reap()
            close(told)
        }
    }

    deinit { close(ended) }

    package var output: String { text(of: outputFile) }
    package var errors: String { text(of: errorFile) }
    package var isRunning: Bool { ending.withLock { $0 == nil } }

    /// Sends a signal, unless the process has ended.
    package func send(_ signal: Int32) {
        ending.withLock { ending in if ending == nil { kill(id, signal) } }
    }

    /// - Throws: `NeverCame` if the process does not end in time.
    package func end(within limit: Duration) async throws -> ProcessEnding {
        let milliseconds = Int32(limit / .milliseconds(1))
        let ended = ended
        let isOver = try await onOwnThread {
            var waiting = pollfd(fd: ended, events: Int16(POLLIN), revents: 0)
            return poll(&waiting, 1, milliseconds) == 1
        }
        guard isOver, let ending = ending.withLock({ $0 }) else {
            throw NeverCame(description: "process \(id) has not ended within \(limit); its errors: \(errors.suffix(2000))")
        }
        return ending
    }

    /// Ends the process, whatever it does.
    package func kill() async {
        send(SIGKILL)
        _ = try? await end(within: .seconds(10))
    }

    private func kill(_ id: Int32, _ signal: Int32) { _ = Glibc.kill(id, signal) }

    /// Waits until the process has ended. The id stays taken until it is noted here that it is free, so that no signal can
    /// reach another process that got the same one.
    private func reap() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        ending.withLock { ending in
            var status: Int32 = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            ending = status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signaled(status & 0x7F)
        }
    }
}

/// Starts a program with an empty standard input and no signal blocked or ignored.
private func spawn(
    _ program: String, _ arguments: [String], _ environment: [String: String], output: String, error: String
) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, error, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

    var process: Int32 = 0
    let code = withCStrings([program] + arguments) { arguments in
        withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
            posix_spawn(&process, program, &actions, &attributes, arguments, environment)
        }
    }
    guard code == 0 else { throw NotStarted(description: "cannot start \(program): \(String(cString: strerror(code)))") }
    return process
}

/// A program could not be started.
package struct NotStarted: Error, CustomStringConvertible {
    package let description: String
}

private func withCStrings<T>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> T) -> T {
    let pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
