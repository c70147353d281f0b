import ElvesLink
import ElvesModel
import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

extension Timers {
    /// Timers of an event loop.
    static func eventLoop(_ loop: any EventLoop) -> Timers {
        Timers { delay, fire in
            let scheduled = loop.scheduleTask(in: TimeAmount(delay), fire)
            return { scheduled.cancel() }
        }
    }
}

extension Logger {
    /// For libraries: what they say at `info` is of no use to an operator.
    var quiet: Logger {
        var log = self
        log.logLevel = max(log.logLevel, .warning)
        return log
    }
}

/// Says which option is to blame when an address cannot be listened on.
func naming<T>(_ option: String, _ endpoint: Endpoint, _ listen: () async throws -> T) async throws -> T {
    do { return try await listen() } catch let error as IOError {
        let cause = String(cString: strerror(error.errnoCode))
        throw ConfigurationError(
            "\(option) \(endpoint) cannot be listened on: \(cause); stop what listens there, or choose another address")
    }
}

/// A server whose failure names its option.
struct NamedServer: Service {
    let option: String
    let endpoint: Endpoint
    let server: any Service

    func run() async throws { try await naming(option, endpoint) { try await server.run() } }
}

/// Stops taking links when the center stops.
struct LinkServerService: Service {
    let server: LinkServer

    func run() async throws {
        try? await gracefulShutdown()
        await server.stop()
    }
}

/// The center's local socket, for the commands of administrators on the same machine.
struct AdminSocket {
    static let name = "admin.sock"
    let path: String

    /// Removes the socket of an earlier run.
    init(folder: URL) throws {
        path = folder.appending(path: Self.name).path(percentEncoded: false)
        guard path.utf8.count <= 107 else {
            throw ConfigurationError(
                "the data folder's path is too long for a local socket (\(path.utf8.count) of 107 bytes): choose a shorter --data"
            )
        }
        unlink(path)
    }

    /// The folder already keeps others out; the socket's own mode says so too.
    func restrict() { chmod(path, 0o600) }
}

/// Calls `ready` when all servers listen.
final class ReadyGate: Sendable {
    private let state: Mutex<(missing: Int, port: Int)>
    private let ready: @Sendable (Int) async -> Void

    init(parts: Int, ready: @escaping @Sendable (Int) async -> Void) {
        state = Mutex((parts, 0))
        self.ready = ready
    }

    /// - Parameter port: Of the front, if it is that which listens now.
    func arrived(port: Int?) async {
        let frontPort = state.withLock { state -> Int? in
            state.missing -= 1
            if let port { state.port = port }
            return state.missing == 0 ? state.port : nil
        }
        if let frontPort { await ready(frontPort) }
    }
}
