/// The bytes of one JSON value that is known to be well formed, kept as they came.
public struct RawJSON: Hashable, Sendable, CustomStringConvertible {
    public let bytes: [UInt8]

    /// Takes over a text after one strict pass over it.
    ///
    /// - Throws: `JSONError` naming the place; a text beyond `limits` is refused at byte 0 without being read.
    public init(validating bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        guard bytes.count <= limits.bytes else {
            throw JSONError(offset: 0, reason: "\(bytes.count) bytes, more than the \(limits.bytes) allowed")
        }
        try scanning(bytes, limits) { (scanner: inout JSONScanner) throws(JSONError) in try scanner.document() }
        self.bytes = bytes
    }

    public init(validating text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        try self.init(validating: Array(text.utf8), limits: limits)
    }

    /// Bytes that a scan has already covered.
    init(trusted bytes: [UInt8]) { self.bytes = bytes }

    public static let null = RawJSON(trusted: Array("null".utf8))
    public static let emptyObject = RawJSON(trusted: Array("{}".utf8))

    public static func string(_ text: String) -> RawJSON {
        var writer = JSONWriter()
        writer.value(text)
        return RawJSON(trusted: writer.bytes)
    }

    /// An object built member by member.
    public static func object(_ build: (inout JSONWriter.Members) -> Void) -> RawJSON {
        var writer = JSONWriter()
        writer.object(build)
        return RawJSON(trusted: writer.bytes)
    }

    /// The text of a value that is a string; nil for every other value.
    public var stringValue: String? {
        let result = try? scanning(bytes, JSONLimits(bytes: .max, depth: 1)) {
            (scanner: inout JSONScanner) throws(JSONError) -> String? in
            scanner.index = bytes.firstIndex { !isBlank($0) } ?? bytes.count
            guard scanner.index < bytes.count, bytes[scanner.index] == UInt8(ascii: "\"") else { return nil }
            return decodeJSONString(try scanner.string(), in: scanner.bytes)
        }
        return result ?? nil
    }

    /// The same value without blanks between its parts.
    public var compact: RawJSON {
        guard bytes.contains(where: isBlank) else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var isInString = false
        var isAfterBackslash = false
        for byte in bytes {
            if isInString {
                if isAfterBackslash {
                    isAfterBackslash = false
                } else if byte == UInt8(ascii: "\\") {
                    isAfterBackslash = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if isBlank(byte) {
                continue
            }
            result.append(byte)
        }
        return RawJSON(trusted: result)
    }

    /// The JSON text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
    public var description: String { text }
}

func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

/// Runs one scan over a text's bytes.
func scanning<T>(
    _ bytes: [UInt8], _ limits: JSONLimits, _ body: (inout JSONScanner) throws(JSONError) -> T
) throws(JSONError) -> T {
    try bytes.withUnsafeBufferPointer { (buffer) throws(JSONError) -> T in
        var scanner = JSONScanner(buffer, depthLimit: limits.depth)
        return try body(&scanner)
    }
}

extension RawJSON {
    public static func integer(_ number: some BinaryInteger) -> RawJSON { RawJSON(trusted: Array(String(number).utf8)) }
    public static func bool(_ value: Bool) -> RawJSON { RawJSON(trusted: Array((value ? "true" : "false").utf8)) }
    public static func array(_ values: [RawJSON]) -> RawJSON {
        var bytes = [UInt8(ascii: "[")]
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: value.bytes)
        }
        return RawJSON(trusted: bytes + [UInt8(ascii: "]")])
    }
}

/// Inside Codable values a raw value travels as a string that holds its text.
extension RawJSON: Codable {
    public init(from decoder: any Decoder) throws {
        try self.init(validating: decoder.singleValueContainer().decode(String.self), limits: JSONLimits(bytes: .max))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
