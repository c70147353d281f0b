import CElvesSystem
import Glibc

/// What a worker as a whole may use, its children included. Nil leaves it to the host.
package struct GroupLimits: Sendable, Equatable {
    /// Bytes, of which none may be swapped out.
    package var memory: UInt64?
    /// The worker's own, without the one that watches over them.
    package var processes: UInt64?
    /// Processors, as in 0.5 or 2.
    package var processors: Double?

    package init(memory: UInt64? = nil, processes: UInt64? = nil, processors: Double? = nil) {
        self.memory = memory
        self.processes = processes
        self.processors = processors
    }
}

/// What a worker's group saw until now. Nil is what nobody counts on this host.
package struct GroupEnd: Sendable, Equatable {
    /// Processes that the kernel ended for want of memory.
    package var oomKills: UInt64 = 0
    /// Bytes.
    package var peakMemory: UInt64?
    /// Of all processes together.
    package var cpuMicroseconds: UInt64?
    /// How long processes waited because the group had used up its processor time.
    package var throttledMicroseconds: UInt64?
    /// Processes that could not be started because there were too many.
    package var refusedProcesses: UInt64?
    /// Processes and threads at a time, without the one that watches over them.
    package var peakProcesses: UInt64?

    package init(
        oomKills: UInt64 = 0, peakMemory: UInt64? = nil, cpuMicroseconds: UInt64? = nil,
        throttledMicroseconds: UInt64? = nil, refusedProcesses: UInt64? = nil, peakProcesses: UInt64? = nil
    ) {
        self.oomKills = oomKills
        self.peakMemory = peakMemory
        self.cpuMicroseconds = cpuMicroseconds
        self.throttledMicroseconds = throttledMicroseconds
        self.refusedProcesses = refusedProcesses
        self.peakProcesses = peakProcesses
    }
}

