import NIOCore

/// Runs tasks on an event loop, so that a request is read, decided and sent on one thread.
///
/// A hop between threads costs more here than all the work of a small request. What blocks (files, the database) has threads
/// of its own.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
