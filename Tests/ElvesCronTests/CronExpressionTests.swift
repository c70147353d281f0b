import ElvesCron
import ElvesModel
import Foundation
import Testing

@Suite struct CronExpressionTests {
    @Test(arguments: [
        ("0 99 2 * * ?", CronField.minute, "99", 2..<4), ("60 0 0 * * ?", .second, "60", 0..<2),
        ("0 0 24 * * ?", .hour, "24", 4..<6), ("0 0 0 32 * ?", .dayOfMonth, "32", 6..<8),
        ("0 0 0 0 * ?", .dayOfMonth, "0", 6..<7),
        ("0 0 0 1 13 ?", .month, "13", 8..<10), ("0 0 0 1 JANUARY ?", .month, "JANUARY", 8..<15),
        ("0 0 0 ? * 0", .dayOfWeek, "0", 10..<11), ("0 0 0 ? * 8", .dayOfWeek, "8", 10..<11),
        ("0 0 0 ? * FRY", .dayOfWeek, "FRY", 10..<13), ("0 0 0 * * ? 1969", .year, "1969", 12..<16),
        ("0 0 0 * * ? 2100", .year, "2100", 12..<16), ("0 0 0 * * ? 2030-2020", .year, "2030-2020", 12..<21),
        ("? 0 0 * * ?", .second, "?", 0..<1), ("0 0 0 * * *", .dayOfWeek, "*", 10..<11),
        ("0 0 0 ? * ?", .dayOfWeek, "?", 10..<11),
        ("0 1,,2 0 * * ?", .minute, "", 4..<4), ("0 1, 0 * * ?", .minute, "", 4..<4), ("0 0 */24 * * ?", .hour, "*/24", 4..<8),
        ("0 */0 0 * * ?", .minute, "*/0", 2..<5), ("0 1/ 0 * * ?", .minute, "1/", 2..<4),
        ("0 1- 0 * * ?", .minute, "1-", 2..<4),
        ("0 -1 0 * * ?", .minute, "-1", 2..<4), ("0 1-2-3 0 * * ?", .minute, "1-2-3", 2..<7),
        ("0 1/2/3 0 * * ?", .minute, "1/2/3", 2..<7),
        ("0 0 0 L-31 * ?", .dayOfMonth, "L-31", 6..<10), ("0 0 0 L- * ?", .dayOfMonth, "L-", 6..<8),
        ("0 0 0 32W * ?", .dayOfMonth, "32W", 6..<9), ("0 0 0 L,15 * ?", .dayOfMonth, "L", 6..<7),
        ("0 0 0 1-15W * ?", .dayOfMonth, "1-15W", 6..<11), ("0 0 0 ? * 6#6", .dayOfWeek, "6#6", 10..<13),
        ("0 0 0 ? * 6#", .dayOfWeek, "6#", 10..<12), ("0 0 0 ? * 6#1,2", .dayOfWeek, "6#1", 10..<13),
        ("0 0 0 6#1 * ?", .dayOfMonth, "6#1", 6..<9), ("0 0 L * * ?", .hour, "L", 4..<5),
        ("0 0 0 ? * 15W", .dayOfWeek, "15W", 10..<13),
        ("0 99999999999999999999 0 * * ?", .minute, "99999999999999999999", 2..<22),
        ("0 0 0 ? * FR\u{131}", .dayOfWeek, "FR??", 10..<14),
        ("0 0 0\n 1 * ?", .hour, "0?", 4..<6), ("0 \u{1B}[2J 0 * * ?", .minute, "?[2J", 2..<6),
    ])
    func `what is refused names the field, the text and what is allowed`(
        text: String, field: CronField, part: String, bytes: Range<Int>
    ) throws {
        let error = try #require(throws: CronSyntaxError.self) { try CronExpression(text) }

        #expect(error.field == field)
        #expect(error.text == part)
        #expect(error.bytes == bytes)
        #expect("\(error)".contains("\"\(field)\""))
        #expect("\(error)".contains(field.allowed))
    }

    @Test func `the form of Unix is refused by name, with the way to write it`() throws {
        let error = try #require(throws: CronSyntaxError.self) { try CronExpression("30 2 * * *") }

        #expect("\(error)".contains("five fields, as in Unix"))
        #expect("\(error)".contains("a field for seconds"))
    }

