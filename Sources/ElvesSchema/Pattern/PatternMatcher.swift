/// Follows a program through a text, all its threads in step.
struct PatternMatcher {
    private let pattern: Pattern
    private(set) var steps: Int
    private var threads: [Int] = []
    private var stack: [Int] = []
    /// For each instruction, the last position at which a thread came there.
    private var lastVisit: [Int]
    private var position = 0
    private var hasMatched = false

    init(_ pattern: Pattern, steps: Int) {
        self.pattern = pattern
        self.steps = steps
        lastVisit = Array(repeating: -1, count: pattern.program.count)
    }

    /// - Returns: Nil if the steps were used up.
    mutating func run(_ text: String) -> Bool? {
        var previous: Unicode.Scalar?
        var scalars = text.unicodeScalars.makeIterator()
        var current = scalars.next()
        while true {
            follow(0, previous, current)
            if hasMatched { return true }
            if steps < 0 { return nil }
            guard let scalar = current else { return false }
            // Nothing can begin later where the expression begins with ^.
            if threads.isEmpty, case .start = pattern.program[0] { return false }
            let moving = threads
            threads.removeAll(keepingCapacity: true)
            position += 1
            previous = scalar
            current = scalars.next()
            for thread in moving where accepts(pattern.program[thread], scalar) { follow(thread + 1, previous, current) }
            if hasMatched { return true }
        }
    }

    /// Takes a thread to all instructions that wait for a character.
    private mutating func follow(_ first: Int, _ previous: Unicode.Scalar?, _ next: Unicode.Scalar?) {
        stack.append(first)
        while let index = stack.popLast() {
            guard lastVisit[index] != position else { continue }
            lastVisit[index] = position
            steps -= 1
            switch pattern.program[index] {
            case .match: hasMatched = true
            case .scalar, .any, .characterClass: threads.append(index)
            case .jump(let target): stack.append(target)
            case .split(let left, let right):
                stack.append(right)
                stack.append(left)
            case .start: if previous == nil { stack.append(index + 1) }
            case .end: if next == nil { stack.append(index + 1) }
            case .wordBoundary(let isPositive):
                if (isWord(previous) != isWord(next)) == isPositive { stack.append(index + 1) }
            }
        }
    }

    private func accepts(_ instruction: PatternInstruction, _ scalar: Unicode.Scalar) -> Bool {
        switch instruction {
        case .scalar(let expected): scalar == expected
        case .any: scalar != "\n" && scalar != "\r" && scalar != "\u{2028}" && scalar != "\u{2029}"
        case .characterClass(let index): pattern.classes[index].contains(scalar)
        default: false
        }
    }

    private func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        return CharacterClass.wordCharacters.contains { $0.contains(scalar.value) }
    }
}
