import ElvesFiles
package import ElvesModel
import Glibc

/// The kernel's log, where this process may read it.
package enum KernelLog {
    /// How long a record may take to get into the log: the kernel writes it some time after the process has ended.
    private static let patience = Duration.milliseconds(200)
    /// Records carry the time of the kernel's last tick.
    private static let tick: Int64 = 10_000

    /// The call by which the filter ended a worker that began at `start` and has ended, as far as it can be told.
    ///
    /// Blocks: some milliseconds for all that the log still has, and where no record is there, for `patience`.
    ///
    /// - Parameters:
    ///   - user: Nil for the user of this process.
    ///   - process: The worker's, as this process sees it.
    package static func fatalCall(of user: UInt32?, process: Int32?, from start: Timestamp) -> FatalCall {
        // What is read at this path is the log from its beginning, a record at a time.
        let descriptor = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let help = "run the agent as root, or with CAP_SYSLOG"
            return .untold(why: "the kernel's log cannot be read: \(errnoText(errno)); \(help)")
        }
        defer { close(descriptor) }
        let begin = Timestamp(microseconds: start.microseconds - tick)
        let deadline = ContinuousClock.now + patience
        var records: [AuditRecord] = []
        while true {
            records += newRecords(descriptor, until: deadline)
            let found = AuditRecord.fatalCall(
                in: records, of: user ?? geteuid(), process: process, from: begin, to: Clocks.systemWall())
            if let found { return found }
            let left = deadline - ContinuousClock.now
            guard left > .zero else {
                return .untold(why: "the kernel's log has no record of it, as where an audit service takes them")
            }
            var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            poll(&wait, 1, Int32(left / .milliseconds(1)) + 1)
        }
    }

    /// What the log has and was not read yet.
    private static func newRecords(_ descriptor: Int32, until deadline: ContinuousClock.Instant) -> [AuditRecord] {
        var records: [AuditRecord] = []
        var buffer = [UInt8](repeating: 0, count: 8 << 10)
        repeat {
            let count = read(descriptor, &buffer, buffer.count)
            // Overwritten before it was read, or longer than any that matters.
            if count < 0, errno == EPIPE || errno == EINVAL || errno == EINTR { continue }
            guard count > 0 else { break }
            if let record = AuditRecord(kernelLog: String(decoding: buffer[..<count], as: UTF8.self)) { records.append(record) }
        } while ContinuousClock.now < deadline
        return records
    }
}
