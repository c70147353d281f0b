/// The parts of a regular expression.
indirect enum PatternPart {
    case empty
    case instruction(PatternInstruction)
    case characterClass(CharacterClass)
    case sequence([PatternPart])
    case alternatives([PatternPart])
    /// `max` nil is without end.
    case repetition(PatternPart, min: Int, max: Int?)
}

/// Writes the program of an expression; `x{3,5}` becomes five times x.
struct PatternBuilder {
    /// Bounds the work per character of a text.
    private static let limit = 2000

    private(set) var program: [PatternInstruction] = []
    private(set) var classes: [CharacterClass] = []

    mutating func append(_ instruction: PatternInstruction) throws(PatternError) {
        guard program.count < Self.limit else {
            throw PatternError(position: 1, reason: "it is too large once its repetitions are written out")
        }
        program.append(instruction)
    }

    mutating func add(_ part: PatternPart) throws(PatternError) {
        switch part {
        case .empty: break
        case .instruction(let instruction): try append(instruction)
        case .characterClass(let characters):
            let known = classes.firstIndex(of: characters)
            if known == nil { classes.append(characters) }
            try append(.characterClass(known ?? classes.count - 1))
        case .sequence(let parts): for part in parts { try add(part) }
        case .alternatives(let parts): try addAlternatives(parts[...])
        case .repetition(let part, let least, let most): try addRepetition(part, least, most)
        }
    }

    private mutating func addAlternatives(_ parts: ArraySlice<PatternPart>) throws(PatternError) {
        var jumps: [Int] = []
        for part in parts.dropLast() {
            let split = program.count
            try append(.split(split + 1, split + 1))
            try add(part)
            jumps.append(program.count)
            try append(.jump(0))
            program[split] = .split(split + 1, program.count)
        }
        if let last = parts.last { try add(last) }
        for jump in jumps { program[jump] = .jump(program.count) }
    }

    private mutating func addRepetition(_ part: PatternPart, _ least: Int, _ most: Int?) throws(PatternError) {
        for _ in 0..<least {
            let before = program.count
            try add(part)
            // Of nothing, any number is one.
            if program.count == before { return }
        }
        guard let most else {
            let split = program.count
            try append(.split(split + 1, split + 1))
            try add(part)
            try append(.jump(split))
            program[split] = .split(split + 1, program.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<most {
            splits.append(program.count)
            try append(.split(program.count + 1, program.count + 1))
            try add(part)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
    }
}
