import ElvesCron
import ElvesModel
import Testing

/// The rule for changed clocks, by a table, and as a property of ten years in many zones.
@Suite struct ClockChangeTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let zone: String
        let expression: String
        let after: String
        let fires: [String]
        var testDescription: String { "\(expression) in \(zone) after \(after)" }
    }

    static let rows = [
        // Forward at 02:00 to 03:00.
        Row(
            zone: "Europe/Berlin", expression: "0 30 2 * * ?", after: "2025-03-30T00:00:00+01:00",
            fires: ["2025-03-30T03:00:00+02:00", "2025-03-31T02:30:00+02:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 0 3 * * ?", after: "2025-03-30T00:00:00+01:00",
            fires: ["2025-03-30T03:00:00+02:00", "2025-03-31T03:00:00+02:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 0,30 2,3 * * ?", after: "2025-03-30T00:00:00+01:00",
            fires: ["2025-03-30T03:00:00+02:00", "2025-03-30T03:30:00+02:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 0/30 * * * ?", after: "2025-03-30T01:00:00+01:00",
            fires: ["2025-03-30T01:30:00+01:00", "2025-03-30T03:00:00+02:00", "2025-03-30T03:30:00+02:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 15/30 * * * ?", after: "2025-03-30T01:20:00+01:00",
            fires: ["2025-03-30T01:45:00+01:00", "2025-03-30T03:15:00+02:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 0 */2 * * ?", after: "2025-03-30T00:00:00+01:00",
            fires: ["2025-03-30T03:00:00+02:00", "2025-03-30T04:00:00+02:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 30 1-4 * * ?", after: "2025-03-30T01:00:00+01:00",
            fires: ["2025-03-30T01:30:00+01:00", "2025-03-30T03:30:00+02:00"]),
        // Back at 03:00 to 02:00.
        Row(
            zone: "Europe/Berlin", expression: "0 30 2 * * ?", after: "2025-10-26T00:00:00+02:00",
            fires: ["2025-10-26T02:30:00+02:00", "2025-10-27T02:30:00+01:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 0 3 * * ?", after: "2025-10-26T00:00:00+02:00",
            fires: ["2025-10-26T03:00:00+01:00", "2025-10-27T03:00:00+01:00"]),
        Row(
            zone: "Europe/Berlin", expression: "0 0/30 * * * ?", after: "2025-10-26T01:59:00+02:00",
            fires: [
                "2025-10-26T02:00:00+02:00", "2025-10-26T02:30:00+02:00", "2025-10-26T02:00:00+01:00",
                "2025-10-26T02:30:00+01:00", "2025-10-26T03:00:00+01:00",
            ]),
        Row(
            zone: "Europe/Berlin", expression: "0 0 */2 * * ?", after: "2025-10-26T00:00:00+02:00",
            fires: ["2025-10-26T02:00:00+02:00", "2025-10-26T04:00:00+01:00"]),
        Row(
            zone: "America/New_York", expression: "0 30 2 * * ?", after: "2025-03-09T00:00:00-05:00",
            fires: ["2025-03-09T03:00:00-04:00", "2025-03-10T02:30:00-04:00"]),
        Row(
            zone: "America/New_York", expression: "0 30 1 * * ?", after: "2025-11-02T00:00:00-04:00",
            fires: ["2025-11-02T01:30:00-04:00", "2025-11-03T01:30:00-05:00"]),
        Row(
            zone: "America/New_York", expression: "0 0 * * * ?", after: "2025-11-02T00:30:00-04:00",
            fires: ["2025-11-02T01:00:00-04:00", "2025-11-02T01:00:00-05:00", "2025-11-02T02:00:00-05:00"]),
        // Half an hour: forward at 02:00, back at 02:00 to 01:30.
        Row(
            zone: "Australia/Lord_Howe", expression: "0 15 2 * * ?", after: "2025-10-05T00:00:00+10:30",
            fires: ["2025-10-05T02:30:00+11:00", "2025-10-06T02:15:00+11:00"]),
        Row(
            zone: "Australia/Lord_Howe", expression: "0 45 2 * * ?", after: "2025-10-05T00:00:00+10:30",
            fires: ["2025-10-05T02:45:00+11:00"]),
        Row(
            zone: "Australia/Lord_Howe", expression: "0 45 1 * * ?", after: "2025-04-06T00:00:00+11:00",
            fires: ["2025-04-06T01:45:00+11:00", "2025-04-07T01:45:00+10:30"]),
        Row(
            zone: "Australia/Lord_Howe", expression: "0 15 1 * * ?", after: "2025-04-06T00:00:00+11:00",
            fires: ["2025-04-06T01:15:00+11:00", "2025-04-07T01:15:00+10:30"]),
        Row(
            zone: "Asia/Shanghai", expression: "0 30 2 * * ?", after: "2025-03-30T00:00:00+08:00",
            fires: ["2025-03-30T02:30:00+08:00", "2025-03-31T02:30:00+08:00"]),
        // Back for Ramadan, forward after it.
        Row(
            zone: "Africa/Casablanca", expression: "0 30 2 * * ?", after: "2025-02-23T00:00:00+01:00",
            fires: ["2025-02-23T02:30:00+01:00", "2025-02-24T02:30:00+00:00"]),
        Row(
            zone: "Africa/Casablanca", expression: "0 30 2 * * ?", after: "2025-04-06T00:00:00+00:00",
            fires: ["2025-04-06T03:00:00+01:00", "2025-04-07T02:30:00+01:00"]),
        // Midnight itself is skipped.
        Row(
            zone: "America/Santiago", expression: "0 0 0 * * ?", after: "2025-09-06T12:00:00-04:00",
            fires: ["2025-09-07T01:00:00-03:00", "2025-09-08T00:00:00-03:00"]),
        // The 30th never was.
        Row(
            zone: "Pacific/Apia", expression: "0 0 10 * * ?", after: "2011-12-29T09:00:00-10:00",
            fires: ["2011-12-29T10:00:00-10:00", "2011-12-31T10:00:00+14:00"]),
        // By the rule for the time after the last change that is written out.
        Row(
            zone: "Europe/Berlin", expression: "0 30 2 * * ?", after: "2090-03-26T00:00:00+01:00",
            fires: ["2090-03-26T03:00:00+02:00", "2090-03-27T02:30:00+02:00"]),
    ]

    @Test(arguments: rows) func `a row of the table`(row: Row) throws {
        let fires = try CronExpression(row.expression).fires(after: time(row.after), in: zone(row.zone), limit: row.fires.count)

        #expect(try Array(fires).map(\.iso8601) == row.fires.map { try time($0).iso8601 })
    }

    static let zones = [
        "Europe/Berlin", "Europe/London", "America/New_York", "America/Santiago", "America/Sao_Paulo", "Asia/Shanghai",
        "Asia/Tehran",
        "Asia/Beirut", "Africa/Casablanca", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Chatham", "Europe/Dublin", "UTC",
    ]

    @Test(arguments: zones) func `a daily job runs once for each date, whatever its time of day`(name: String) throws {
        let rules = try zone(name)
        let start = try time("2015-06-15T12:00:00Z")
        let end = try time("2025-06-15T12:00:00Z")
        for minute in stride(from: 0, to: 1440, by: 15) {
            let expression = try CronExpression("0 \(minute % 60) \(minute / 60) * * ?")
            var count = 0
            var last = start
            for fire in expression.fires(after: start, in: rules, limit: 5000) {
                guard fire < end else { break }
                // A date has at most one hour more or less than another.
                #expect(count == 0 || (.seconds(22 * 3600)...(.seconds(26 * 3600))).contains(fire - last))
                count += 1
                last = fire
            }
            #expect(abs(count - 3653) <= 1, "\(expression)")
        }
    }

    @Test(arguments: zones) func `a job of every ten minutes runs every ten minutes`(name: String) throws {
        let rules = try zone(name)
        let start = try time("2024-01-01T00:00:00Z")
        let fires = Array(try CronExpression("0 0/10 * * * ?").fires(after: start, in: rules, limit: 110_000))

        #expect(zip(fires, fires.dropFirst()).allSatisfy { $1 - $0 == .seconds(600) })
    }
}
