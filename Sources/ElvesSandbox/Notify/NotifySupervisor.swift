package import ElvesModel

/// Answers for the kernel when a worker makes a system call that its filter does not allow: records it, then refuses it.
///
/// One for a whole process, with one thread for all workers: a worker that floods it gets one answer a round, like everybody
/// else. It never lets a call pass, except where somebody only watches (`record`). When it goes, all its workers' refused calls
/// fail with ENOSYS: they stay refused, but nobody is told.
package final class NotifySupervisor: Sendable {
    private let loop: NotifyLoop

    /// - Parameter now: What violations are dated with.
    package init(now: @escaping @Sendable () -> Timestamp = Clocks.systemWall) throws(NotifyError) {
        loop = try NotifyLoop(now: now)
        try loop.start()
    }

    deinit { loop.stop() }

    /// Answers for one worker, until it and all its children are gone.
    ///
    /// - Parameters:
    ///   - socket: The host's end of the socket that the launcher sends the worker's listener over; closed by the supervisor,
    ///     whatever happens.
    ///   - log: Has an attempt before the worker learns that it failed.
    ///   - rule: What ends the worker.
    ///   - tripped: Told once, on the supervisor's thread, so it must not wait: kill the worker. It gets no answer any more.
    package func watch(
        socket: Int32, log: ViolationLog, rule: ViolationRule, tripped: @escaping @Sendable () -> Void
    ) throws(NotifyError) {
        try loop.add(socket, .refuse(log, rule, tripped: tripped))
    }

    /// Tells each call and lets it pass, to learn what a program needs. No protection, whatever `record` answers: the kernel reads
    /// the arguments again after the answer, when another thread may have changed them.
    ///
    /// - Parameters:
    ///   - socket: As above. The filter must allow the exec itself, which comes before there is a listener.
    ///   - record: Told each call on the supervisor's thread, before it is carried out; with an error number the call fails instead.
    package func record(socket: Int32, _ record: @escaping @Sendable (NotifiedCall) -> UInt16?) throws(NotifyError) {
        try loop.add(socket, .pass(record))
    }
}

/// One system call that a recorded program is about to make.
package struct NotifiedCall: Sendable, Hashable {
    package let number: Int32
    /// Nil if it has no name here.
    package let name: String?
    /// As the kernel got them; pointers are not followed.
    package let arguments: [UInt64]
    /// The thread, as the host sees it.
    package let thread: Int32
}
