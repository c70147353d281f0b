/// Reads the text of a regular expression.
struct PatternParser {
    private static let depthLimit = 64

    private let scalars: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    /// The whole text.
    mutating func expression() throws(PatternError) -> PatternPart {
        let part = try alternatives()
        guard index == scalars.count else { throw error("this ) closes no group; a ) itself is written \\)") }
        return part
    }

    func error(_ reason: String) -> PatternError { PatternError(position: min(index, scalars.count) + 1, reason: reason) }

    func peek() -> Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

    mutating func next() -> Unicode.Scalar? {
        guard index < scalars.count else { return nil }
        defer { index += 1 }
        return scalars[index]
    }

    mutating func take(_ text: String) -> Bool {
        guard scalars[index...].starts(with: text.unicodeScalars) else { return false }
        index += text.unicodeScalars.count
        return true
    }

    private mutating func alternatives() throws(PatternError) -> PatternPart {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw error("groups are nested deeper than \(Self.depthLimit)") }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(PatternError) -> PatternPart {
        var parts: [PatternPart] = []
        while let scalar = peek(), scalar != "|", scalar != ")" {
            let (part, canRepeat) = try term()
            parts.append(try repeated(part, canRepeat))
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    /// - Returns: The part, and whether it may be repeated.
    private mutating func term() throws(PatternError) -> (PatternPart, Bool) {
        switch peek() {
        case "^": index += 1; return (.instruction(.start), false)
        case "$": index += 1; return (.instruction(.end), false)
        case ".": index += 1; return (.instruction(.any), true)
        case "(": return (try group(), true)
        case "[": return (.characterClass(try characterClass()), true)
        case "\\":
            if take("\\b") { return (.instruction(.wordBoundary(isPositive: true)), false) }
            if take("\\B") { return (.instruction(.wordBoundary(isPositive: false)), false) }
            switch try escape(inClass: false) {
            case .scalar(let scalar): return (.instruction(.scalar(scalar)), true)
            case .set(let characters): return (.characterClass(characters), true)
            }
        case "*", "+", "?": throw error("there is nothing to repeat here; write \\ before it to mean the character")
        case "{", "}", "]": throw error("write \\ before it to mean the character")
        default:
            guard let scalar = next() else { return (.empty, false) }
            return (.instruction(.scalar(scalar)), true)
        }
    }

    private mutating func group() throws(PatternError) -> PatternPart {
        let start = index
        index += 1
        if take("?") {
            if take("<"), peek() != "=", peek() != "!" {
                while let scalar = next(), scalar != ">" {
                    guard scalar.properties.isXIDContinue || scalar == "$" else { throw error("no such name of a group") }
                }
            } else if !take(":") {
                throw error("looking ahead and behind is not possible; of groups that begin with (? only (?: and (?<NAME> are")
            }
        }
        let part = try alternatives()
        guard take(")") else {
            index = start
            throw error("the group is not closed")
        }
        return part
    }

    // MARK: Repetition

    private mutating func repeated(_ part: PatternPart, _ canRepeat: Bool) throws(PatternError) -> PatternPart {
        let start = index
        guard let (least, most) = try bounds() else { return part }
        guard canRepeat else {
            index = start
            throw error("a place in the text cannot be repeated")
        }
        // Whether as much or as little as possible is taken makes no difference to whether there is a match.
        _ = take("?")
        return .repetition(part, min: least, max: most)
    }

    private mutating func bounds() throws(PatternError) -> (Int, Int?)? {
        if take("*") { return (0, nil) }
        if take("+") { return (1, nil) }
        if take("?") { return (0, 1) }
        let start = index
        guard take("{") else { return nil }
        let least = number()
        var most = least
        if take(",") { most = number() }
        guard let least, take("}"), most ?? least >= least else {
            index = start
            throw error("expected {N}, {N,} or {N,M} with M not less than N")
        }
        guard max(least, most ?? 0) <= 1000 else {
            index = start
            throw error("more than 1000 repetitions")
        }
        // {N,} leaves `most` nil.
        return (least, most)
    }

    mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek(), scalar.isASCII, let digit = Int(String(scalar)) {
            value = min((value ?? 0) * 10 + digit, 1_000_000)
            index += 1
        }
        return value
    }
}
