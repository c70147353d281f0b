import ElvesCron
import ElvesModel
import Foundation
import Testing

/// The same fires as Quartz 2.3, but for what the documentation of `CronExpression` says is different on purpose.
@Suite struct QuartzTests {
    private static let zones = [
        "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "Africa/Casablanca", "America/Santiago",
    ]
    private static let years = 2020...2029

    @Test func `ten years in six zones are as in Quartz`() async throws {
        let expressions = QuartzExpressions.written + QuartzExpressions.random(220, seed: 4_2026)
        #expect(expressions.count >= 300)
        let rules = try Self.zones.map(zone)
        let questions = try rules.flatMap { rules in
            let windows = try Self.windows(of: rules)
            return expressions.map { Quartz.Question(expression: $0, zone: rules.name, windows: windows) }
        }

        let answers = try await Quartz.fires(questions)

        var compared = 0
        var wrong: [String] = []
        for (index, (question, answer)) in zip(questions, answers).enumerated() {
            let theirs = try #require(answer, "Quartz refuses \(question.expression)")
            let expression = try CronExpression(question.expression)
            let rules = rules[index / expressions.count]
            let except = Exceptions(rules: rules, expression: question.expression)
            for (window, theirs) in zip(question.windows, theirs) {
                let end = theirs.count < window.limit ? Self.end : min(Self.end, try #require(theirs.last))
                var ours: [Int64] = []
                for fire in expression.fires(after: Timestamp(microseconds: window.after * 1_000_000), in: rules, limit: .max) {
                    guard fire.seconds <= end else { break }
                    ours.append(fire.seconds)
                }
                let expected = theirs.filter { $0 <= Self.end && !except.contains($0) }
                ours.removeAll(where: except.contains)
                compared += expected.count
                if ours != expected {
                    let place =
                        zip(ours, expected).first { $0 != $1 }.map { "\($0) and not \($1)" }
                        ?? "\(ours.count) and not \(expected.count)"
                    wrong.append("\(question.expression) in \(rules.name) after \(window.after): \(place)")
                }
            }
        }
        #expect(wrong.isEmpty, "\(wrong.count): \(wrong.prefix(20).joined(separator: "\n"))")
        #expect(compared > 500_000)
    }

    /// The first 400 fires, then short windows around every change of the clocks, every year's end and every end of February.
    private static func windows(of rules: TimeZoneRules) throws -> [(after: Int64, limit: Int)] {
        let start = try time("2019-12-31T12:00:00Z").seconds
        let end = try time("2030-01-01T12:00:00Z").seconds
        var windows: [(after: Int64, limit: Int)] = [(start, 400)]
        for (at, _) in rules.changes(from: start, through: end) {
            windows += [(at - 108_000, 6), (at - 5_400, 12), (at - 1, 6), (at + 5_400, 6), (at + 18_000, 6), (at + 90_000, 4)]
        }
        for year in years {
            windows += [(try time("\(year)-12-31T10:00:00Z").seconds, 12), (try time("\(year)-02-28T10:00:00Z").seconds, 6)]
        }
        return windows
    }

    /// The start of 2037: what comes after it Java does not know of zones without a rule for all years, as Casablanca.
    private static let end: Int64 = 2_114_380_800

    // MARK: Each difference

    private func fires(_ text: String, in zone: String, after: String, _ count: Int) async throws -> (
        ours: [Timestamp], theirs: [Timestamp]
    ) {
        let start = try time(after)
        let question = Quartz.Question(expression: text, zone: zone, windows: [(start.seconds, count)])
        let theirs = try #require(try await Quartz.fires([question]).first.flatMap { $0?.first })
        let ours = try CronExpression(text).fires(after: start, in: ElvesCronTests.zone(zone), limit: count)
        return (Array(ours), theirs.map { Timestamp(microseconds: $0 * 1_000_000) })
    }

    @Test func `a time that the clock skips is made up for here, and lost in Quartz`() async throws {
        let fires = try await fires("0 30 2 * * ?", in: "Europe/Berlin", after: "2025-03-29T12:00:00Z", 2)

        #expect(fires.ours == [try time("2025-03-30T03:00:00+02:00"), try time("2025-03-31T02:30:00+02:00")])
        #expect(fires.theirs == [try time("2025-03-31T02:30:00+02:00"), try time("2025-04-01T02:30:00+02:00")])
    }

    @Test func `a time that comes twice runs the first time here, and the second time in Quartz`() async throws {
        let fires = try await fires("0 30 2 * * ?", in: "Europe/Berlin", after: "2025-10-25T12:00:00Z", 1)

        #expect(fires.ours == [try time("2025-10-26T02:30:00+02:00")])
        #expect(fires.theirs == [try time("2025-10-26T02:30:00+01:00")])
    }

    @Test func `an hour that comes twice has its runs twice here, and Quartz leaves out the first of the two`() async throws {
        let fires = try await fires("0 0/30 * * * ?", in: "Europe/Berlin", after: "2025-10-25T23:30:00Z", 4)

        let half = (0..<4).map { Timestamp(microseconds: (1_761_436_800 + $0 * 1800) * 1_000_000) }
        #expect(fires.ours == half)
        #expect(fires.theirs.prefix(2) == half.suffix(2))
    }

    @Test func `a weekday nearest to a day that the month lacks is none here, and in Quartz may be its last`() async throws {
        let fires = try await fires("0 0 0 31W * ?", in: "UTC", after: "2021-04-01T00:00:00Z", 1)

        #expect(fires.ours == [try time("2021-05-31T00:00:00Z")])
        #expect(fires.theirs == [try time("2021-04-30T00:00:00Z")])
    }

    @Test(arguments: [
        "0 0 0 ? * 5X", "0 0 0 ? * 9#1", "0 0 0 * * ? 2020 2021", "0 0 0 1W,15W * ?", "1,,2 * * * * ?", "0/0 * * * * ?",
    ])
    func `what Quartz reads over is refused here`(text: String) async throws {
        let answer = try await Quartz.fires([Quartz.Question(expression: text, zone: "UTC", windows: [(1_600_000_000, 1)])])

        #expect(answer.first.flatMap { $0 } != nil)
        #expect(throws: CronSyntaxError.self) { try CronExpression(text) }
    }

    @Test func `a step after a range of names counts here, and is lost in Quartz`() async throws {
        let fires = try await fires("0 0 0 ? * MON-FRI/2", in: "UTC", after: "2025-01-05T12:00:00Z", 3)

        #expect(
            fires.ours == [
                try time("2025-01-06T00:00:00Z"), try time("2025-01-08T00:00:00Z"), try time("2025-01-10T00:00:00Z"),
            ])
        #expect(fires.theirs[1] == (try time("2025-01-07T00:00:00Z")))
    }
}

/// The instants at which we differ on purpose: where a clock shows a time twice, the first instant after a gap, and months that
/// do not have the day of a `W`.
private struct Exceptions {
    private let ranges: [Range<Int64>]
    private let weekday: Int
    private let rules: TimeZoneRules

    init(rules: TimeZoneRules, expression: String) {
        self.rules = rules
        ranges = rules.changes(from: 0, through: 4_102_358_400).map { change in
            change.forward > 0 ? change.at..<change.at + 1 : change.at + change.forward..<change.at - change.forward
        }
        let day = expression.split(whereSeparator: { " \t".contains($0) })[3]
        weekday = day.hasSuffix("W") ? Int(day.dropLast()) ?? 0 : 0
    }

    func contains(_ second: Int64) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= second { low = middle + 1 } else { high = middle }
        }
        if low < ranges.count, ranges[low].contains(second) { return true }
        guard weekday > 28 else { return false }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let local = Date(timeIntervalSince1970: Double(second + rules.offset(at: second)))
        return (calendar.range(of: .day, in: .month, for: local)?.count ?? 0) < weekday
    }
}
