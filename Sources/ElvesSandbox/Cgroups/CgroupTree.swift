import CElvesSystem
import Glibc
import Synchronization

/// The groups of one agent: where the groups of its workers are made, in each hierarchy that has something to give.
///
/// In each hierarchy the agent's own group gets a folder for all agents (`elves`), and that one a folder for this process
/// (`agent-…`), which is locked as long as the process lives. So another agent can tell what a dead one left (`sweep`), whatever
/// namespace either is in.
package final class CgroupTree: Sendable {
    /// What workers do without here, and why. Empty on a host that has everything.
    package let problems: [CgroupProblem]
    let bases: [Base]
    let folders: CgroupFolders
    private let lastGroup = Mutex(0)

    /// This process's folder in one hierarchy.
    struct Base: Sendable {
        let version: CgroupHierarchy.Version
        /// What its groups can do.
        let duties: Set<CgroupDuty>
        /// Version 1: whether it also counts processor time.
        let countsTime: Bool
        let folder: HeldFolder
    }

    /// Finds what is there and makes this process's folders.
    ///
    /// Blocks for about a millisecond. In version 2 a group that hands limits on may have no process itself: an agent that is
    /// alone in its group moves into a child of it, as systemd's `Delegate=yes` allows; one that is not makes its groups below the
    /// first group, if it may.
    /// - Parameters:
    ///   - name: The folder of all agents.
    ///   - mounts: As in `/proc/self/mountinfo`, which is read without it.
    ///   - groups: As in `/proc/self/cgroup`, which is read without it.
    package static func find(
        named name: String = "elves", mounts: String? = nil, groups: String? = nil, folders: CgroupFolders = .kernel
    ) -> CgroupTree {
        // A host with hundreds of containers has as many mounts.
        let mounts = mounts ?? CgroupFile.read("/proc/self/mountinfo", limit: 4 << 20) ?? ""
        let groups = groups ?? CgroupFile.read("/proc/self/cgroup") ?? ""
        return CgroupTree(name, CgroupHierarchy.all(mounts: mounts, groups: groups), folders)
    }

    private init(_ name: String, _ hierarchies: [CgroupHierarchy], _ folders: CgroupFolders) {
        self.folders = folders
        var problems: [CgroupDuty: CgroupProblem] = [:]
        var bases: [Base] = []
        // Unique beside others with the same number, in other namespaces.
        let instance = "agent-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
        var missing = Set(CgroupDuty.allCases)
        // A controller is in one hierarchy only; those of version 1 have theirs bound.
        for hierarchy in hierarchies.filter({ $0.version == .one }) + hierarchies.filter({ $0.version == .two }) {
            var setup = CgroupSetup(hierarchy: hierarchy, wanted: missing, name: name, instance: instance, folders: folders)
            if let base = setup.run() {
                bases.append(base)
                missing.subtract(base.duties)
            }
            for problem in setup.problems { problems[problem.duty] = problem }
        }
        self.bases = bases
        self.problems = CgroupDuty.allCases.filter(missing.contains).map {
            problems[$0] ?? CgroupProblem(duty: $0, cause: .notMounted)
        }
    }

    /// Whether workers are not limited here only because of the group that this process was started in: a service of its own, to
    /// which systemd hands its group over, would have what is missing.
    package var awaitsService: Bool {
        let lost = problems.filter { [.memory, .pids].contains($0.duty) }
        return !lost.isEmpty
            && lost.allSatisfy {
                switch $0.cause {
                case .notDelegated, .shared: true
                case .notMounted, .readOnly, .notPermitted, .hidden, .failed: false
                }
            }
    }

    /// Whether workers as a whole are limited in this.
    package func has(_ duty: CgroupDuty) -> Bool { bases.contains { $0.duties.contains(duty) } }

    /// Makes the group of one worker: a folder in each hierarchy, with its limits set. Blocks for a fraction of a millisecond.
    ///
    /// - Throws: `CgroupError`; nothing is left then.
    package func group(_ limits: GroupLimits) throws(CgroupError) -> WorkerGroup {
        let name = "worker-\(lastGroup.withLock { $0 += 1; return $0 })"
        return try WorkerGroup(name, limits, in: self)
    }

    /// Ends and removes what agents left that are no more; blocks. Returns how many groups that were.
    @discardableResult
    package func sweep() -> Int {
        var count = 0
        for base in bases {
            let home = base.folder.path.prefix(upTo: base.folder.path.lastIndex(of: "/") ?? base.folder.path.endIndex)
            for name in CgroupFile.names(in: String(home)) where name.hasPrefix("agent-") {
                let path = home + "/" + name
                guard path != base.folder.path, let left = HeldFolder(path, folders) else { continue }
                for group in CgroupFile.names(in: path) where CgroupFile.isFolder(path + "/" + group) {
                    if removeGroup(path + "/" + group, folders) == 0 { count += 1 }
                }
                // Its folder goes with the value.
                _ = left
            }
        }
        return count
    }
}

/// A folder that this process has locked. With the value goes the folder, if it is empty, and the one around it, if that is
/// empty then.
final class HeldFolder: Sendable {
    let path: String
    private let descriptor: Int32
    private let folders: CgroupFolders

    /// Nil if it is not there or another process has it.
    init?(_ path: String, _ folders: CgroupFolders) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var opened = stat(), named = stat()
        // Whoever held it before may have removed it in between.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &opened) == 0, stat(path, &named) == 0,
            opened.st_ino == named.st_ino
        else {
            close(descriptor)
            return nil
        }
        self.path = path
        self.descriptor = descriptor
        self.folders = folders
    }

    deinit {
        _ = folders.remove(path)
        _ = folders.remove(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        close(descriptor)
    }
}
