import ElvesPolicy
import ElvesSeccomp

/// Which refused calls end a worker.
package struct ViolationRule: Sendable, Equatable {
    /// Numbers of this machine's calls that end the worker at the first attempt.
    package var tripwires: Set<Int32>
    /// Refused calls of one run that it survives; the next one ends it. Nil for any number.
    package var killAfter: Int?

    package init(tripwires: Set<Int32> = Self.knownTripwires, killAfter: Int? = 50) {
        self.tripwires = tripwires
        self.killAfter = killAfter
    }

    /// The numbers of `TripwireCalls`, without those that this machine does not have.
    package static let knownTripwires = Set(TripwireCalls.names.compactMap(SystemCallNames.number(of:)))

    /// Whether one more refused call ends the worker.
    ///
    /// - Parameter total: Refused calls of this run, this one included.
    package func ends(call number: Int32, total: Int) -> Bool {
        tripwires.contains(number) || killAfter.map { total > $0 } == true
    }
}
