package import ElvesModel

/// What is to be done by the clock, and what counts where that is not simple.
package struct CronSchedule: Codable, Equatable, Sendable {
    /// Decides the schedule's place in its spread.
    package let id: String
    package let expression: CronExpression
    /// The name of its time zone.
    package let zone: String
    package let overlap: Overlap
    package let missed: Missed
    /// How late a run may still begin that could not begin in time.
    package let window: Duration
    /// Within how many seconds after the planned time the schedule has its own moment.
    package let spread: Duration

    /// What becomes of a run that is due while an earlier one goes on.
    package enum Overlap: String, Codable, CaseIterable, Sendable {
        /// It is left out.
        case skip
        /// It waits until the earlier one has ended; one can wait, and those after it are left out.
        case queueOne = "queue-one"
        /// It begins beside the earlier one.
        case allow
        /// The earlier one is ended, and when it is gone the new one begins.
        case replace
    }

    /// What becomes of runs that were due while nobody was there, whether stopped, down, or since the clock was put forward.
    package enum Missed: String, Codable, CaseIterable, Sendable {
        /// They are left out.
        case skip
        /// The latest one that is within the window runs.
        case once
        /// All that are within the window run.
        case all
    }

    /// The window where none is given.
    package static let defaultWindow = Duration.seconds(60)
    /// Who is this little late has missed nothing: timers and busy machines are.
    package static let shortestWindow = Duration.seconds(10)
    package static let longestWindow = Duration.seconds(7 * 86_400)
    package static let longestSpread = Duration.seconds(86_400)

    /// - Throws: `CronScheduleError` for a window or a spread out of range.
    package init(
        id: String, expression: CronExpression, zone: String, overlap: Overlap = .skip, missed: Missed = .once,
        window: Duration = defaultWindow, spread: Duration = .zero
    ) throws(CronScheduleError) {
        guard (Self.shortestWindow...Self.longestWindow).contains(window) else { throw .window(window) }
        guard (.zero...Self.longestSpread).contains(spread) else { throw .spread(spread) }
        self.id = id
        self.expression = expression
        self.zone = zone
        self.overlap = overlap
        self.missed = missed
        self.window = window
        self.spread = spread
    }

    /// How long after its planned time a run of this schedule is due: whole seconds up to the spread, always the same ones.
    package var offset: Duration {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // Ids that differ in their last character only would lie close together.
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return .seconds(Int64((hash ^ (hash >> 33)) % UInt64(spread.milliseconds / 1000 + 1)))
    }

    /// When runs are due next.
    package func fires(after moment: Timestamp, in zone: TimeZoneRules, limit: Int) -> [(planned: Timestamp, due: Timestamp)] {
        expression.fires(after: moment - offset, in: zone, limit: limit).map { ($0, $0 + offset) }
    }
}

/// Why a schedule is not acceptable.
package enum CronScheduleError: Error, Equatable, Sendable, CustomStringConvertible {
    case window(Duration)
    case spread(Duration)

    package var description: String {
        switch self {
        case .window(let given): "the catch-up window \(given) is out of range; it has 10 s to 7 days"
        case .spread(let given): "the spread \(given) is out of range; it has 0 s to 1 day"
        }
    }
}
