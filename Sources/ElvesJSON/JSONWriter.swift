/// Builds JSON text without a tree in between: what it writes is compact and always well formed.
public struct JSONWriter {
    public private(set) var bytes: [UInt8] = []

    public init(reserving capacity: Int = 256) { bytes.reserveCapacity(capacity) }

    /// Writes one object whose members `build` adds.
    public mutating func object(_ build: (inout Members) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        var members = Members(bytes: bytes)
        // The buffer moves into `members` and back, so that it is never shared and never copied.
        bytes = []
        build(&members)
        bytes = members.bytes
        bytes.append(UInt8(ascii: "}"))
    }

    public mutating func value(_ text: String) { bytes.appendJSONString(text) }

    /// The members of the object that is being written.
    public struct Members {
        fileprivate var bytes: [UInt8]
        private var isFirst = true

        fileprivate init(bytes: consuming [UInt8]) { self.bytes = bytes }

        public mutating func add(_ key: String, _ value: String) {
            begin(key)
            bytes.appendJSONString(value)
        }

        public mutating func add(_ key: String, _ value: Bool) {
            begin(key)
            bytes.append(contentsOf: (value ? "true" : "false").utf8)
        }

        public mutating func add(_ key: String, _ value: some BinaryInteger) {
            begin(key)
            bytes.append(contentsOf: String(value).utf8)
        }

        public mutating func add(_ key: String, _ value: RawJSON) {
            begin(key)
            bytes.append(contentsOf: value.bytes)
        }

        /// Leaves the member out when there is no value.
        public mutating func add(_ key: String, ifPresent value: String?) {
            if let value { add(key, value) }
        }

        public mutating func add(_ key: String, ifPresent value: RawJSON?) {
            if let value { add(key, value) }
        }

        public mutating func add(_ key: String, _ build: (inout Members) -> Void) {
            begin(key)
            bytes.append(UInt8(ascii: "{"))
            var inner = Members(bytes: bytes)
            bytes = []
            build(&inner)
            bytes = inner.bytes
            bytes.append(UInt8(ascii: "}"))
        }

        public mutating func add(_ key: String, _ values: [RawJSON]) {
            begin(key)
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: value.bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        }

        public mutating func add(_ key: String, _ values: [String]) { add(key, values.map(RawJSON.string)) }

        private mutating func begin(_ key: String) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.appendJSONString(key)
            bytes.append(UInt8(ascii: ":"))
        }
    }
}

extension [UInt8] {
    /// Appends a string with its quotes, escaping only what RFC 8259 demands.
    mutating func appendJSONString(_ text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            // Most strings need no escape and are copied whole.
            if bytes.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in bytes { appendEscaped(byte) }
            } else {
                append(contentsOf: bytes)
            }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            append(UInt8(ascii: "\\"))
            append(byte)
        case 0x0A: append(contentsOf: "\\n".utf8)
        case 0x0D: append(contentsOf: "\\r".utf8)
        case 0x09: append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            append(contentsOf: "\\u00".utf8)
            append(digits[Int(byte >> 4)])
            append(digits[Int(byte & 15)])
        default: append(byte)
        }
    }
}
