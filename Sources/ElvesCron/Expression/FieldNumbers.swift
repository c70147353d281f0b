/// The numbers that a field selects, each as the bit of its distance from the lowest.
struct FieldNumbers: Equatable, Sendable {
    let field: CronField
    /// One for each number the field may hold.
    private(set) var selected: [Bool]
    /// The numbers that stand in a stretch of at least two that follow one another: `*`, `3-5`, `0/1`.
    private var stretching: [Bool]
    /// Whether it is `*`.
    private(set) var isEvery = false
    /// The parts of the list, as they were read.
    private(set) var items: [Item] = []

    struct Item: Equatable, Sendable {
        let first: Int
        /// Before `first` where the range wraps.
        let last: Int
        let step: Int
        /// Whether it goes over the whole field, or from `first` to its end.
        let isOpen: Bool
    }

    init(field: CronField) {
        self.field = field
        selected = Array(repeating: false, count: field.numbers.count)
        stretching = selected
    }

    /// The numbers themselves as bits: for all fields but the year, whose numbers are too many.
    var mask: UInt64 { Self.bits(of: selected, from: field.numbers.lowerBound) }

    /// Those of `mask` in stretches.
    var stretches: UInt64 { Self.bits(of: stretching, from: field.numbers.lowerBound) }

    var count: Int { selected.count { $0 } }

    var values: [Int] { selected.indices.filter { selected[$0] }.map { $0 + field.numbers.lowerBound } }

    /// Adds what `5`, `MON`, `22-2`, `0/5`, `*/5`, `/5`, `1-10/2` or `*` stands for.
    mutating func add(item: FieldText) throws(CronSyntaxError) {
        let halves = item.text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let step = try halves.count == 2 ? Self.step(halves[1], item) : nil
        let range = halves[0]
        if range == "*" || range.isEmpty && step != nil {
            if range == "*", step == nil { isEvery = true }
            return select(Item(first: field.numbers.lowerBound, last: field.numbers.upperBound, step: step ?? 1, isOpen: true))
        }
        let ends = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = try item.number(ends[0])
        guard ends.count == 2 else {
            let last = step == nil ? first : field.numbers.upperBound
            return select(Item(first: first, last: last, step: step ?? 1, isOpen: step != nil))
        }
        let last = try item.number(ends[1])
        guard field != .year || first <= last else { throw item.refuse("a range of years does not go back") }
        select(Item(first: first, last: last, step: step ?? 1, isOpen: false))
    }

    private mutating func select(_ item: Item) {
        items.append(item)
        let first = item.first - field.numbers.lowerBound
        let length = (item.last - item.first + selected.count) % selected.count
        for distance in stride(from: 0, through: length, by: item.step) {
            let place = (first + distance) % selected.count
            selected[place] = true
            if item.step == 1, length > 0 { stretching[place] = true }
        }
    }

    private static func step(_ text: Substring, _ item: FieldText) throws(CronSyntaxError) -> Int {
        guard let step = FieldText.digits(text) else { throw item.refuse("a step is a number after /") }
        guard (1...item.field.longestStep).contains(step) else {
            throw item.refuse("the step \(step) is not in 1 to \(item.field.longestStep)")
        }
        return step
    }

    private static func bits(of flags: [Bool], from lowest: Int) -> UInt64 {
        var bits: UInt64 = 0
        for (place, isSet) in flags.enumerated() where isSet { bits |= 1 << UInt64(place + lowest) }
        return bits
    }
}
