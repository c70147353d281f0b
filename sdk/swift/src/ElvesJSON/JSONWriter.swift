extension JSON {
    /// The value as compact JSON text in UTF-8.
    ///
    /// - Throws: `JSONError` for NaN and infinities, and for what is nested deeper than `depth`.
    public func encoded(depth: Int = 64) throws(JSONError) -> [UInt8] {
        var bytes: [UInt8] = []
        try write(into: &bytes, depth: depth)
        return bytes
    }

    /// Appends the value as compact JSON text; what it has appended before it throws stays there.
    package func write(into bytes: inout [UInt8], depth: Int) throws(JSONError) {
        try write(into: &bytes, room: depth, depth: depth)
    }

    /// `room` is how many more objects and lists may be opened; `depth` is only for the message.
    private func write(into bytes: inout [UInt8], room: Int, depth: Int) throws(JSONError) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let value):
            guard value.isFinite else { throw JSONError("the number \(value) is not JSON") }
            bytes.append(contentsOf: value.description.utf8)
        case .text(let value): JSON.write(value, into: &bytes)
        case .list(let items):
            guard room > 0 else { throw JSONError("it is nested deeper than \(depth)") }
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for item in items {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                try item.write(into: &bytes, room: room - 1, depth: depth)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            guard room > 0 else { throw JSONError("it is nested deeper than \(depth)") }
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            for (key, value) in members {
                if !isFirst { bytes.append(UInt8(ascii: ",")) }
                isFirst = false
                JSON.write(key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                try value.write(into: &bytes, room: room - 1, depth: depth)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a text with its quotes. A character takes at most six bytes.
    package static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20:
                let digits = String(byte, radix: 16)
                bytes.append(contentsOf: "\\u00".utf8)
                if byte < 0x10 { bytes.append(UInt8(ascii: "0")) }
                bytes.append(contentsOf: digits.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
