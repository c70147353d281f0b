import ElvesJSON
import ElvesModel
import Foundation

/// What an agent tells of its host.
enum HostFacts {
    /// A flat object: `hostname`, `kernel`, `cpus`, `memory_bytes`, `agent_version`. What cannot be read is left out.
    static func collect() -> RawJSON {
        let process = ProcessInfo.processInfo
        return .object { members in
            members.add("hostname", process.hostName)
            members.add("os", process.operatingSystemVersionString)
            members.add("kernel", ifPresent: kernel)
            members.add("cpus", process.processorCount)
            members.add("memory_bytes", process.physicalMemory)
            members.add("agent_version", ElvesVersion.current)
        }
    }

    private static var kernel: String? {
        guard let text = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8) else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
