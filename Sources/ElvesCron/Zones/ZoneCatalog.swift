/// The time zones that are in use, each read once.
package struct ZoneCatalog: Sendable {
    /// The bytes of a compiled zone (RFC 8536, TZif) by its name; nil if there is none.
    private let read: @Sendable (String) -> [UInt8]?
    private var known: [String: TimeZoneRules] = ["UTC": .utc]

    /// The longest file of a zone that is read; those of the database have less than 4 KiB.
    package static let longestFile = 256 << 10

    package init(read: @escaping @Sendable (String) -> [UInt8]?) { self.read = read }

    package mutating func rules(named name: String) throws(TimeZoneError) -> TimeZoneRules {
        if let rules = known[name] { return rules }
        guard Self.isName(name) else { throw .badName }
        guard let bytes = read(name) else { throw .unknown(name: name) }
        do {
            var reader = TZifReader(bytes)
            let rules = try reader.rules(named: name)
            known[name] = rules
            return rules
        } catch {
            throw .damaged(name: name, reason: error.reason)
        }
    }

    /// Whether a text may be asked for: it leads nowhere but down a folder.
    static func isName(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "+-_/".utf8.contains(byte)
            }
        }
        return (1...64).contains(text.utf8.count) && isPlain
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }
}
