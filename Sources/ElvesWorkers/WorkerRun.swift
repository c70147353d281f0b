import ElvesFlow
import ElvesModel
import ElvesSandbox

/// A worker's process, and what its sandbox refused that nobody was told yet.
struct WorkerRun {
    let process: any HostedWorker
    let log: ViolationLog
    /// What was taken from the log when the worker was ended for it.
    private var kept = Violations()
    private var counted = GroupCounts()

    init(process: any HostedWorker, log: ViolationLog) {
        self.process = process
        self.log = log
    }

    /// Takes what the log has, and keeps it for `takeViolations`.
    mutating func keepViolations() -> Violations {
        kept = log.take()
        return kept
    }

    /// What was refused since the last time, the resources of the worker included.
    mutating func takeViolations() -> Violations {
        count(process.counts)
        defer { kept = Violations() }
        let rest = log.take()
        return Violations(kinds: kept.kinds + rest.kinds, more: kept.more + rest.more)
    }

    /// The worker has gone: what its group had counted in the end, and what the kernel ended it for.
    mutating func note(_ remains: WorkerRemains) {
        let use = remains.use
        count(
            GroupCounts(oomKills: use.oomKills, refusedProcesses: use.refusedProcesses),
            endsWorker: remains.ending != .exited(code: 0))
        switch remains.fatalCall {
        case .told(let violation): log.add(violation, killingIf: { _ in true })
        case .untold:
            log.add(
                Violation(call: Violation.unknownCall, arguments: [], source: .signal, firstAt: Clocks.systemWall()),
                killingIf: { _ in true })
        case nil: break
        }
    }

    private mutating func count(_ counts: GroupCounts, endsWorker: Bool = false) {
        for violation in counts.violations(since: counted, endsWorker: endsWorker, at: Clocks.systemWall()) {
            log.add(violation)
        }
        // A worker that has gone counts nothing any more.
        counted.oomKills = max(counted.oomKills, counts.oomKills)
        counted.refusedProcesses = max(counted.refusedProcesses, counts.refusedProcesses)
    }
}
