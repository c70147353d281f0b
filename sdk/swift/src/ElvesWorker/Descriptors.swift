import Glibc
import Synchronization

/// The two private descriptors of the protocol, and what protects them.
package enum Descriptors {
    /// Kept free for what the host may pass, such as secrets on 3.
    private static let firstPrivate: Int32 = 10

    /// Whether this is a process that the app forked: it prints, but it does not speak for the worker.
    static let isChild = Atomic(false)
    private static let claimedReader = Atomic<Int32>(-1)
    private static let claimedWriter = Atomic<Int32>(-1)

    /// Moves the protocol away from descriptors 0 and 1 and returns where it is now.
    ///
    /// Afterwards 0 is empty and 1 leads to standard error, for Swift, for C libraries and for programs the app starts:
    /// whatever they print is a log line. The private ones are closed in programs started later.
    static func claim() -> (reader: Int32, writer: Int32) {
        let reader = fcntl(0, F_DUPFD_CLOEXEC, firstPrivate)
        let writer = fcntl(1, F_DUPFD_CLOEXEC, firstPrivate)
        guard reader >= 0, writer >= 0 else { giveUp("descriptors 0 and 1 are not open") }
        for descriptor in [reader, writer] {
            let flags = fcntl(descriptor, F_GETFL)
            if flags & O_NONBLOCK != 0 { _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) }
        }
        replaceInput()
        dup2(2, 1)
        // A handler, unlike SIG_IGN, is not inherited by programs that the app starts.
        signal(SIGPIPE) { _ in }
        claimedReader.store(reader, ordering: .relaxed)
        claimedWriter.store(writer, ordering: .relaxed)
        pthread_atfork(nil, nil) {
            Descriptors.isChild.store(true, ordering: .relaxed)
            close(Descriptors.claimedReader.load(ordering: .relaxed))
            close(Descriptors.claimedWriter.load(ordering: .relaxed))
        }
        return (reader, writer)
    }

    private static func replaceInput() {
        var empty = open("/dev/null", O_RDONLY)
        if empty < 0 {  // a sandbox without devices
            var ends: [Int32] = [-1, -1]
            pipe(&ends)
            close(ends[1])
            empty = ends[0]
        }
        dup2(empty, 0)
        close(empty)
    }

    /// Writes all bytes, or ends the process: there is nobody left to answer.
    static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                giveUp(reason())
            }
        }
    }

    /// Reads what has come into the buffer, waiting for it, and returns how much; 0 at the end of input.
    static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> Int {
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { giveUp(reason()) }
        }
    }

    /// Whether a read would not wait.
    static func hasInput(_ descriptor: Int32) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) > 0
    }

    /// Reads a descriptor to its end and closes it; nil when it cannot be read or holds more than `limit` bytes.
    static func drain(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        defer { close(descriptor) }
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while all.count <= limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return all }
            if count > 0 {
                all.append(contentsOf: chunk[..<count])
            } else if errno != EINTR {
                return nil
            }
        }
        return nil
    }

    /// Sends out what the app has printed.
    static func flush() {
        fflush(nil)
    }

    /// Writes a line on standard error.
    static func complain(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }

    private static func reason() -> String { String(cString: strerror(errno)) }

    private static func giveUp(_ reason: String) -> Never {
        flush()
        complain("the worker has lost its host: \(reason)")
        _exit(ExitCode.hostGone.rawValue)
    }
}

/// How a worker ends, from sysexits.h.
package enum ExitCode: Int32 {
    /// `bye`, or the end of input.
    case done = 0
    /// A line from the host was refused.
    case refused = 65
    /// The app cannot be loaded.
    case notLoaded = 70
    /// The host has gone.
    case hostGone = 74
}
