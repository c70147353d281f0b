import ElvesJSON
import Foundation

/// A process that is measured: a center or an agent of this very program.
final class Subject {
    private let process = Process()
    private let output = Pipe()
    let name: String

    /// Starts the program with `--json` and waits for its ready line.
    init(_ name: String, executable: String, arguments: [String], log: String) throws {
        self.name = name
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments + ["--json"]
        process.standardOutput = output
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process.standardError = FileHandle(forWritingAtPath: log)
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    /// The ready line.
    func ready() throws -> JSONObject {
        var line: [UInt8] = []
        while line.last != 0x0A {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { throw BenchError("the \(name) ended before it was ready") }
            line += part
        }
        return try JSONObject(parsing: line)
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// The resident memory, in bytes.
    var residentBytes: Int {
        let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    }

    /// The processor time used so far by the process and everything it started.
    var processorTime: Duration { Self.processorTime(of: process.processIdentifier, Self.parents) }

    private static func processorTime(of id: Int32, _ parents: [Int32: [Int32]]) -> Duration {
        let children = (parents[id] ?? []).map { processorTime(of: $0, parents) }
        return children.reduce(ticks(id).map { .milliseconds($0 * 10) } ?? .zero, +)
    }

    /// User and system time of one process, in hundredths of a second.
    private static func ticks(_ id: Int32) -> Int? {
        guard let fields = stat(id) else { return nil }
        return (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0)
    }

    /// The fields of `/proc/ID/stat` behind the program's name, which may hold blanks: state, parent, …
    private static func stat(_ id: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        return text[text.index(end, offsetBy: 2)...].split(separator: " ")
    }

    private static var parents: [Int32: [Int32]] {
        var parents: [Int32: [Int32]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = Int32(name), let parent = stat(id).flatMap({ Int32($0[1]) }) else { continue }
            parents[parent, default: []].append(id)
        }
        return parents
    }
}
