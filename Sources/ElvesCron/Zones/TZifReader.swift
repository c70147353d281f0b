/// Reads a compiled time zone, version 2 or later of RFC 8536.
struct TZifReader {
    private let bytes: [UInt8]
    private var position = 0

    struct Failure: Error {
        let reason: String
    }

    /// What the header says is there.
    private struct Counts {
        let universal: Int
        let standard: Int
        let leaps: Int
        let times: Int
        let types: Int
        let characters: Int

        /// The length of the body, with so many bytes for a time.
        func length(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standard + universal
        }
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func rules(named name: String) throws(Failure) -> TimeZoneRules {
        // The first body is for readers of 32 bits.
        try skip(header().length(timeSize: 4))
        let counts = try header()
        guard counts.leaps == 0 else { throw Failure(reason: "it counts leap seconds, which clocks here do not show") }
        guard counts.types > 0 else { throw Failure(reason: "it has no offset") }
        var times: [Int64] = []
        for _ in 0..<counts.times { times.append(Int64(bitPattern: try number(of: 8))) }
        guard zip(times, times.dropFirst()).allSatisfy(<) else { throw Failure(reason: "its times do not ascend") }
        let types = try take(counts.times).map(Int.init)
        var offsets: [Int64] = []
        for _ in 0..<counts.types {
            offsets.append(Int64(Int32(truncatingIfNeeded: try number(of: 4))))
            try skip(2)
        }
        // RFC 8536, 3.2, wants offsets above -25 and below 26 hours.
        guard types.allSatisfy({ $0 < counts.types }), offsets.allSatisfy({ (-89_999...93_599).contains($0) }) else {
            throw Failure(reason: "an offset is out of range")
        }
        try skip(counts.characters + counts.standard + counts.universal)
        var changes = zip(times, types).map { (at: $0, offset: offsets[$1]) }
        if let rule = try footer() { changes += rule.changes(after: times.last ?? 0) }
        return TimeZoneRules(name: name, first: offsets[0], changes: changes)
    }

    private mutating func header() throws(Failure) -> Counts {
        guard try take(4).elementsEqual("TZif".utf8), let version = try take(1).first, version >= UInt8(ascii: "2") else {
            throw Failure(reason: "it is no compiled time zone of version 2 or later")
        }
        try skip(15)
        var counts: [Int] = []
        for _ in 0..<6 { counts.append(Int(try number(of: 4))) }
        // Each stands for at least a byte; so sums of them cannot overflow.
        guard counts.allSatisfy({ $0 <= bytes.count }) else { throw Failure(reason: "it is cut off") }
        return Counts(
            universal: counts[0], standard: counts[1], leaps: counts[2], times: counts[3], types: counts[4],
            characters: counts[5])
    }

    /// The rule for the time after the last change that is written out; nil if there is none.
    private mutating func footer() throws(Failure) -> PosixZone? {
        let line = bytes[position...]
        guard line.first == 10, let end = line.dropFirst().firstIndex(of: 10) else {
            throw Failure(reason: "its last line is missing")
        }
        let text = line[(position + 1)..<end]
        guard !text.isEmpty else { return nil }
        guard let rule = PosixZone(Array(text)) else { throw Failure(reason: "its last line is no rule") }
        return rule
    }

    private mutating func number(of size: Int) throws(Failure) -> UInt64 {
        try take(size).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private mutating func skip(_ count: Int) throws(Failure) { _ = try take(count) }

    private mutating func take(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw Failure(reason: "it is cut off") }
        defer { position += count }
        return bytes[position..<position + count]
    }
}
