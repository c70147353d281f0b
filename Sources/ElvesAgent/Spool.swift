import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Foundation

/// The file that keeps an agent's results until the center has recorded them: carries out what `SpoolLog` decides.
///
/// A result is written before it is sent. The file survives the death of the agent, which is all it is for: a loss of the
/// host's power takes the workers' answers along anyway, so nothing waits for the disk here. Confined to the agent's loop.
final class Spool {
    private let path: String
    private var log = SpoolLog()
    private var descriptor: Int32 = -1
    /// The results found at start, oldest first.
    private(set) var recovered: [TaskReport] = []
    /// Lines that could not be read at start: at most the one that was being written when the agent died.
    private(set) var unreadable = 0

    init(path: String) throws {
        self.path = path
        let found = FileManager.default.contents(atPath: path).map { Array($0) } ?? []
        let recovery = log.recover(found) { line in (try? Self.report(line))?.task }
        unreadable = recovery.unreadable
        recovered = log.owed.compactMap { try? Self.report($0) }
        try open()
        for effect in recovery.effects { try perform(effect) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// - Parameter frame: The report as it is sent: a frame is a line of JSON.
    func keep(_ task: TaskID, frame: [UInt8]) throws {
        for effect in log.append(task, line: frame) { try perform(effect) }
    }

    func forget(_ task: TaskID) throws {
        for effect in log.acknowledge(task) { try perform(effect) }
    }

    private static func report(_ line: [UInt8]) throws -> TaskReport {
        try TaskReport(JSONObject(parsing: line, limits: JSONLimits(bytes: LinkProtocol.frameLimit, depth: 80)))
    }

    private func perform(_ effect: SpoolLog.Effect) throws {
        switch effect {
        case .append(let bytes):
            let end = lseek(descriptor, 0, SEEK_END)
            do { try write(bytes, to: descriptor) } catch {
                // Half a line would spoil the next one, which may find room again.
                _ = ftruncate(descriptor, end)
                throw error
            }
        case .truncate:
            guard ftruncate(descriptor, 0) == 0 else { throw failure("cut") }
        case .rewrite(let bytes):
            let aside = Foundation.open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard aside >= 0 else { throw failure("rewritten") }
            defer { close(aside) }
            try write(bytes, to: aside)
            guard rename(path + ".new", path) == 0 else { throw failure("rewritten") }
            try open()
        }
    }

    private func open() throws {
        if descriptor >= 0 { close(descriptor) }
        descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("opened") }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            guard count >= 0 else {
                if errno == EINTR { continue }
                throw failure("written")
            }
            rest = rest.dropFirst(count)
        }
    }

    private func failure(_ what: String) -> SpoolError {
        SpoolError(description: "the spool \(path) could not be \(what): \(String(cString: strerror(errno)))")
    }
}

struct SpoolError: Error, CustomStringConvertible {
    let description: String
}
