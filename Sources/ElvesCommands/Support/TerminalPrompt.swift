import Foundation

/// Asks the person at the terminal, whatever standard input and output are.
enum TerminalPrompt {
    /// Asks for a line that is not shown while it is typed.
    ///
    /// - Returns: Nil without a terminal.
    /// - Throws: `CommandFailure` if the person gives up with Control-C or Control-D.
    static func secret(_ question: String) throws -> String? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        var shown = termios()
        guard tcgetattr(terminal, &shown) == 0 else { return nil }
        // Signals off as well: an interrupt would otherwise leave the terminal without an echo.
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(terminal, TCSAFLUSH, &hidden) == 0 else { return nil }
        defer { tcsetattr(terminal, TCSAFLUSH, &shown) }
        say("\(question): ", to: terminal)
        defer { say("\n", to: terminal) }
        return try line(from: terminal)
    }

    private static func line(from terminal: Int32) throws -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(terminal, &byte, 1) == 1 {
            switch byte {
            case 0x0A, 0x0D: return String(decoding: bytes, as: UTF8.self)
            case 0x03, 0x04: throw CommandFailure(.refused, "given up")
            case 0x08, 0x7F:
                // A character of UTF-8 is taken back whole.
                while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
            case 0x15: bytes = []
            default: if bytes.count < 1024 { bytes.append(byte) }
            }
        }
        throw CommandFailure(.refused, "the terminal was closed before a passphrase was given")
    }

    private static func say(_ text: String, to terminal: Int32) {
        let bytes = Array(text.utf8)
        _ = write(terminal, bytes, bytes.count)
    }
}
