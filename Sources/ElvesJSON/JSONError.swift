/// Why a text is not acceptable JSON, and where.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// Offset in bytes from the start of the text.
    public let offset: Int
    public let reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }

    public var description: String { "not acceptable JSON at byte \(offset): \(reason)" }
}

/// How much of a text the reader accepts before it refuses.
public struct JSONLimits: Sendable {
    /// The longest text, in bytes.
    public var bytes: Int
    /// The deepest nesting of arrays and objects.
    public var depth: Int

    public init(bytes: Int = 1 << 20, depth: Int = 64) {
        self.bytes = bytes
        self.depth = depth
    }
}

extension JSONError {
    /// An error about what a text says rather than how it is written.
    package static func message(_ reason: String) -> JSONError { JSONError(offset: 0, reason: reason) }
}
