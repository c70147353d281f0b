import ElvesCron
import ElvesModel
import Foundation
import Testing

@Suite struct TimeZoneRulesTests {
    @Test func `every zone of this machine has the offsets that Foundation knows`() throws {
        var compared = 0
        var differing: Set<String> = []
        for name in TimeZone.knownTimeZoneIdentifiers
        where FileManager.default.fileExists(atPath: "/usr/share/zoneinfo/\(name)") {
            let rules = try zone(name)
            let theirs = try #require(TimeZone(identifier: name))
            var random = SeededRandom(UInt64(name.utf8.count))
            for _ in 0..<200 {
                let second = Int64(random.below(2_145_916_800))
                let expected = theirs.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
                compared += 1
                // Foundation brings a database of its own, perhaps of another year; zones that changed are few.
                if rules.offset(at: second) != expected { differing.insert(name) }
            }
        }
        #expect(compared > 50_000)
        #expect(differing.count < 12, "\(differing)")
    }

    @Test(arguments: [
        "", "/etc/passwd", "../../etc/passwd", "Europe//Berlin", "Europe/Berlin/", "Eur\0pe", "Überall",
        String(repeating: "a", count: 65),
    ])
    func `no name leads out of the database`(name: String) {
        var catalog = ZoneCatalog { _ in [1] }

        #expect(throws: TimeZoneError.badName) { try catalog.rules(named: name) }
    }

    @Test func `an unknown zone is named`() {
        #expect(throws: TimeZoneError.unknown(name: "Europe/Atlantis")) { try zone("Europe/Atlantis") }
    }

    @Test(arguments: ["Europe/Berlin", "Africa/Casablanca", "Asia/Shanghai"])
    func `no damage makes the reader trap`(name: String) throws {
        let whole = Array(try Data(contentsOf: URL(filePath: "/usr/share/zoneinfo/\(name)")))
        var refused = 0
        for length in stride(from: 0, to: whole.count, by: 3) where !isRead(Array(whole[..<length])) { refused += 1 }
        #expect(refused == (whole.count + 2) / 3)
        var random = SeededRandom(99)
        for _ in 0..<3000 {
            var bytes = whole
            for _ in 0...random.below(4) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            guard let rules = try? read(bytes) else { continue }
            _ = try CronExpression("0 30 2 * * ?").next(after: time("2025-03-30T00:00:00Z"), in: rules)
        }
    }

    private func read(_ bytes: [UInt8]) throws -> TimeZoneRules {
        var catalog = ZoneCatalog { _ in bytes }
        return try catalog.rules(named: "Test/Zone")
    }

    private func isRead(_ bytes: [UInt8]) -> Bool { (try? read(bytes)) != nil }
}
