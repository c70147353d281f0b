package import ElvesJSON

/// What `QueueBench` measured.
package struct QueueReport: Sendable {
    let disk: RTReport.Line
    let instant: RTReport.Line
    let created: RTReport.Line
    let chain: RTReport.Line
    /// From the first request to the end of the last task.
    let tasksPerSecond: Double
    let centerBytes: Int
    let agentBytes: Int

    /// What a chain stands on: an instant call and three waits for the disk for each of its tasks.
    private var chainFloor: Duration { (instant.p50 + disk.p50 * 3) * QueueBench.links }
    private var ratioOfChain: Double { chain.p50 / chainFloor }
    /// Tasks for each time a process that wrote one task a sync could have stored one.
    private var ratioToDisk: Double { tasksPerSecond * (disk.p50 / .seconds(1)) }

    package var text: String {
        let rows = [["", "p50 us", "p95 us", "p99 us", "per s"]] + [disk, instant, created, chain].map(\.cells)
        return
            (TextTable(rows: rows).lines + [
                "",
                "\(number(tasksPerSecond, 0)) tasks a second from request to record, \(number(ratioToDisk, 1)) for each sync",
                "a chain's p50 is \(number(ratioOfChain, 2)) x its floor: for each task an instant call and three syncs",
                "resident memory after the run: center \(number(Double(centerBytes) / 1e6, 1)) MB, agent \(number(Double(agentBytes) / 1e6, 1)) MB",
            ]).joined(separator: "\n")
    }

    package var json: RawJSON {
        .object { members in
            members.add("lines", [disk, instant, created, chain].map(\.json))
            members.add("tasks_per_second", decimal(tasksPerSecond, 0))
            members.add("ratio_to_disk", decimal(ratioToDisk, 2))
            members.add("ratio_of_chain", decimal(ratioOfChain, 3))
            members.add("center_rss_bytes", centerBytes)
            members.add("agent_rss_bytes", agentBytes)
        }
    }
}
