/// Expressions that Quartz and we understand alike: every special, then random ones.
enum QuartzExpressions {
    static let written = [
        "* * * * * ?", "0/5 * * * * ?", "*/7 * * * * ?", "/20 * * * * ?", "58-2 * * * * ?", "0 * * * * ?", "30 * * * * ?",
        "0 0/5 * * * ?", "0 */7 * * * ?", "0 /20 * * * ?", "0 7/15 * * * ?", "0 10-20/3 * * * ?", "0 55-5 * * * ?",
        "0 1,2,40-42,50/5 * * * ?", "15,45 30 * * * ?", "0 0 * * * ?", "0 59 * * * ?", "0 0 0/2 * * ?", "0 0 */3 * * ?",
        "0 30 1/6 * * ?", "0 0 9-17 * * ?", "0 0/30 8-10 * * ?", "0 0 22-2 * * ?", "0 15 22-4/2 * * ?", "0 0 0 * * ?",
        "0 30 2 * * ?", "0 0 2 * * ?", "0 0 3 * * ?", "0 30 1 * * ?", "0 59 23 * * ?", "59 59 23 * * ?", "0 0 12 * * ?",
        "0 0 1,2,3 * * ?", "0 30 0,2,14 * * ?", "0 * 14 * * ?", "0 0/5 14,18 * * ?", "0 0-5 14 * * ?", "0 0 0 1 * ?",
        "0 0 0 31 * ?", "0 0 0 30 * ?", "0 0 0 29 * ?", "0 0 0 1,15 * ?", "0 0 0 */5 * ?", "0 0 0 10/7 * ?", "0 0 0 25-5 * ?",
        "0 0 0 25-5/3 * ?", "0 0 12 1/5 * ?", "0 0 0 L * ?", "0 0 0 L-1 * ?", "0 0 0 L-3 * ?", "0 0 0 L-15 * ?",
        "0 0 0 L-28 * ?",
        "0 0 0 L-30 * ?", "0 0 0 LW * ?", "0 0 0 L-1W * ?", "0 0 0 L-3W * ?", "0 0 0 L-10W * ?", "0 0 0 1W * ?", "0 0 0 2W * ?",
        "0 0 0 15W * ?", "0 0 0 28W * ?", "0 0 0 29W * ?", "0 0 0 30W * ?", "0 0 0 31W * ?", "0 15 10 15W * ?", "0 0 23 LW * ?",
        "0 0 0 5C * ?", "0 0 0 ? * 2C", "0 0 0 ? * L", "0 0 0 ? * 7", "0 0 0 ? * 1", "0 0 0 ? * SUN", "0 0 0 ? * mon",
        "0 0 0 ? * MON-FRI", "0 0 0 ? * FRI-MON", "0 0 0 ? * 6-2", "0 0 0 ? * 2-6/2", "0 0 0 ? * 2/2", "0 0 0 ? * */3",
        "0 0 0 ? * MON,WED,FRI", "0 0 0 ? * 1,7", "0 0 0 ? * *", "0 0 0 ? * 1L", "0 0 0 ? * 6L", "0 0 0 ? * 7L",
        "0 0 0 ? * FRIL", "0 0 0 ? * SUNL", "0 0 0 ? * 6#3", "0 0 0 ? * 1#1", "0 0 0 ? * 7#5", "0 0 0 ? * FRI#2",
        "0 0 0 ? * MON#5",
        "0 30 2 ? * SUN", "0 30 2 ? 3 1L", "0 30 1 ? 11 1#1", "0 0 0 1 1 ?", "0 0 0 31 12 ?", "0 0 0 29 2 ?", "0 0 0 29 FEB ?",
        "0 0 0 28 2 ?", "0 0 0 1 JAN,JUL ?", "0 0 0 1 NOV-FEB ?", "0 0 0 1 11-2 ?", "0 0 0 1 */3 ?", "0 0 0 1 /4 ?",
        "0 0 0 1 2/5 ?", "0 0 0 L 2 ?", "0 0 0 LW 2,5 ?", "0 0 0 15W MAR-MAY ?", "0 0 0 ? 1-3 2#1", "0 0 0 ? DEC FRIL",
        "0 0 0 * * ? 2024", "0 0 0 1 1 ? 2022-2026", "0 0 0 1 1 ? 2020/3", "0 0 0 1 1 ? */4", "0 0 0 1 1 ? 2021,2023,2029",
        "0 0 0 29 2 ? 2024/4", "0 0 0 * * ? 2019", "59 59 23 31 12 ? 2029", "0 0 0 ? * 6#5 2025", "0 0  0 * * ?",
        "0 0 0 ? * tue-thu",
    ]

    /// Random expressions that mean something to both; the same for the same seed.
    static func random(_ count: Int, seed: UInt64) -> [String] {
        var random = SeededRandom(seed)
        return (0..<count).map { _ in
            let seconds = random.chance(5) ? "0" : random.field(0...59)
            let minutes = random.field(0...59)
            let hours = random.field(0...23)
            let months = random.chance(2) ? "*" : random.field(1...12)
            let days = random.days()
            let years = random.chance(5) ? " \(2020 + random.below(9))-2029" : ""
            return "\(seconds) \(minutes) \(hours) \(days.ofMonth) \(months) \(days.ofWeek)\(years)"
        }
    }
}

/// A generator that gives the same numbers for the same seed everywhere (SplitMix64).
struct SeededRandom {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// True once in so many times.
    mutating func chance(_ count: Int) -> Bool { below(count) == 0 }

    mutating func pick(_ numbers: ClosedRange<Int>) -> Int { numbers.lowerBound + below(numbers.count) }

    mutating func field(_ numbers: ClosedRange<Int>) -> String {
        switch below(7) {
        case 0: "*"
        case 1: "\(pick(numbers))/\(1 + below(numbers.count - 1))"
        case 2: "*/\(1 + below(numbers.count - 1))"
        case 3: "\(pick(numbers))-\(pick(numbers))"
        case 4: "\(pick(numbers))-\(pick(numbers))/\(1 + below(5))"
        case 5: "\(pick(numbers)),\(pick(numbers)),\(pick(numbers))"
        default: "\(pick(numbers))"
        }
    }

    mutating func days() -> (ofMonth: String, ofWeek: String) {
        switch below(9) {
        case 0: ("*", "?")
        case 1: ("\(1 + below(28))W", "?")
        case 2: (["L", "LW", "L-\(below(29))", "L-\(below(26))W"][below(4)], "?")
        case 3: ("?", "\(1 + below(7))L")
        case 4: ("?", "\(1 + below(7))#\(1 + below(5))")
        case 5, 6: ("?", field(1...7))
        default: (field(1...31), "?")
        }
    }
}
