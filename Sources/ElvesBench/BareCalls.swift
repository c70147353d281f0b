import ElvesProtocol
import Foundation
import Synchronization

/// One call, made again and again by blocking threads, each with a bare worker of its own.
struct BareCalls {
    let command: BareCommand
    let hello: WorkerHello
    let call: WorkerCall

    /// Calls of workers that are kept; each has served some before.
    func keeping(_ count: Int, callers: Int) throws -> Latencies {
        let line = HostMessage.call(call).line
        let workers = try (0..<callers).map { _ in LentWorker(try BareWorker(command, hello: hello)) }
        for worker in workers { try worker.worker.withLock { for _ in 0..<10 { try $0.call(line) } } }
        let results = Results()
        let group = DispatchGroup()
        let start = ContinuousClock.now
        for worker in workers {
            group.enter()
            let thread = Thread {
                results.add(
                    Result { try worker.worker.withLock { kept in try times(count / callers) { try kept.call(line) } } })
                group.leave()
            }
            thread.start()
        }
        group.wait()
        let wall = ContinuousClock.now - start
        for worker in workers { try worker.worker.withLock { try $0.end() } }
        return Latencies(try results.all(), wall: wall)
    }

    /// Calls of which each starts a worker. As in an agent, the end of the one before may take its time meanwhile.
    func starting(_ count: Int) throws -> Latencies {
        let line = HostMessage.call(call).line
        var before: BareWorker?
        defer { withExtendedLifetime(before) {} }
        return try measure(count) {
            let worker = try BareWorker(command, hello: hello)
            try worker.call(line)
            try worker.end()
            before = worker
        }
    }
}

/// A worker on its way to the thread that calls it.
private final class LentWorker: Sendable {
    let worker: Mutex<BareWorker>

    init(_ worker: sending BareWorker) { self.worker = Mutex(worker) }
}
