package import ElvesModel
import Glibc

/// The kernel's log, where this process may read it.
package enum KernelLog {
    /// The call by which the filter ended a worker of this user between these times, where it can be told; nil without the right
    /// to read the log, where an audit service takes the records, and where they do not agree.
    ///
    /// Reads all that the log still has: some milliseconds, and it blocks.
    package static func fatalCall(of user: UInt32, from start: Timestamp, to end: Timestamp) -> Violation? {
        // What is read at this path is the log from its beginning, a record at a time.
        let descriptor = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var records: [AuditRecord] = []
        var buffer = [UInt8](repeating: 0, count: 8 << 10)
        for _ in 0..<recordLimit {
            let count = read(descriptor, &buffer, buffer.count)
            // Overwritten before it was read, or longer than any that matters.
            if count < 0, errno == EPIPE || errno == EINVAL || errno == EINTR { continue }
            guard count > 0 else { break }
            if let record = AuditRecord(kernelLog: String(decoding: buffer[..<count], as: UTF8.self)) { records.append(record) }
        }
        return AuditRecord.fatalCall(in: records, of: user, from: start, to: end)
    }

    /// More than the largest ring buffer holds.
    private static let recordLimit = 1 << 20
}
