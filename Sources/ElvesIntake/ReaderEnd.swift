import CElvesSystem
import ElvesSandbox
import Glibc

/// Waits for a confined process to the end of it, whatever it does, and for no longer than it has.
struct ReaderEnd {
    /// All that it said, if it ended well and in time.
    let answer: [UInt8]?
    /// What became of it.
    let reason: String

    /// Blocks until the process and everything in its sandbox is gone.
    init(_ reader: LaunchedProcess, seconds: Int64, answerLimit: Int) {
        let deadline = Self.milliseconds() + seconds * 1000
        let said = Self.read(reader.standardOutput, until: deadline, limit: answerLimit)
        let lines = said == nil ? nil : Self.read(reader.control, until: deadline, limit: 4096)
        // Closing the control socket ends the sandbox and all in it, if that is still there.
        var text = [UInt8](repeating: 0, count: 512)
        let count = lines == nil ? 0 : max(0, elves_read(reader.standardError, &text, text.count, 0))
        reader.closeDescriptors()
        _ = try? reader.reap()

        let last = lines.map { String(decoding: $0, as: UTF8.self) }?.split(separator: "\n").last.map(String.init)
        let end = last.flatMap { try? ControlMessage($0) }
        let note = String(decoding: text[..<count], as: UTF8.self).split(separator: "\n").first.map { "; it said: \($0)" } ?? ""
        switch end {
        case .exited(code: 0):
            answer = said
            reason = "it ended well" + note
        case .exited(let code):
            answer = nil
            reason = "its reader ended with exit code \(code)" + note
        case .signaled(SIGXCPU), .signaled(SIGKILL):
            answer = nil
            reason = "its reader took more than \(seconds) s of processor time or was killed" + note
        case .signaled(let signal):
            answer = nil
            reason = "its reader died of signal \(signal)" + note
        case .failed(let layer, _, let text):
            answer = nil
            reason = "no sandbox for its reader, layer \(layer): \(text); elves doctor tells more"
        case .started, nil:
            answer = nil
            reason = "its reader took more than \(seconds) s or said more than \(answerLimit) bytes"
        }
    }

    /// Everything up to the end of the file; nil if that does not come in time or within the limit.
    private static func read(_ descriptor: Int32, until deadline: Int64, limit: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = elves_read(descriptor, &part, part.count, Int32(max(0, deadline - milliseconds())))
            guard count >= 0 else { return nil }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else { return nil }
            bytes.append(contentsOf: part[..<count])
        }
    }

    private static func milliseconds() -> Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }
}
