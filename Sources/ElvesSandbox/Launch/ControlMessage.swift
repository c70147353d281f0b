/// What the launcher tells over the control socket, a line each.
///
/// First comes `started` or `failed`; after `started`, at the end, exactly one of `exited` and `signaled`. A sandbox that was
/// killed before it started says only the latter.
package enum ControlMessage: Sendable, Equatable {
    /// The worker runs; the number is its process id as the host sees it.
    case started(process: Int32)
    /// A layer could not be set up and nothing was run; `errno` is 0 where no system call is to blame.
    case failed(layer: String, errno: Int32, reason: String)
    case exited(code: Int32)
    case signaled(Int32)

    /// Reads one line, without its line feed.
    ///
    /// - Throws: `ControlMessageError` for everything else: launcher and host are then of different builds.
    package init(_ line: String) throws(ControlMessageError) {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        switch (words.first, words.count) {
        case ("started", 2):
            guard let process = number(words[1]), process > 0 else { throw ControlMessageError(line: line) }
            self = .started(process: process)
        case ("exited", 2):
            guard let code = number(words[1]), code <= 255 else { throw ControlMessageError(line: line) }
            self = .exited(code: code)
        case ("signaled", 2):
            guard let signal = number(words[1]), (1...64).contains(signal) else { throw ControlMessageError(line: line) }
            self = .signaled(signal)
        case ("failed", 4):
            guard !words[1].isEmpty, let errno = number(words[2]) else { throw ControlMessageError(line: line) }
            self = .failed(layer: words[1], errno: errno, reason: words[3])
        default:
            throw ControlMessageError(line: line)
        }
    }
}

/// Decimal digits only, unlike `Int32(_:)`, which takes a sign.
private func number(_ text: String) -> Int32? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int32(text) : nil
}

/// A line that no launcher of this build says.
package struct ControlMessageError: Error, Equatable, CustomStringConvertible {
    /// At most 200 characters of it.
    package let line: String

    init(line: String) { self.line = String(line.prefix(200)) }

    package var description: String {
        "\"\(line)\" is no message of elves-sandbox: install the launcher of the same build as the host"
    }
}

/// What the host tells the launcher, a byte each. Closing the socket is `kill` too.
package enum ControlCommand: UInt8, Sendable {
    /// Ends the worker and all its children at once.
    case kill = 0x6B
    /// Asks the worker to end, by SIGTERM.
    case terminate = 0x74
}
