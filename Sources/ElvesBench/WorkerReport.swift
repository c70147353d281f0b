import ElvesApps
package import ElvesJSON
import Foundation

/// What `WorkerBench` measured.
package struct WorkerReport: Sendable {
    /// One language in one isolation mode.
    struct Line: Sendable {
        let name: String
        let isolation: Manifest.Isolation
        /// How many calls were under way at a time.
        let callers: Int
        /// Without a sandbox, over pipes, by a parent that blocks.
        let bare: RTReport.Line
        /// In the sandbox, as an agent runs it.
        let sandboxed: RTReport.Line
        /// The most calls that one process served; nil where nobody counted.
        let callsOfOneProcess: Int64?

        init(
            name: String, isolation: Manifest.Isolation, callers: Int, bare: Latencies, sandboxed: Latencies,
            callsOfOneProcess: Int64?
        ) {
            self.name = name
            self.isolation = isolation
            self.callers = callers
            self.bare = RTReport.Line("bare", bare)
            self.sandboxed = RTReport.Line("sandboxed", sandboxed)
            self.callsOfOneProcess = callsOfOneProcess
        }

        /// Of the medians; of the time for all where several wait for each other.
        var ratio: Double { callers == 1 ? sandboxed.p50 / bare.p50 : bare.perSecond / sandboxed.perSecond }
        var difference: Duration { sandboxed.p50 - bare.p50 }
    }

    /// A language that was not measured.
    struct Missing: Sendable {
        let language: String
        let reason: String
    }

    let rounds: Int
    /// Those that this program may run on: one, if it was pinned.
    let processors: Int
    var lines: [Line] = []
    var missing: [Missing] = []

    package var text: String {
        let heading = ["", "bare p50 us", "p99 us", "per s", "sandbox p50 us", "p99 us", "per s", "x bare", "+ ms"]
        let table = TextTable(rows: [heading] + lines.map(row)).lines
        let place = "on \(processors) processor\(processors == 1 ? "" : "s")"
        let notes = [
            "best of \(rounds) rounds, bare and sandboxed in turn, \(place)",
            "x bare compares the medians, or the calls per second where several are made at a time",
        ]
        return (table + [""] + bars + missing.map { "\($0.language) was not measured: \($0.reason)" } + notes)
            .joined(separator: "\n")
    }

    package var json: RawJSON {
        .object { members in
            members.add("processors", processors)
            members.add("rounds", rounds)
            members.add("workers", lines.map(json))
            members.add(
                "missing",
                missing.map { missing in
                    RawJSON.object { members in
                        members.add("language", missing.language)
                        members.add("reason", missing.reason)
                    }
                })
        }
    }

    /// What is promised, and what came of it.
    private var bars: [String] {
        var bars: [String] = []
        let resident = lines.filter { $0.isolation == .resident }
        if let worst = resident.filter({ $0.callers == 1 }).max(by: { $0.ratio < $1.ratio }) {
            bars.append("resident: p50 at most \(number(worst.ratio, 2)) x the bare pipe (\(worst.name)); the bar is 2")
        }
        if let worst = resident.filter({ $0.callers > 1 }).max(by: { $0.ratio < $1.ratio }) {
            bars.append(
                "several at a time: bare pipes with a thread each make at most \(number(worst.ratio, 2)) x the calls of the"
                    + " agent's one event loop (\(worst.name))")
        }
        let zygotes = lines.filter { $0.isolation == .zygote }
        if let worst = zygotes.max(by: { $0.sandboxed.p50 < $1.sandboxed.p50 }) {
            bars.append(
                "zygote: p50 at most \(milliseconds(worst.sandboxed.p50, 2)) ms (\(worst.name)); the bar is 4")
        }
        for line in zygotes {
            guard let calls = line.callsOfOneProcess else { continue }
            let verdict = calls == 1 ? "a clean process for every call" : "a process served \(calls) calls"
            bars.append("\(line.name): \(verdict)")
        }
        return bars
    }

    private func row(_ line: Line) -> [String] {
        [line.name] + cells(line.bare) + cells(line.sandboxed) + [number(line.ratio, 2), milliseconds(line.difference, 2)]
    }

    private func cells(_ line: RTReport.Line) -> [String] {
        [number(line.p50.microseconds, 0), number(line.p99.microseconds, 0), number(line.perSecond, 0)]
    }

    private func milliseconds(_ duration: Duration, _ digits: Int) -> String {
        number(duration.microseconds / 1000, digits)
    }

    private func json(_ line: Line) -> RawJSON {
        .object { members in
            members.add("name", line.name)
            members.add("isolation", line.isolation.rawValue)
            members.add("callers", line.callers)
            members.add("bare", json(line.bare))
            members.add("sandboxed", json(line.sandboxed))
            members.add("ratio", decimal(line.ratio, 3))
            members.add("difference_ms", decimal(line.difference.microseconds / 1000, 3))
            if let calls = line.callsOfOneProcess { members.add("calls_of_one_process", calls) }
        }
    }

    private func json(_ line: RTReport.Line) -> RawJSON {
        .object { members in
            members.add("p50_us", decimal(line.p50.microseconds, 1))
            members.add("p99_us", decimal(line.p99.microseconds, 1))
            members.add("per_second", decimal(line.perSecond, 0))
        }
    }
}
