import Foundation
import ServiceLifecycle

/// Keeps a second agent away from the same data; held until the process ends, however it ends.
final class AgentLock: Service {
    private let descriptor: Int32

    init(folder: String) throws {
        descriptor = open(folder + "/agent.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AgentError.folderNotWritable(folder) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw AgentError.inUse(folder)
        }
    }

    deinit { close(descriptor) }

    func run() async throws { try? await gracefulShutdown() }
}
