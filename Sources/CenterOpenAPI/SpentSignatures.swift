package import ElvesModel
import Synchronization

/// The signatures of keys that are good for one call each, for as long as their timestamps count.
///
/// Of calls made before it began it knows nothing, so timestamps up to then are refused; so are those that fell out of its
/// memory, should the clock go back. A caller whose clock is ahead could have one call repeated across a restart.
package struct SpentSignatures: Sendable {
    package enum Verdict: Equatable, Sendable {
        case first
        /// It came before, or may have come before.
        case spent
        /// The key has made `limit` calls within the window. Until their timestamps are old, it can make no more.
        case full(limit: Int)
    }

    private let window: Int64
    /// Calls of one key that are kept: 180 a second for the six minutes a window is long, in a few megabytes.
    private let limit: Int
    /// Timestamps up to here are refused.
    private var horizon: Int64
    private var keys: [AuthID: [Int64: Set<String>]] = [:]

    /// - Parameters:
    ///   - since: The second in which it begins, since 1970.
    ///   - window: How long a timestamp counts, in seconds, exclusive; both ways.
    package init(since: Int64, window: Int64, limit: Int = 65_536) {
        self.window = window
        self.limit = limit
        horizon = since
    }

    /// Takes note of a signature that was found good.
    ///
    /// - Parameters:
    ///   - sign: In one case of letters.
    ///   - timestamp: What was signed, in seconds, within the window around `now`.
    package mutating func spend(_ sign: String, of key: AuthID, signedAt timestamp: Int64, now: Int64) -> Verdict {
        forget(upTo: now - window)
        guard timestamp > horizon else { return .spent }
        let kept = keys[key, default: [:]]
        if kept[timestamp]?.contains(sign) == true { return .spent }
        guard kept.values.reduce(0, { $0 + $1.count }) < limit else { return .full(limit: limit) }
        keys[key, default: [:]][timestamp, default: []].insert(sign)
        return .first
    }

    /// How many are kept, of all keys.
    package var count: Int { keys.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } } }

    private mutating func forget(upTo second: Int64) {
        guard second > horizon else { return }
        horizon = second
        keys = keys.compactMapValues { seconds in
            let kept = seconds.filter { $0.key > second }
            return kept.isEmpty ? nil : kept
        }
    }
}

/// One memory of spent signatures for all requests of a center.
final class ReplayGuard: Sendable {
    private let spent: Mutex<SpentSignatures>

    init(_ spent: SpentSignatures) { self.spent = Mutex(spent) }

    func spend(_ sign: String, of key: AuthID, signedAt timestamp: Int64, now: Int64) -> SpentSignatures.Verdict {
        spent.withLock { $0.spend(sign, of: key, signedAt: timestamp, now: now) }
    }
}
