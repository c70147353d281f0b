import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol

/// A generator that gives the same numbers for the same seed (SplitMix64), so that a failing walk can be walked again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// True in `percent` of 100 cases.
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

let noon = Timestamp(microseconds: 1_750_000_000_000_000)

func order(
    _ id: String, timeout: Duration = .seconds(5), attempt: Int = 1, isStored: Bool = false
) throws -> RunOrder {
    RunOrder(
        task: TaskID(id), trace: TraceID("trace-\(id)"), app: try AppName("hello"), function: "greet",
        param: .string(id), timeout: timeout, attempt: attempt, isStored: isStored)
}

/// What an agent reports of a task that its function answered.
func report(_ id: String, result: String = "done", flag: TaskFlag = .succeeded, attempt: Int = 1) throws -> TaskReport {
    TaskReport(
        task: TaskID(id), trace: TraceID("trace-\(id)"), app: try AppName("hello"), version: try AppVersion("1.0.0"),
        function: "greet", flag: flag, result: .string(result), reason: nil, receivedAt: noon, startedAt: noon,
        endedAt: Timestamp(microseconds: noon.microseconds + 1000), attempt: attempt)
}

extension TaskReport {
    /// The line under which an agent spools the report.
    var spoolLine: [UInt8] { RawJSON.object { add(to: &$0) }.bytes }

    init(spoolLine: [UInt8]) throws { try self.init(JSONObject(parsing: spoolLine)) }
}