/// The control group of one worker: a folder in each hierarchy of its tree. Whoever made it removes it once.
package struct WorkerGroup: Sendable {
    private struct Part: Sendable {
        let path: String
        let base: CgroupTree.Base
        let oomKills: CgroupCounter
        let refusedProcesses: CgroupCounter

        init(path: String, base: CgroupTree.Base) {
            self.path = path
            self.base = base
            oomKills = CgroupCounter(
                "oom_kill", in: path + (base.version == .one ? "/memory.oom_control" : "/memory.events"))
            refusedProcesses = CgroupCounter("max", in: path + "/pids.events")
        }
    }

    private let parts: [Part]
    private let folders: CgroupFolders

    /// Of the processor's time, in microseconds: the kernel's own default.
    private static let period = 100_000.0

    init(_ name: String, _ limits: GroupLimits, in tree: CgroupTree) throws(CgroupError) {
        var made: [Part] = []
        do throws(CgroupError) {
            for base in tree.bases {
                let path = base.folder.path + "/" + name
                let error = tree.folders.make(path)
                guard error == 0 else { throw CgroupError(path: path, errno: error) }
                made.append(Part(path: path, base: base))
                try Self.set(limits, path, base, tree.folders)
            }
        } catch {
            for part in made { _ = tree.folders.remove(part.path) }
            throw error
        }
        parts = made
        folders = tree.folders
    }

    /// What the worker joins, for `Launcher.launch`.
    package var paths: [String] { parts.map(\.path) }

    private static func set(
        _ limits: GroupLimits, _ path: String, _ base: CgroupTree.Base, _ folders: CgroupFolders
    ) throws(CgroupError) {
        func write(_ name: String, _ value: String, optional: Bool = false) throws(CgroupError) {
            let file = path + "/" + name
            let error = folders.write(value, file)
            guard error == 0 || (optional && error == ENOENT) else { throw CgroupError(path: file, errno: error) }
        }
        if base.duties.contains(.memory), let memory = limits.memory {
            if base.version == .one {
                try write("memory.limit_in_bytes", "\(memory)")
                // Memory and swap together; where the kernel does not count that, it is told to swap last.
                try write("memory.memsw.limit_in_bytes", "\(memory)", optional: true)
                try write("memory.swappiness", "0", optional: true)
            } else {
                try write("memory.max", "\(memory)")
                try write("memory.swap.max", "0", optional: true)
                // Half a worker answers nobody.
                try write("memory.oom.group", "1", optional: true)
            }
        }
        if base.duties.contains(.pids), let processes = limits.processes {
            // One more: the first process of the sandbox, which is not the app's.
            try write("pids.max", "\(processes + 1)")
        }
        if base.duties.contains(.cpu), let processors = limits.processors {
            // The kernel refuses less than a millisecond, and, by itself, far too much.
            let quota = UInt64(min(max(1000, processors * period), 1e15))
            if base.version == .one {
                try write("cpu.cfs_period_us", "\(UInt64(period))")
                try write("cpu.cfs_quota_us", "\(quota)")
            } else {
                try write("cpu.max", "\(quota) \(UInt64(period))")
            }
        }
    }

    /// What was refused until now; two short reads, or nothing where nobody counts.
    package func counts() -> GroupCounts {
        var counts = GroupCounts()
        for part in parts {
            if part.base.duties.contains(.memory) { counts.oomKills = part.oomKills.value ?? 0 }
            if part.base.duties.contains(.pids) { counts.refusedProcesses = part.refusedProcesses.value ?? 0 }
        }
        return counts
    }

    /// What the group saw; complete once the worker's whole tree has gone, and before `remove`.
    package func end() -> GroupEnd {
        var end = GroupEnd()
        for part in parts {
            let file = { (name: String) in part.path + "/" + name }
            let isOne = part.base.version == .one
            if part.base.duties.contains(.memory) {
                end.oomKills = part.oomKills.value ?? 0
                end.peakMemory = CgroupFile.number(file(isOne ? "memory.max_usage_in_bytes" : "memory.peak"))
            }
            if part.base.duties.contains(.pids) {
                end.refusedProcesses = part.refusedProcesses.value
                // Linux 6.6.
                end.peakProcesses = CgroupFile.number(file("pids.peak")).map { $0 > 1 ? $0 - 1 : $0 }
            }
            if part.base.duties.contains(.cpu) {
                end.throttledMicroseconds =
                    isOne
                    ? CgroupFile.number("throttled_time", in: file("cpu.stat")).map { $0 / 1000 }
                    : CgroupFile.number("throttled_usec", in: file("cpu.stat"))
            }
            if part.base.countsTime {
                end.cpuMicroseconds =
                    isOne
                    ? CgroupFile.number(file("cpuacct.usage")).map { $0 / 1000 }
                    : CgroupFile.number("usage_usec", in: file("cpu.stat"))
            }
        }
        return end
    }

    /// Ends all processes of the group, the ones that are just being made included where version 2 is mounted, and removes its
    /// folders; blocks, for at most a second if processes are slow to go.
    ///
    /// - Throws: `CgroupError` for the first folder that stays; `CgroupTree.sweep` of a later agent gets it.
    package func remove() throws(CgroupError) {
        var failure: CgroupError?
        for part in parts {
            let error = removeGroup(part.path, folders)
            if error != 0, failure == nil { failure = CgroupError(path: part.path, errno: error) }
        }
        if let failure { throw failure }
    }
}

/// Ends what is in a group now.
private func killGroup(_ path: String, _ folders: CgroupFolders) {
    if folders.write("1", path + "/cgroup.kill") == 0 { return }
    for process in CgroupFile.processes(in: path) {
        let descriptor = elves_process_descriptor(process)
        guard descriptor >= 0 else { continue }
        // The number may be somebody else's by now: what the descriptor stands for is in the group, or was not killed.
        if CgroupFile.processes(in: path).contains(process) { elves_kill_process(descriptor) }
        close(descriptor)
    }
}

/// Removes a group, and ends what is in it. Returns 0, also if it was gone, or an errno.
func removeGroup(_ path: String, _ folders: CgroupFolders) -> Int32 {
    var error = folders.remove(path)
    // Rounds of two milliseconds: the kernel tells nobody when a group of version 1 gets empty.
    for _ in 0..<500 where error == EBUSY {
        killGroup(path, folders)
        poll(nil, 0, 2)
        error = folders.remove(path)
    }
    return error == ENOENT ? 0 : error
}
