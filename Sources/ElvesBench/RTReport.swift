package import ElvesJSON
import Foundation

/// What `RTBench` measured.
package struct RTReport: Sendable {
    /// One kind of call.
    struct Line: Sendable {
        let name: String
        let p50: Duration
        let p95: Duration
        let p99: Duration
        let perSecond: Double

        init(_ name: String, _ latencies: Latencies) {
            self.name = name
            p50 = latencies.percentile(0.5)
            p95 = latencies.percentile(0.95)
            p99 = latencies.percentile(0.99)
            perSecond = latencies.perSecond
        }
    }

    /// Signed calls by so many callers at once.
    struct Calls: Sendable {
        let callers: Int
        let line: Line
        /// Of center, agent and workers together.
        let processorTimePerCall: Duration

        init(callers: Int, _ latencies: Latencies, processorTimePerCall: Duration) {
            self.callers = callers
            line = Line("signed rt/exec, \(callers) caller\(callers == 1 ? "" : "s")", latencies)
            self.processorTimePerCall = processorTimePerCall
        }
    }

    var floors: [Line] = []
    var calls: [Calls] = []
    var interpreter: Line?
    var centerBytes = 0
    var agentBytes = 0

    /// The median of a single caller's calls over the sum of the floors' medians.
    private var ratioToFloors: Double {
        let sum = floors.map(\.p50).reduce(.zero, +)
        return (calls.first?.line.p50 ?? .zero) / sum
    }

    /// How much slower a fresh interpreter is than a whole signed call.
    private var ratioOfInterpreter: Double { (interpreter?.p50 ?? .zero) / (calls.first?.line.p50 ?? .zero) }

    package var text: String {
        var rows = [["", "p50 us", "p95 us", "p99 us", "per s", "CPU us"]]
        for line in floors { rows.append(row(line, nil)) }
        for call in calls { rows.append(row(call.line, call.processorTimePerCall)) }
        if let interpreter { rows.append(row(interpreter, nil)) }
        return
            (TextTable(rows: rows).lines + [
                "",
                "one caller's p50 is \(number(ratioToFloors, 2)) x the sum of its three floors",
                "a fresh interpreter's p50 is \(number(ratioOfInterpreter, 1)) x a whole signed call",
                "resident memory after the run: center \(number(Double(centerBytes) / 1e6, 1)) MB, agent \(number(Double(agentBytes) / 1e6, 1)) MB",
            ]).joined(separator: "\n")
    }

    package var json: RawJSON {
        .object { members in
            members.add("floors", floors.map { json($0, nil) })
            members.add("calls", calls.map { json($0.line, $0.processorTimePerCall) })
            if let interpreter { members.add("interpreter", json(interpreter, nil)) }
            members.add("ratio_to_floors", decimal(ratioToFloors, 3))
            members.add("ratio_of_interpreter", decimal(ratioOfInterpreter, 2))
            members.add("center_rss_bytes", centerBytes)
            members.add("agent_rss_bytes", agentBytes)
        }
    }

    private func row(_ line: Line, _ processor: Duration?) -> [String] {
        line.cells + [processor.map { number($0.microseconds, 0) } ?? ""]
    }

    private func json(_ line: Line, _ processor: Duration?) -> RawJSON {
        .object { members in
            line.add(to: &members)
            if let processor { members.add("cpu_us_per_call", decimal(processor.microseconds, 1)) }
        }
    }
}

extension RTReport.Line {
    var cells: [String] {
        [
            name, number(p50.microseconds, 0), number(p95.microseconds, 0), number(p99.microseconds, 0),
            number(perSecond, 0),
        ]
    }

    var json: RawJSON { .object { add(to: &$0) } }

    func add(to members: inout JSONWriter.Members) {
        members.add("name", name)
        members.add("p50_us", decimal(p50.microseconds, 1))
        members.add("p95_us", decimal(p95.microseconds, 1))
        members.add("p99_us", decimal(p99.microseconds, 1))
        members.add("per_second", decimal(perSecond, 0))
    }
}
