extension JSON {
    /// Reads one JSON text (RFC 8259), strictly.
    ///
    /// - Parameter depth: How many objects and lists may be open at once.
    /// - Throws: `JSONError` for what is not JSON, for a key that is there twice in one object, for bytes that are not
    ///   UTF-8, for half of a surrogate pair, and for what is nested deeper than `depth`.
    public init(parsing bytes: UnsafeBufferPointer<UInt8>, depth: Int = 64) throws(JSONError) {
        var reader = JSONReader(bytes: bytes, depth: depth)
        self = try reader.read()
    }

    public init(parsing bytes: [UInt8], depth: Int = 64) throws(JSONError) {
        // The closure of a standard library function does not carry the type of its error.
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(JSONError) in try JSON(parsing: bytes, depth: depth) }
        }
        self = try result.get()
    }

    public init(parsing text: String, depth: Int = 64) throws(JSONError) {
        try self.init(parsing: Array(text.utf8), depth: depth)
    }
}

struct JSONReader {
    let bytes: UnsafeBufferPointer<UInt8>
    let depth: Int
    var index = 0
    private var open = 0

    /// Reading goes one call deeper for each level, so that no limit of a host may take the whole stack.
    private static let deepest = 1000

    init(bytes: UnsafeBufferPointer<UInt8>, depth: Int) {
        self.bytes = bytes
        self.depth = min(depth, Self.deepest)
    }

    mutating func read() throws(JSONError) -> JSON {
        let value = try value()
        skipSpace()
        guard index == bytes.count else { throw failure("text after the value") }
        return value
    }

    func failure(_ what: String) -> JSONError { JSONError("\(what) at byte \(index)") }

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        guard index < bytes.count else { throw failure("the text ends") }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try list()
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw failure("no value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let end = index + word.utf8CodeUnitCount
        guard end <= bytes.count else { throw failure("no value") }
        for offset in 0..<word.utf8CodeUnitCount where bytes[index + offset] != word.utf8Start[offset] {
            throw failure("no value")
        }
        index = end
        return value
    }

    private mutating func enter() throws(JSONError) {
        open += 1
        guard open <= depth else { throw JSONError("nested deeper than \(depth)") }
        index += 1
        skipSpace()
    }

    /// Takes the character and returns true, or leaves it and returns false.
    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func list() throws(JSONError) -> JSON {
        try enter()
        var items: [JSON] = []
        if !take("]") {
            while true {
                items.append(try value())
                skipSpace()
                if take("]") { break }
                guard take(",") else { throw failure("no \",\" or \"]\"") }
            }
        }
        open -= 1
        return .list(items)
    }

    private mutating func object() throws(JSONError) -> JSON {
        try enter()
        var members = Members()
        if !take("}") {
            while true {
                skipSpace()
                guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw failure("no key") }
                let key = try text()
                skipSpace()
                guard take(":") else { throw failure("no \":\"") }
                let value = try value()
                guard members.insert(key, value) else {
                    throw JSONError("the key \(JSON.text(String(key.prefix(64)))) is there twice")
                }
                skipSpace()
                if take("}") { break }
                guard take(",") else { throw failure("no \",\" or \"}\"") }
            }
        }
        open -= 1
        return .object(members)
    }

    private mutating func digits() throws(JSONError) {
        let begin = index
        while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
        guard index > begin else { throw failure("no digit") }
    }

    private mutating func number() throws(JSONError) -> JSON {
        let begin = index
        _ = take("-")
        if !take("0") { try digits() }
        var isInteger = true
        if take(".") {
            isInteger = false
            try digits()
        }
        if take("e") || take("E") {
            isInteger = false
            if !take("+") { _ = take("-") }
            try digits()
        }
        let text = String(decoding: bytes[begin..<index], as: UTF8.self)
        if isInteger, let value = Int(text) { return .integer(value) }
        guard let value = Double(text) else { throw failure("no number") }
        return .number(value)
    }
}
