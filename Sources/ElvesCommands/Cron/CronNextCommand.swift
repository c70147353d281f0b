import ArgumentParser
import ElvesCron
import ElvesFiles
import ElvesJSON
import ElvesModel
import Foundation

struct CronNextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next", abstract: "Say what a cron expression means, and when it runs next.",
        discussion: "The fields are second, minute, hour, day of month, month, day of week and, if wanted, year.")

    @Argument(help: "The expression in quotes, as in \"0 30 2 * * ?\".")
    var expression: String
    @Option(help: "The time zone, as in Europe/Berlin; that of this machine when left out.")
    var zone = TimeZone.current.identifier
    @Option(help: "How many times to show, 1 to 1000.")
    var count = 5
    @Option(help: "Show what comes after this time, as in 2026-03-28T00:00:00Z; now when left out.")
    var from: String?
    @OptionGroup var output: JSONOption

    func run() throws {
        guard (1...1000).contains(count) else { throw CommandFailure(.usage, "--count \(count) is not in 1 to 1000") }
        let cron = try readExpression()
        let rules = try readZone()
        let start = try readStart()
        let fires = Array(cron.fires(after: start, in: rules, limit: count))
        if output.json { return printJSON(json(cron, rules, fires)) }
        printLine("\(cron.sentence) (\(rules.name))")
        guard !fires.isEmpty else { return printLine("never after \(text(start, rules))") }
        var last = start
        for fire in fires {
            printLine(text(fire, rules) + note(after: last, through: fire, rules))
            last = fire
        }
    }

    private func readExpression() throws -> CronExpression {
        do {
            return try CronExpression(expression)
        } catch {
            guard error.field != nil else { throw CommandFailure(.badInput, "\(error)") }
            // Of a text that a terminal would obey only the place is shown.
            let shown = String(decoding: expression.utf8.map { (0x20...0x7E).contains($0) ? $0 : 0x20 }, as: UTF8.self)
            let mark =
                String(repeating: " ", count: error.bytes.lowerBound) + String(repeating: "^", count: max(1, error.bytes.count))
            throw CommandFailure(.badInput, "\(error)\n  \(shown)\n  \(mark)")
        }
    }

    private func readZone() throws -> TimeZoneRules {
        var catalog = ZoneCatalog { ZoneInfo.bytes(of: $0, limit: ZoneCatalog.longestFile) }
        do { return try catalog.rules(named: zone) } catch { throw CommandFailure(.badInput, "--zone: \(error)") }
    }

    private func readStart() throws -> Timestamp {
        guard let from else { return Clocks.systemWall() }
        // Years of more digits would not fit.
        guard from.utf8.count <= 32, let date = try? Date(from, strategy: .iso8601) else {
            throw CommandFailure(
                .usage, "--from is no time; a time is written as in 2026-03-28T00:00:00Z or 2026-03-28T00:00:00+01:00")
        }
        return Timestamp(microseconds: Int64(date.timeIntervalSince1970) * 1_000_000)
    }

    /// On the zone's clock, with its distance from UTC.
    private func text(_ moment: Timestamp, _ rules: TimeZoneRules) -> String {
        let offset = rules.offset(at: moment.seconds)
        let local = Timestamp(microseconds: moment.microseconds + offset * 1_000_000).iso8601.prefix(19)
        let minutes = abs(offset) / 60
        let (hour, minute) = ("0\(minutes / 60)".suffix(2), "0\(minutes % 60)".suffix(2))
        return "\(local)\(offset < 0 ? "-" : "+")\(hour):\(minute)"
    }

    private func note(after last: Timestamp, through fire: Timestamp, _ rules: TimeZoneRules) -> String {
        guard let change = rules.changes(from: last.seconds + 1, through: fire.seconds).last else { return "" }
        let minutes = abs(change.forward) / 60
        return "  the clock was put \(change.forward > 0 ? "forward" : "back") by \(minutes) min at "
            + text(Timestamp(microseconds: change.at * 1_000_000), rules)
    }

    private func json(_ cron: CronExpression, _ rules: TimeZoneRules, _ fires: [Timestamp]) -> RawJSON {
        .object { members in
            members.add("expression", cron.text)
            members.add("meaning", cron.sentence)
            members.add("zone", rules.name)
            members.add(
                "fires",
                fires.map { fire in
                    RawJSON.object { members in
                        members.add("local", text(fire, rules))
                        members.add("utc", fire.iso8601)
                    }
                })
        }
    }
}
