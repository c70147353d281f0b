package import ElvesModel

/// Decides when the runs of one schedule begin.
///
/// Pure: every move takes what happened and the time on the wall clock, and returns what has to be done. The whole value is kept
/// before effects are carried out; then it goes on where it was, after any crash, and no planned time runs twice. Who drives it
/// ticks at the moment of `wait`, and at least every 30 seconds, since a wall clock can be put forward or back meanwhile.
package struct CronClock: Codable, Equatable, Sendable {
    package let schedule: CronSchedule
    package private(set) var isStarted = false
    /// What is done with.
    private var done = PlannedTimes()
    /// Planned times up to here have been looked at, on the clock as it goes now.
    private var seen: Timestamp?
    /// The numbers of the runs that go on.
    package private(set) var running: Set<Int> = []
    /// The planned time of the run that begins when the running one has ended.
    package private(set) var waiting: Timestamp?
    /// How many runs there have been.
    package private(set) var count = 0

    /// More are not begun at once, whatever was missed.
    package static let mostAtOnce = 1000

    package enum Effect: Equatable, Sendable {
        /// Begin a run. Numbers go up from 1.
        case fire(planned: Timestamp, number: Int)
        /// End these runs: another one waits for that.
        case end(numbers: [Int])
        /// This run begins when the one before has ended.
        case queued(planned: Timestamp)
        /// Runs that do not take place.
        case skipped(Skipped)
        /// Tick at this moment.
        case wait(until: Timestamp)
        /// There is nothing to wait for: the expression means no time any more.
        case over
    }

    package struct Skipped: Codable, Equatable, Sendable {
        /// The planned time of the first one.
        package let planned: Timestamp
        /// How many there are; `mostAtOnce` stands for that many or more.
        package let count: Int
        package let why: Why

        package init(planned: Timestamp, count: Int, why: Why) {
            self.planned = planned
            self.count = count
            self.why = why
        }

        package enum Why: String, Codable, Sendable {
            /// Nobody was there, or the clock was put forward.
            case missed
            /// An earlier run went on.
            case overlap
            /// A later run took its place in waiting.
            case superseded
            /// The schedule was stopped while it waited.
            case stopped
        }
    }

    package init(_ schedule: CronSchedule) { self.schedule = schedule }

    // MARK: What happens

    /// Runs may begin from now on. What was planned since it was last looked at is missed, and treated so: the first time there is
    /// nothing, and later that is the time it was stopped, or that nobody drove it.
    package mutating func started(at now: Timestamp, in zone: TimeZoneRules) -> [Effect] {
        isStarted = true
        if seen == nil { seen = now - schedule.offset }
        return ticked(at: now, in: zone)
    }

    /// No run begins any more. Those that go on are left alone; one that waits is not begun.
    package mutating func stopped() -> [Effect] {
        isStarted = false
        guard let planned = waiting else { return [] }
        waiting = nil
        return [.skipped(Skipped(planned: planned, count: 1, why: .stopped))]
    }

    /// Time has passed, or the clock was changed.
    package mutating func ticked(at now: Timestamp, in zone: TimeZoneRules) -> [Effect] {
        guard isStarted else { return [] }
        let horizon = now - schedule.offset
        // Put back: what is between was looked at, but for what is not done with and comes in its time.
        let from = min(seen ?? horizon, horizon)
        var effects: [Effect] = []
        let (missed, due, follows) = plannedTimes(after: from, through: horizon, in: zone)
        if let missed { effects.append(.skipped(missed)) }
        for (place, planned) in due.enumerated() {
            done.add(planned, follows: place > 0 || follows)
            effects += begin(planned)
        }
        seen = horizon
        return effects + [next(after: horizon, in: zone).map { .wait(until: $0 + schedule.offset) } ?? .over]
    }

    /// A run has ended, however it ended. Of an unknown one nothing comes.
    package mutating func runEnded(_ number: Int) -> [Effect] {
        guard running.remove(number) != nil, running.isEmpty, let planned = waiting else { return [] }
        waiting = nil
        return [fire(planned)]
    }

    // MARK: Decisions

    /// What was planned in a stretch of time and is not done with: what is left out, and what runs.
    private func plannedTimes(
        after from: Timestamp, through horizon: Timestamp, in zone: TimeZoneRules
    ) -> (missed: Skipped?, due: [Timestamp], follows: Bool) {
        let reach = schedule.missed == .skip ? CronSchedule.shortestWindow : schedule.window
        // Beyond the window nothing runs; there it is enough to know the first ones. So it is where too many are due at once.
        var start = max(from, horizon - reach - .microseconds(1000))
        var due = times(after: start, through: horizon, in: zone)
        while due.count == Self.mostAtOnce, horizon - start > .seconds(2) {
            start = start + (horizon - start) / 2
            due = times(after: start, through: horizon, in: zone)
        }
        var lost = times(after: from, through: start, in: zone)
        let follows = lost.isEmpty
        // The latest ones are what counts.
        let kept = schedule.missed == .all ? due.count : 1
        if due.count > kept {
            lost += due.prefix(due.count - kept)
            due.removeFirst(due.count - kept)
        }
        let missed = lost.first.map { Skipped(planned: $0, count: min(lost.count, Self.mostAtOnce), why: .missed) }
        return (missed, due, follows)
    }

    /// Planned times that are not done with: the first ones, if there are more than `mostAtOnce`.
    private func times(after from: Timestamp, through last: Timestamp, in zone: TimeZoneRules) -> [Timestamp] {
        var times: [Timestamp] = []
        var moment = from
        while times.count < Self.mostAtOnce, let planned = next(after: moment, in: zone), planned <= last {
            times.append(planned)
            moment = planned
        }
        return times
    }

    /// The next planned time that is not done with.
    private func next(after moment: Timestamp, in zone: TimeZoneRules) -> Timestamp? {
        var moment = moment
        while let planned = schedule.expression.next(after: moment, in: zone) {
            guard let end = done.end(of: planned) else { return planned }
            moment = end
        }
        return nil
    }

    private mutating func begin(_ planned: Timestamp) -> [Effect] {
        guard !running.isEmpty else { return [fire(planned)] }
        switch schedule.overlap {
        case .allow: return [fire(planned)]
        case .skip: return [skip(planned, .overlap)]
        case .queueOne:
            guard waiting == nil else { return [skip(planned, .overlap)] }
            waiting = planned
            return [.queued(planned: planned)]
        case .replace:
            let superseded = waiting.map { [skip($0, .superseded)] } ?? [.end(numbers: running.sorted())]
            waiting = planned
            return superseded + [.queued(planned: planned)]
        }
    }

    private func skip(_ planned: Timestamp, _ why: Skipped.Why) -> Effect {
        .skipped(Skipped(planned: planned, count: 1, why: why))
    }

    private mutating func fire(_ planned: Timestamp) -> Effect {
        count += 1
        running.insert(count)
        return .fire(planned: planned, number: count)
    }
}
