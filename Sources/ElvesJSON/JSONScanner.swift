/// One strict pass over a JSON text (RFC 8259), which also refuses what RFC 8259 leaves open: duplicate keys, invalid UTF-8,
/// lone surrogates, integers outside Int64, nesting beyond the limit, anything after the value.
///
/// It decodes nothing: callers get byte ranges of a text that is known to be good, so a worker's result of a megabyte passes
/// through agent and center without ever becoming a tree.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    let depthLimit: Int
    var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    /// Scans the whole text as one value.
    mutating func document() throws(JSONError) {
        skipBlanks()
        try value(depth: 0)
        try end()
    }

    /// Scans the whole text as one object and returns its members in the order of the text.
    mutating func topLevelMembers() throws(JSONError) -> [JSONMember] {
        skipBlanks()
        guard peek() == UInt8(ascii: "{") else { throw fail("expected an object") }
        let members = try object(depth: 0)
        try end()
        return members
    }

    private mutating func end() throws(JSONError) {
        skipBlanks()
        guard index == bytes.count else { throw fail("text after the value") }
    }

    mutating func value(depth: Int) throws(JSONError) {
        guard let first = peek() else { throw fail("the text ends where a value should stand") }
        switch first {
        case UInt8(ascii: "{"): _ = try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw fail("no value begins like this")
        }
    }

    mutating func object(depth: Int) throws(JSONError) -> [JSONMember] {
        guard depth < depthLimit else { throw fail("nested deeper than \(depthLimit)") }
        index += 1
        var keys = JSONKeys()
        skipBlanks()
        if take(UInt8(ascii: "}")) { return [] }
        while true {
            skipBlanks()
            guard peek() == UInt8(ascii: "\"") else { throw fail("expected a key") }
            let keyStart = index
            let key = try string()
            guard keys.insert(key, in: bytes) else {
                throw JSONError(offset: keyStart, reason: "key \(keys.text(of: key, in: bytes)) stands twice")
            }
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw fail("expected : after a key") }
            skipBlanks()
            let start = index
            try value(depth: depth + 1)
            keys.setLastValue(start..<index)
            skipBlanks()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return keys.members }
            throw fail("expected , or } in an object")
        }
    }

    private mutating func array(depth: Int) throws(JSONError) {
        guard depth < depthLimit else { throw fail("nested deeper than \(depthLimit)") }
        index += 1
        skipBlanks()
        if take(UInt8(ascii: "]")) { return }
        while true {
            skipBlanks()
            try value(depth: depth + 1)
            skipBlanks()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { return }
            throw fail("expected , or ] in an array")
        }
    }

    private mutating func literal(_ word: StaticString) throws(JSONError) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard index < bytes.count, bytes[index] == word.utf8Start[offset] else { throw fail("expected \(word)") }
            index += 1
        }
    }

    private mutating func number() throws(JSONError) {
        let start = index
        let negative = take(UInt8(ascii: "-"))
        let digitsStart = index
        let digits = skipDigits()
        guard digits > 0 else { throw fail("a number needs a digit") }
        if digits > 1, bytes[digitsStart] == UInt8(ascii: "0") {
            throw JSONError(offset: start, reason: "a number may not begin with 0")
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard skipDigits() > 0 else { throw fail("a digit must follow the point") }
        }
        if peek() == UInt8(ascii: "e") || peek() == UInt8(ascii: "E") {
            isInteger = false
            index += 1
            if peek() == UInt8(ascii: "+") || peek() == UInt8(ascii: "-") { index += 1 }
            guard skipDigits() > 0 else { throw fail("a digit must follow the exponent") }
        }
        // Up to 18 digits always fit; only longer ones are worth the conversion.
        if isInteger, digits > 18 {
            let text = String(decoding: bytes[digitsStart..<index], as: UTF8.self)
            guard Int64((negative ? "-" : "") + text) != nil else {
                throw JSONError(offset: start, reason: "an integer outside the 64-bit range")
            }
        }
    }

    private mutating func skipDigits() -> Int {
        let start = index
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        return index - start
    }

    mutating func skipBlanks() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    func peek() -> UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    func fail(_ reason: String) -> JSONError { JSONError(offset: index, reason: reason) }
}
