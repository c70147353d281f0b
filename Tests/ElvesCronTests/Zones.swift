import ElvesCron
import ElvesModel
import Foundation

/// The zones of this machine.
func zone(_ name: String) throws -> TimeZoneRules {
    var catalog = ZoneCatalog { FileManager.default.contents(atPath: "/usr/share/zoneinfo/\($0)").map(Array.init) }
    return try catalog.rules(named: name)
}

/// `2025-03-30T02:30:00+02:00`, read by other code than ours.
func time(_ text: String) throws -> Timestamp {
    Timestamp(microseconds: Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970) * 1_000_000)
}
