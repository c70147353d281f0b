import Foundation

/// A process as `/proc` shows it.
package struct ProcessEntry: Sendable, Hashable, CustomStringConvertible {
    package let id: Int32
    let parent: Int32
    /// In clock ticks since the machine started: an id with another start is another process.
    let start: UInt64
    package let name: String

    package var description: String { "\(name)(\(id))" }
}

/// The processes of this machine, now; those that have ended and wait to be reaped left out.
package struct ProcessTable: Sendable {
    package let entries: [ProcessEntry]

    package init() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        entries = names.compactMap { Int32($0) }.compactMap(Self.read)
    }

    /// All below a process, by parent, at any depth.
    package func descendants(of id: Int32) -> Set<ProcessEntry> {
        var found: Set<ProcessEntry> = []
        var ids: Set<Int32> = [id]
        while true {
            let next = entries.filter { ids.contains($0.parent) && !found.contains($0) }
            if next.isEmpty { return found }
            found.formUnion(next)
            ids = Set(next.map(\.id))
        }
    }

    /// All that have something below a folder mounted: the sandboxes of an agent's apps, whoever their parent is by now.
    package func sandboxed(below folder: String) -> Set<ProcessEntry> {
        Set(entries.filter { Self.whole("/proc/\($0.id)/mountinfo").contains(" \(folder)/") })
    }

    /// Those of `processes` that are still there.
    package func remaining(of processes: Set<ProcessEntry>) -> Set<ProcessEntry> {
        let known = Set(entries.map { [UInt64($0.id), $0.start] })
        return processes.filter { known.contains([UInt64($0.id), $0.start]) }
    }

    /// Whether a process has this as its name or its first argument.
    package func contains(marker: String) -> Bool {
        entries.contains { $0.name == marker || text(of: "/proc/\($0.id)/cmdline").hasPrefix(marker) }
    }

    /// The memory that a process has in use, in bytes.
    package static func memory(of id: Int32) -> Int {
        let line = text(of: "/proc/\(id)/status").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) * 1024
    }

    /// A file of `/proc` with all its pages: it says of itself that it is empty, and gives a page at a time.
    private static func whole(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var page = [UInt8](repeating: 0, count: 65_536)
        while case let count = Foundation.read(descriptor, &page, page.count), count > 0 { bytes += page[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// See proc_pid_stat(5). The name may hold anything, so the fields are counted from its last parenthesis on.
    private static func read(_ id: Int32) -> ProcessEntry? {
        let line = text(of: "/proc/\(id)/stat")
        guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")") else { return nil }
        let fields = line[close...].split(separator: " ")
        guard fields.count > 20, fields[1] != "Z", let parent = Int32(fields[2]), let start = UInt64(fields[20]) else {
            return nil
        }
        return ProcessEntry(id: id, parent: parent, start: start, name: String(line[line.index(after: open)..<close]))
    }
}
