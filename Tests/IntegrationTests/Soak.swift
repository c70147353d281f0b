import Foundation

/// How long the crash tests go on: a few rounds, or with `ELVES_SOAK=1` (`make soak`) ten times as many.
enum Soak {
    static func rounds(_ few: Int) -> Int {
        ProcessInfo.processInfo.environment["ELVES_SOAK"] == "1" ? 10 * few : few
    }
}
