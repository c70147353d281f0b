import FoundationEssentials

/// A point on the wall clock, in microseconds since 1970-01-01T00:00:00Z. For people and records, never for deadlines.
public struct Timestamp: Hashable, Sendable, Comparable, Codable {
    public let microseconds: Int64

    public init(microseconds: Int64) { self.microseconds = microseconds }

    public var seconds: Int64 { microseconds / 1_000_000 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.microseconds < right.microseconds }

    /// The time from the right to the left.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .microseconds(left.microseconds - right.microseconds)
    }

    public static func + (left: Timestamp, right: Duration) -> Timestamp {
        let (seconds, attoseconds) = right.components
        return Timestamp(microseconds: left.microseconds + seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    }

    public static func - (left: Timestamp, right: Duration) -> Timestamp { left + (.zero - right) }

    public init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }

    /// In UTC, as in `2026-01-31T12:00:00.123Z`.
    public var iso8601: String {
        let (second, rest) = microseconds.flooredQuotientAndRemainder(dividingBy: 1_000_000)
        // In whole numbers: a Date holds a fraction that comes out a thousandth too low.
        let text = Date(timeIntervalSince1970: Double(second)).formatted(Date.ISO8601FormatStyle())
        let thousandths = String(rest / 1000)
        return text.dropLast() + "." + String(repeating: "0", count: 3 - thousandths.count) + thousandths + "Z"
    }

    /// In the machine's time zone, as in `2026-01-31 12:00:00`: the form of `/api/v2`.
    public var localText: String {
        let style = Date.ISO8601FormatStyle(
            dateTimeSeparator: .space, timeZone: .current)
        return Date(timeIntervalSince1970: Double(microseconds) / 1_000_000)
            .formatted(style.year().month().day().time(includingFractionalSeconds: false))
    }
}

/// The clocks of one process. Injected, so that decisions can be tested and simulated without waiting.
public struct Clocks: Sendable {
    /// The wall clock.
    public let wall: @Sendable () -> Timestamp
    /// Time since an arbitrary start that never goes back.
    public let monotonic: @Sendable () -> Duration

    public init(wall: @escaping @Sendable () -> Timestamp, monotonic: @escaping @Sendable () -> Duration) {
        self.wall = wall
        self.monotonic = monotonic
    }

    /// The clocks of the machine.
    public static func system() -> Clocks {
        let start = ContinuousClock.now
        return Clocks(wall: systemWall, monotonic: { ContinuousClock.now - start })
    }

    /// Now, on the machine's wall clock.
    @Sendable public static func systemWall() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

extension Int64 {
    fileprivate func flooredQuotientAndRemainder(dividingBy divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
