package import ElvesModel

/// What the resources of a worker's group refused until now.
package struct GroupCounts: Sendable, Equatable {
    /// Processes that the kernel ended for want of memory.
    package var oomKills: UInt64 = 0
    /// Processes that could not be started because there were as many as may be.
    package var refusedProcesses: UInt64 = 0

    package init(oomKills: UInt64 = 0, refusedProcesses: UInt64 = 0) {
        self.oomKills = oomKills
        self.refusedProcesses = refusedProcesses
    }

    /// What came since `before`, under the names that the resources have in policies.
    ///
    /// - Parameter endsWorker: Whether the worker ended for want of memory.
    package func violations(since before: GroupCounts, endsWorker: Bool = false, at now: Timestamp) -> [Violation] {
        func violation(_ resource: String, _ count: UInt64, _ action: Violation.Action) -> Violation? {
            count == 0
                ? nil
                : Violation(
                    call: resource, arguments: [], layer: .resource, action: action, source: .counter,
                    count: Int(clamping: count), firstAt: now)
        }
        return [
            violation("memory", oomKills - min(oomKills, before.oomKills), endsWorker ? .killed : .denied),
            violation("process.max", refusedProcesses - min(refusedProcesses, before.refusedProcesses), .denied),
        ].compactMap { $0 }
    }
}
