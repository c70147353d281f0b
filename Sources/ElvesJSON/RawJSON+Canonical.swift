extension RawJSON {
    /// The canonical form (OLPC), over which metadata is signed: members sorted by key, no blanks, and in strings only `"`
    /// and `\` escaped.
    ///
    /// - Throws: `JSONError` at a number that is not an integer: canonical JSON has none.
    public func canonical() throws(JSONError) -> [UInt8] {
        try scanning(bytes, JSONLimits(bytes: .max)) { (scanner: inout JSONScanner) throws(JSONError) in
            var result: [UInt8] = []
            result.reserveCapacity(scanner.bytes.count)
            scanner.skipBlanks()
            try scanner.appendCanonical(to: &result, depth: 0)
            return result
        }
    }
}

extension JSONScanner {
    /// Scans the value that begins here and appends its canonical form.
    fileprivate mutating func appendCanonical(to result: inout [UInt8], depth: Int) throws(JSONError) {
        guard index < bytes.count else { throw fail("the text ends where a value should stand") }
        switch bytes[index] {
        case UInt8(ascii: "{"): try appendCanonicalObject(to: &result, depth: depth)
        case UInt8(ascii: "["): try appendCanonicalArray(to: &result, depth: depth)
        case UInt8(ascii: "\""): result.appendCanonicalString(decodeJSONString(try string(), in: bytes))
        default:
            let start = index
            try value(depth: depth)
            try appendScalar(start..<index, to: &result)
        }
    }

    private mutating func appendCanonicalObject(to result: inout [UInt8], depth: Int) throws(JSONError) {
        let members = try object(depth: depth)
        let end = index
        var sorted: [(key: String, value: Int)] = []
        sorted.reserveCapacity(members.count)
        for member in members { sorted.append((decodeJSONString(member.key, in: bytes), member.value.lowerBound)) }
        // By UTF-8 bytes, which is the order of code points; Swift's own order of strings is another.
        sorted.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        result.append(UInt8(ascii: "{"))
        for (position, member) in sorted.enumerated() {
            if position > 0 { result.append(UInt8(ascii: ",")) }
            result.appendCanonicalString(member.key)
            result.append(UInt8(ascii: ":"))
            index = member.value
            try appendCanonical(to: &result, depth: depth + 1)
        }
        result.append(UInt8(ascii: "}"))
        index = end
    }

    private mutating func appendCanonicalArray(to result: inout [UInt8], depth: Int) throws(JSONError) {
        guard depth < depthLimit else { throw fail("nested deeper than \(depthLimit)") }
        index += 1
        result.append(UInt8(ascii: "["))
        var isFirst = true
        while true {
            skipBlanks()
            guard index < bytes.count else { throw fail("the text ends where a value should stand") }
            if bytes[index] == UInt8(ascii: "]") { break }
            if bytes[index] == UInt8(ascii: ",") {
                index += 1
                continue
            }
            if !isFirst { result.append(UInt8(ascii: ",")) }
            isFirst = false
            try appendCanonical(to: &result, depth: depth + 1)
        }
        index += 1
        result.append(UInt8(ascii: "]"))
    }

    private func appendScalar(_ range: Range<Int>, to result: inout [UInt8]) throws(JSONError) {
        let text = bytes[range]
        guard let first = text.first, first == UInt8(ascii: "-") || (0x30...0x39).contains(first) else {
            result.append(contentsOf: text)
            return
        }
        guard let number = Int64(String(decoding: text, as: UTF8.self)) else {
            throw JSONError(offset: range.lowerBound, reason: "a signed text may hold integers only")
        }
        result.append(contentsOf: String(number).utf8)
    }
}

extension [UInt8] {
    fileprivate mutating func appendCanonicalString(_ text: String) {
        append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { append(UInt8(ascii: "\\")) }
            append(byte)
        }
        append(UInt8(ascii: "\""))
    }
}
