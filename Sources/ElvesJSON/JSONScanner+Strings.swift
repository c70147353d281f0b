/// Where a string stands in its text: the range between the quotes, and whether it holds an escape.
struct JSONStringRange {
    let range: Range<Int>
    let isEscaped: Bool
}

extension JSONScanner {
    /// Scans one string, from its opening quote to behind its closing one.
    mutating func string() throws(JSONError) -> JSONStringRange {
        index += 1
        let start = index
        var isEscaped = false
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                defer { index += 1 }
                return JSONStringRange(range: start..<index, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                index += 1
                try escape()
            case 0..<0x20:
                throw fail("a control character must be escaped in a string")
            case 0x20..<0x80:
                index += 1
            default:
                try multiByteCharacter()
            }
        }
        throw fail("the string does not end")
    }

    private mutating func escape() throws(JSONError) {
        guard index < bytes.count else { throw fail("the string does not end") }
        switch bytes[index] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            index += 1
        case UInt8(ascii: "u"):
            index += 1
            let unit = try hexUnit()
            if (0xDC00...0xDFFF).contains(unit) { throw fail("a low surrogate without its high one") }
            if (0xD800...0xDBFF).contains(unit) {
                guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
                else { throw fail("a high surrogate without its low one") }
                index += 2
                guard (0xDC00...0xDFFF).contains(try hexUnit()) else {
                    throw fail("a high surrogate without its low one")
                }
            }
        default:
            throw fail("no such escape")
        }
    }

    private mutating func hexUnit() throws(JSONError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw fail("four hexadecimal digits must follow \\u") }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = hexDigit(bytes[index]) else { throw fail("four hexadecimal digits must follow \\u") }
            unit = unit << 4 | digit
            index += 1
        }
        return unit
    }

    /// One UTF-8 sequence of two to four bytes, by table 3-7 of the Unicode standard.
    private mutating func multiByteCharacter() throws(JSONError) {
        let first = bytes[index]
        let (length, second): (Int, ClosedRange<UInt8>)
        switch first {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: throw fail("invalid UTF-8")
        }
        guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { throw fail("invalid UTF-8") }
        for offset in 2..<max(2, length) where !(0x80...0xBF).contains(bytes[index + offset]) {
            throw fail("invalid UTF-8")
        }
        index += length
    }
}

func hexDigit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
}
