package import ElvesModel

/// The callbacks to one endpoint: which go out now, and what becomes of them.
///
/// Pure: every move takes what happened and returns what has to be done. Each endpoint has a lane of its own, so that one in
/// trouble delays no other. A delivery is in flight until what became of it is durable, and is not sent a second time meanwhile.
package struct EndpointLane: Sendable, Equatable {
    /// How many requests an endpoint has to answer at a time.
    package static let width = 4
    /// How long an endpoint is left alone that says it has too much to do, and not for how long.
    package static let pause = Duration.seconds(60)
    /// The longest time that an endpoint may ask to be left alone for.
    package static let longestPause = Duration.seconds(86_400)

    /// A callback that is due.
    package struct Delivery: Sendable, Equatable {
        package let id: DeliveryID
        /// Made so far.
        package let attempts: Int

        package init(id: DeliveryID, attempts: Int) {
            self.id = id
            self.attempts = attempts
        }
    }

    package enum Effect: Equatable, Sendable {
        /// Make the next attempt.
        case send(DeliveryID)
        /// Keep what became of an attempt, then tell the lane with `settled`.
        case settle(DeliveryID, Verdict)
        /// Send this endpoint nothing more, and give up what waits for it.
        case disable(reason: String)
    }

    package enum Verdict: Equatable, Sendable {
        case delivered(attempts: Int)
        case again(attempts: Int, at: Timestamp, problem: String)
        case dead(attempts: Int, problem: String)
    }

    /// Deliveries in flight, with their number of attempts, the current one included.
    private var inFlight: [DeliveryID: Int] = [:]
    /// Those of them that were answered, while that is being kept.
    private var settling: Set<DeliveryID> = []
    /// Until when nothing is sent.
    package private(set) var pausedUntil: Timestamp?
    /// The last answer was that it is too much: one request at a time, until one succeeds.
    private var isWary = false
    private var isDisabled = false

    package init() {}

    /// How many more deliveries may go out.
    package func room(at now: Timestamp) -> Int {
        guard !isDisabled, pausedUntil.map({ $0 <= now }) ?? true else { return 0 }
        return max(0, (isWary ? 1 : Self.width) - inFlight.count)
    }

    /// Whether the lane knows nothing that a new one would not.
    package func isIdle(at now: Timestamp) -> Bool {
        inFlight.isEmpty && !isWary && !isDisabled && (pausedUntil.map { $0 <= now } ?? true)
    }

    // MARK: What happens

    /// These are due, the longest due first; those that do not fit now are offered again later.
    package mutating func offered(_ due: [Delivery], at now: Timestamp) -> [Effect] {
        var effects: [Effect] = []
        for delivery in due where inFlight[delivery.id] == nil && room(at: now) > 0 {
            inFlight[delivery.id] = delivery.attempts + 1
            effects.append(.send(delivery.id))
        }
        return effects
    }

    /// An attempt has ended.
    package mutating func answered(
        _ id: DeliveryID, _ answer: DeliveryAnswer, _ jitter: Jitter, at now: Timestamp
    ) -> [Effect] {
        guard let attempts = inFlight[id], settling.insert(id).inserted else { return [] }
        if answer.isSuccess {
            isWary = false
            return [.settle(id, .delivered(attempts: attempts))]
        }
        let problem = "\(answer)"
        if answer.isGone {
            isDisabled = true
            return [.settle(id, .dead(attempts: attempts, problem: problem)), .disable(reason: problem)]
        }
        var earliest = now
        if let pause = answer.pause {
            isWary = true
            earliest = Self.later(now, by: min(max(pause, .zero), Self.longestPause))
            pausedUntil = max(earliest, pausedUntil ?? earliest)
        }
        guard !isDisabled, let next = DeliverySchedule.next(afterAttempt: attempts, at: now, jitter) else {
            return [.settle(id, .dead(attempts: attempts, problem: problem))]
        }
        return [.settle(id, .again(attempts: attempts, at: max(next, earliest), problem: problem))]
    }

    /// What became of the attempt is durable.
    package mutating func settled(_ id: DeliveryID) {
        settling.remove(id)
        inFlight[id] = nil
    }

    /// An operator has set the endpoint anew: what was known of it counts no more.
    package mutating func replaced() {
        pausedUntil = nil
        isWary = false
        isDisabled = false
    }

    private static func later(_ time: Timestamp, by pause: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds + pause.milliseconds * 1000)
    }
}
