package import ElvesModel
import Synchronization

/// What a worker's sandbox refused since somebody last asked. Written by the thread that answers for the kernel, read by the
/// worker's host.
///
/// An attempt stands in here before the worker learns that it failed. So whoever takes what is here after the worker's answer
/// has every attempt that the worker made before it.
package final class ViolationLog: Sendable {
    private let tally = Mutex(ViolationTally())

    package init() {}

    /// Adds one attempt; see `ViolationTally.add`.
    @discardableResult
    package func add(_ violation: Violation, killingIf isFatal: (Int) -> Bool = { _ in false }) -> Bool {
        tally.withLock { $0.add(violation, killingIf: isFatal) }
    }

    /// What came since the last time; another run begins.
    package func take() -> Violations { tally.withLock { $0.take() } }
}

/// Counts the violations of one run: equal ones together, and only so many kinds that a flood takes no memory.
package struct ViolationTally: Sendable {
    /// Kinds that are kept of one run. One more may be there: the one that ended the worker.
    package static let kindLimit = 32

    private struct Kind: Hashable {
        let call: String
        let arguments: [UInt64]
        let layer: Violation.Layer
        let source: Violation.Source
    }

    private var places: [Kind: Int] = [:]
    private var violations = Violations()
    private var total = 0

    package init() {}

    /// Adds one attempt, or several equal ones.
    ///
    /// - Parameter isFatal: Gets the number of attempts of this run, this one included. If it says so the worker is ended for
    ///   this one, which is then kept under all circumstances.
    /// - Returns: What `isFatal` said.
    @discardableResult
    package mutating func add(_ violation: Violation, killingIf isFatal: (Int) -> Bool = { _ in false }) -> Bool {
        total += violation.count
        let kills = isFatal(total)
        var violation = violation
        if kills { violation.action = .killed }
        let kind = Kind(
            call: violation.call, arguments: violation.arguments, layer: violation.layer, source: violation.source)
        if let place = places[kind] {
            violations.kinds[place].count += violation.count
            if violation.action == .killed { violations.kinds[place].action = .killed }
        } else if places.count < Self.kindLimit || violation.action == .killed {
            places[kind] = violations.kinds.count
            violations.kinds.append(violation)
        } else {
            violations.more += violation.count
        }
        return kills
    }

    package mutating func take() -> Violations {
        defer { self = ViolationTally() }
        return violations
    }
}