    @Test(arguments: ["", "   ", "0", "0 0 0 *", "0 0 0 * * ? 2020 7", String(repeating: "1,", count: 600) + "1 0 0 * * ?"])
    func `too few, too many and too long are refused`(text: String) {
        #expect(throws: CronSyntaxError.self) { try CronExpression(text) }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func `no text makes it trap, and what is taken says the same when it is written again`(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let pieces = [
            "*", "?", "L", "W", "#", "/", "-", ",", " ", " ", " ", "0", "1", "5", "15", "59", "99", "MON", "feb", "LW", "C",
            "é", "\t", "\0",
        ]
        var taken = 0
        for round in 0..<20_000 {
            // Half of them are good expressions with a few pieces put in or taken away.
            var text = Array(round % 2 == 0 ? QuartzExpressions.written[random.below(QuartzExpressions.written.count)] : "")
            for _ in 0..<(round % 2 == 0 ? random.below(3) : random.below(24)) {
                let place = random.below(text.count + 1)
                if random.chance(3), place < text.count {
                    text.remove(at: place)
                } else {
                    text.insert(contentsOf: pieces[random.below(pieces.count)], at: place)
                }
            }
            guard let expression = try? CronExpression(String(text)) else { continue }
            taken += 1
            #expect(try CronExpression(expression.text) == expression)
            _ = expression.next(after: Timestamp(microseconds: Int64(bitPattern: random.next())), in: .utc)
            #expect(!expression.sentence.isEmpty)
        }
        #expect(taken > 1000)
    }

    @Test(arguments: QuartzExpressions.written + QuartzExpressions.random(60, seed: 7))
    func `fires ascend, and nothing lies between one and the next`(text: String) throws {
        let expression = try CronExpression(text)
        let berlin = try zone("Europe/Berlin")
        let start = try time("2024-02-27T22:59:59Z")
        let fires = Array(expression.fires(after: start, in: berlin, limit: 300))

        #expect(zip(fires, fires.dropFirst()).allSatisfy { $0 < $1 })
        for (last, next) in zip([start] + fires, fires) {
            // Asked from the middle, and from just before, the answer is the same.
            let middle = Timestamp(microseconds: (last.microseconds + next.microseconds) / 2)
            #expect(expression.next(after: middle, in: berlin) == next)
            #expect(expression.next(after: Timestamp(microseconds: next.microseconds - 1), in: berlin) == next)
        }
    }

    @Test(
        arguments: [
            ("0 0 0 29 2 ? 2096-2099", "1970-01-01T00:00:00Z", "2096-02-29T00:00:00Z"),
            ("0 0 0 29 2 ?", "2000-01-01T00:00:00Z", "2000-02-29T00:00:00Z"),
            ("0 0 0 29 2 ?", "2000-02-29T00:00:00Z", "2004-02-29T00:00:00Z"),
            ("0 0 0 29 2 ?", "2096-02-29T00:00:00Z", nil), ("0 0 0 31 2 ?", "1970-01-01T00:00:00Z", nil),
            ("0 0 0 30 2 ?", "2026-01-01T00:00:00Z", nil),
            ("0 0 0 31 4,6,9,11 ?", "2026-01-01T00:00:00Z", nil),
            ("0 0 0 * * ? 1970", "1969-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("59 59 23 31 12 ? 2099", "2026-01-01T00:00:00Z", "2099-12-31T23:59:59Z"),
            ("* * * * * ?", "2099-12-31T23:59:59Z", nil),
            ("0 0 0 ? 2 1#5", "2026-01-01T00:00:00Z", "2032-02-29T00:00:00Z"),
            ("0 0 0 L-28 2 ?", "2026-01-01T00:00:00Z", "2028-02-01T00:00:00Z"),
        ] as [(String, String, String?)])
    func `rare days are found, and days that never come are not looked for without end`(
        text: String, after: String, next: String?
    ) throws {
        #expect(try CronExpression(text).next(after: time(after), in: .utc) == next.map { try time($0) })
    }

    @Test(arguments: [
        ("0 30 2 * * ?", "at 02:30:00, every day"), ("0 0/5 * * * ?", "minute every 5 from 0 of every hour, every day"),
        ("0 0 9 ? * MON-FRI", "at 09:00:00, on Monday to Friday"),
        ("0 0 0 LW 3 ? 2030", "at 00:00:00, on the last weekday of the month, in March, in 2030"),
        ("* * * ? * 6#3", "every second of every minute of every hour, on Friday number 3 of the month"),
    ])
    func `it is told in a sentence`(text: String, sentence: String) throws {
        #expect(try CronExpression(text).sentence == sentence)
    }
}
