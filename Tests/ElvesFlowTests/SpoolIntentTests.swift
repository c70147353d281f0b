import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Testing

/// The lines of a spool that say that an attempt is taken on.
@Suite struct SpoolIntentTests {
    @Test func `an intent says all that the report of a lost attempt needs`() throws {
        let intent = TaskIntent(try order("A", attempt: 3, isStored: true), receivedAt: noon)

        #expect(try TaskIntent(line: intent.line) == intent)
        let later = Timestamp(microseconds: noon.microseconds + 5_000_000)
        let report = intent.lost(at: later)
        #expect(report.id == AttemptID(TaskID("A"), 3) && report.trace == TraceID("trace-A"))
        #expect(report.flag == .error && report.reason == .agentLost && report.version == nil && report.startedAt == nil)
        #expect(report.receivedAt == noon && report.endedAt == later)
        #expect(report.result.stringValue?.contains("whether the function ran, and how far, is unknown") == true)
    }

    @Test(arguments: [
        #"{"attempt":1,"trace":"t","app":"hello","function":"f","received_at":1}"#,
        #"{"task":"A","trace":"t","app":"hello","function":"f","received_at":1}"#,
        #"{"task":"A","attempt":1,"trace":"t","app":"no app","function":"f","received_at":1}"#, "{", "",
    ])
    func `an intent that lacks something is no intent`(line: String) {
        #expect(throws: (any Error).self) { try TaskIntent(line: Array(line.utf8)) }
    }

    @Test func `an intent without a result is owed as a lost attempt from the next start on`() throws {
        let file = try text([("+", "A", 1), ("+", "B", 1), ("{", "B", 1)])
        var log = SpoolLog()

        let (effects, unreadable) = log.recover(file, reading: .test)

        let reports = try log.owed.map { try TaskReport(spoolLine: $0) }
        #expect(reports.map(\.id) == [AttemptID("B"), AttemptID("A")] && unreadable == 0)
        #expect(reports.map(\.reason) == [nil, .agentLost])
        // The lost attempt is a result like any other now: one more start finds the same.
        guard case .rewrite(let kept, holdsIntents: false)? = effects.first else { throw Unexpected(effects: "\(effects)") }
        var next = SpoolLog()
        _ = next.recover(kept, reading: .test)
        #expect(next.owed == log.owed && next.intended == [])
    }

    @Test func `attempts of one task are told apart`() throws {
        let file = try text([("+", "A", 1), ("{", "A", 1), ("+", "A", 2), ("-", "A", 1)])
        var log = SpoolLog()

        _ = log.recover(file, reading: .test)

        #expect(try log.owed.map { try TaskReport(spoolLine: $0).id } == [AttemptID(TaskID("A"), 2)])
        #expect(log.acknowledge(AttemptID("A")) == [])
        #expect(log.acknowledge(AttemptID(TaskID("A"), 2)) == [.append(Array("-A 2\n".utf8))])
    }

    @Test func `half a mark at the end of the file forgets nothing`() throws {
        let whole = try text([("{", "A", 1), ("{", "A", 12), ("-", "A", 12)])
        for missing in 1...3 {
            var log = SpoolLog()

            _ = log.recover(Array(whole.dropLast(missing)), reading: .test)

            #expect(log.owed.count == 2, "\(missing) bytes are missing")
        }
    }

    @Test func `a result that was never written is acknowledged together with its intent`() throws {
        // The file has the intent and the mark, but not the line between them, for which there was no room.
        let file = try text([("+", "A", 1), ("-", "A", 1)])
        var log = SpoolLog()

        _ = log.recover(file, reading: .test)

        #expect(log.owed == [])
    }

    @Test func `a file that holds an intent is not emptied, and a new one holds it too`() throws {
        var log = SpoolLog(tidyAbove: 1)
        let intent = TaskIntent(try order("A", isStored: true), receivedAt: noon)
        _ = log.intend(intent.id, line: intent.line)
        _ = log.append(AttemptID("B"), line: [UInt8](repeating: 0x20, count: 1000))

        let line = [UInt8(ascii: "+")] + intent.line + [0x0A]
        #expect(log.acknowledge(AttemptID("B")) == [.rewrite(line, holdsIntents: true)])
        #expect(log.renew() == .rewrite(line, holdsIntents: true))
        #expect(log.intended == [AttemptID("A")])
    }

    private func text(_ moves: [(String, String, Int)]) throws -> [UInt8] {
        var log = SpoolLog()
        var file: [UInt8] = []
        for (move, id, attempt) in moves {
            let effects =
                switch move {
                case "+":
                    log.intend(
                        AttemptID(TaskID(id), attempt),
                        line: TaskIntent(try order(id, attempt: attempt, isStored: true), receivedAt: noon).line)
                case "{": log.append(AttemptID(TaskID(id), attempt), line: try report(id, attempt: attempt).spoolLine)
                // A mark follows from an acknowledgement; here also one of a result that did not find room.
                default: [SpoolLog.Effect.append(Array("-\(AttemptID(TaskID(id), attempt).text)\n".utf8))]
                }
            for effect in effects { file.apply(effect) }
        }
        return file
    }
}
