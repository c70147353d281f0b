extension PatternParser {
    enum Escape {
        case scalar(Unicode.Scalar)
        case set(CharacterClass)
    }

    /// From the opening bracket to the closing one.
    mutating func characterClass() throws(PatternError) -> CharacterClass {
        _ = next()
        var result = CharacterClass()
        result.isNegated = take("^")
        while !take("]") {
            guard let first = try classMember(&result) else { continue }
            guard peek() == "-", !isEndOfClassAhead else {
                result.ranges.append(first.value...first.value)
                continue
            }
            _ = next()
            guard let last = try classMember(&result) else { throw error("a range ends with one character") }
            guard first.value <= last.value else { throw error("the range ends before it begins") }
            result.ranges.append(first.value...last.value)
        }
        return result.sorted
    }

    /// Whether `-]` stands here: the hyphen is a member then.
    private var isEndOfClassAhead: Bool {
        var copy = self
        return copy.take("-]")
    }

    /// - Returns: The character; nil if a whole set was added instead.
    private mutating func classMember(_ result: inout CharacterClass) throws(PatternError) -> Unicode.Scalar? {
        guard peek() != "\\" else {
            if take("\\b") { return "\u{8}" }
            switch try escape(inClass: true) {
            case .scalar(let scalar): return scalar
            case .set(let characters):
                result.ranges += characters.ranges
                result.categories += characters.categories
                return nil
            }
        }
        guard let scalar = next() else { throw error("the class is not closed: ] is missing") }
        return scalar
    }

    /// What follows a backslash.
    mutating func escape(inClass: Bool) throws(PatternError) -> Escape {
        _ = next()
        guard let scalar = peek() else { throw error("nothing follows the last \\") }
        _ = next()
        switch scalar {
        case "d": return .set(CharacterClass(ranges: CharacterClass.digits))
        case "D": return .set(CharacterClass(ranges: CharacterClass.complement(of: CharacterClass.digits)))
        case "w": return .set(CharacterClass(ranges: CharacterClass.wordCharacters))
        case "W": return .set(CharacterClass(ranges: CharacterClass.complement(of: CharacterClass.wordCharacters)))
        case "s": return .set(CharacterClass(ranges: CharacterClass.blanks))
        case "S": return .set(CharacterClass(ranges: CharacterClass.complement(of: CharacterClass.blanks)))
        case "p", "P": return .set(CharacterClass(categories: [(try category(), scalar == "P")]))
        case "t": return .scalar("\t")
        case "n": return .scalar("\n")
        case "r": return .scalar("\r")
        case "f": return .scalar("\u{C}")
        case "v": return .scalar("\u{B}")
        case "0" where peek().map { !("0"..."9").contains($0) } ?? true: return .scalar("\0")
        case "0"..."9": throw error("references to groups are not possible")
        case "k": throw error("references to groups are not possible")
        case "x": return .scalar(try hexadecimal(2))
        case "u": return .scalar(try unicodeEscape())
        case "^", "$", "\\", ".", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|", "/", "-": return .scalar(scalar)
        default: throw error("\\\(printableKey(String(scalar))) is not known")
        }
    }

    private mutating func hexadecimal(_ digits: Int) throws(PatternError) -> Unicode.Scalar {
        guard let scalar = Unicode.Scalar(try unit(digits)) else { throw error("that is half a character") }
        return scalar
    }

    private mutating func unit(_ digits: Int) throws(PatternError) -> UInt32 {
        var text = ""
        while text.count < digits, let scalar = peek(), scalar.properties.isASCIIHexDigit {
            text.unicodeScalars.append(scalar)
            _ = next()
        }
        guard text.count == digits, let value = UInt32(text, radix: 16) else {
            throw error("expected \(digits) hexadecimal digits")
        }
        return value
    }

    private mutating func unicodeEscape() throws(PatternError) -> Unicode.Scalar {
        if take("{") {
            var text = ""
            while text.count < 8, let scalar = peek(), scalar.properties.isASCIIHexDigit {
                text.unicodeScalars.append(scalar)
                _ = next()
            }
            guard take("}"), let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value) else {
                throw error("expected a character's number as in \\u{1F600}")
            }
            return scalar
        }
        let first = try unit(4)
        // Two halves, as JSON writes them too.
        if (0xD800...0xDBFF).contains(first), take("\\u") {
            let second = try unit(4)
            if (0xDC00...0xDFFF).contains(second),
                let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
            {
                return scalar
            }
        }
        guard let scalar = Unicode.Scalar(first) else { throw error("that is half a character") }
        return scalar
    }

    /// The name in `\p{Lu}`.
    private mutating func category() throws(PatternError) -> Set<Unicode.GeneralCategory> {
        var name = ""
        if take("{") {
            while let scalar = next(), scalar != "}" { name.unicodeScalars.append(scalar) }
        }
        let members = generalCategories.filter { $0.key.hasPrefix(name) }.map(\.value)
        guard (1...2).contains(name.unicodeScalars.count), !members.isEmpty else {
            throw error("expected a general category as in \\p{L} or \\p{Lu}")
        }
        return Set(members)
    }
}

private let generalCategories: [String: Unicode.GeneralCategory] = [
    "Lu": .uppercaseLetter, "Ll": .lowercaseLetter, "Lt": .titlecaseLetter, "Lm": .modifierLetter, "Lo": .otherLetter,
    "Mn": .nonspacingMark, "Mc": .spacingMark, "Me": .enclosingMark, "Nd": .decimalNumber, "Nl": .letterNumber,
    "No": .otherNumber, "Pc": .connectorPunctuation, "Pd": .dashPunctuation, "Ps": .openPunctuation,
    "Pe": .closePunctuation, "Pi": .initialPunctuation, "Pf": .finalPunctuation, "Po": .otherPunctuation,
    "Sm": .mathSymbol, "Sc": .currencySymbol, "Sk": .modifierSymbol, "So": .otherSymbol, "Zs": .spaceSeparator,
    "Zl": .lineSeparator, "Zp": .paragraphSeparator, "Cc": .control, "Cf": .format, "Cs": .surrogate,
    "Co": .privateUse, "Cn": .unassigned,
]
