import ElvesModel
import ElvesWebhooks
import Testing

/// Lanes under long random sequences of answers, pauses, new deliveries and centers that die.
@Suite struct LaneWalkTests {
    @Test(arguments: 0..<200)
    func `every delivery ends, none is in flight twice, and no endpoint waits for another`(seed: Int) throws {
        var walk = LaneWalk(seed: UInt64(seed))
        try walk.run(steps: 400)

        #expect(walk.faults.prefix(3) == [], "seed \(seed)")
    }

    @Test func `walks end in every way`() throws {
        var ends: Set<String> = []
        for seed in 0..<50 {
            var walk = LaneWalk(seed: UInt64(seed))
            try walk.run(steps: 400)
            ends.formUnion(walk.ends)
        }
        #expect(ends == ["delivered", "dead after the schedule", "dead with the endpoint"])
    }
}

private struct LaneWalk {
    private enum State: Equatable { case pending, delivered, dead }
    private struct Kept {
        var state = State.pending
        var attempts = 0
        var dueAt: Timestamp
    }

    private static let endpoints = 3
    private var random: Generator
    private var now = noon
    /// What is durable, by endpoint.
    private var kept: [[DeliveryID: Kept]] = Array(repeating: [:], count: endpoints)
    private var isDisabled = Array(repeating: false, count: endpoints)
    private var lanes = Array(repeating: EndpointLane(), count: endpoints)
    private var inFlight: [Set<DeliveryID>] = Array(repeating: [], count: endpoints)
    private var made = 0
    private(set) var faults: [String] = []
    private(set) var ends: Set<String> = []

    init(seed: UInt64) { random = Generator(state: seed &* 0x9E37_79B9 &+ 1) }

    mutating func run(steps: Int) throws {
        for _ in 0..<steps { try step(isOver: false) }
        // Nothing new comes any more: all that is there has to end.
        var rounds = 0
        while kept.contains(where: { $0.values.contains { $0.state == .pending } }), rounds < 100_000 {
            try step(isOver: true)
            rounds += 1
        }
        if rounds == 100_000 { faults.append("a delivery never ends") }
    }

    private mutating func step(isOver: Bool) throws {
        let endpoint = random.below(Self.endpoints)
        switch random.below(10) {
        case 0 where !isOver, 1 where !isOver:
            made += 1
            kept[endpoint][try DeliveryID("msg_\(made)")] = Kept(state: isDisabled[endpoint] ? .dead : .pending, dueAt: now)
        case 2: now = Timestamp(microseconds: now.microseconds + Int64(random.below(7200)) * 1_000_000)
        case 3 where random.below(20) == 0:
            // The center dies: what was in flight is due again, and lanes know nothing.
            lanes = Array(repeating: EndpointLane(), count: Self.endpoints)
            inFlight = Array(repeating: [], count: Self.endpoints)
        case 4 where isDisabled[endpoint] && random.below(5) == 0:
            isDisabled[endpoint] = false
            lanes[endpoint].replaced()
        case 5, 6, 7: offer(endpoint)
        default: answer(endpoint)
        }
    }

    private mutating func offer(_ endpoint: Int) {
        let due = kept[endpoint].filter { $0.value.state == .pending && $0.value.dueAt <= now }
            .sorted { ($0.value.dueAt, $0.key.text) < ($1.value.dueAt, $1.key.text) }
            .prefix(2 * EndpointLane.width).map { EndpointLane.Delivery(id: $0.key, attempts: $0.value.attempts) }
        let fresh = due.filter { !inFlight[endpoint].contains($0.id) }
        let effects = lanes[endpoint].offered(due, at: now)
        if effects.isEmpty, !fresh.isEmpty, inFlight[endpoint].isEmpty, lanes[endpoint].pausedUntil.map({ $0 <= now }) ?? true {
            faults.append("an endpoint that is free gets nothing")
        }
        for effect in effects {
            guard case .send(let id) = effect else { faults.append("\(effect)"); continue }
            if !inFlight[endpoint].insert(id).inserted { faults.append("\(id) is in flight twice") }
        }
        if inFlight[endpoint].count > EndpointLane.width { faults.append("too many in flight") }
    }

    private mutating func answer(_ endpoint: Int) {
        guard let id = inFlight[endpoint].sorted(by: { $0.text < $1.text }).first, let before = kept[endpoint][id] else {
            return
        }
        let answers: [DeliveryAnswer] = [
            .status(200), .status(500), .status(500), .status(404), .none("timeout"), .none("timeout"), .status(503),
            .status(429, retryAfter: .seconds(30)), random.below(8) == 0 ? .status(410) : .status(302),
        ]
        let jitter = Jitter(thousandths: Int64(random.below(401)) - 200)
        for effect in lanes[endpoint].answered(id, answers[random.below(answers.count)], jitter, at: now) {
            switch effect {
            case .send: faults.append("an answer sends")
            case .disable:
                isDisabled[endpoint] = true
                for (other, entry) in kept[endpoint] where entry.state == .pending {
                    kept[endpoint][other]?.state = .dead
                    ends.insert("dead with the endpoint")
                }
            case .settle(_, let verdict): settle(endpoint, id, before, verdict)
            }
        }
        lanes[endpoint].settled(id)
        inFlight[endpoint].remove(id)
    }

    private mutating func settle(_ endpoint: Int, _ id: DeliveryID, _ before: Kept, _ verdict: EndpointLane.Verdict) {
        switch verdict {
        case .delivered:
            kept[endpoint][id]?.state = .delivered
            ends.insert("delivered")
        case .dead(let attempts, _):
            if before.state == .pending { kept[endpoint][id]?.state = .dead }
            if attempts == DeliverySchedule.attempts { ends.insert("dead after the schedule") }
        case .again(let attempts, let next, _):
            if attempts != before.attempts + 1 { faults.append("\(attempts) attempts after \(before.attempts)") }
            let none = Jitter(thousandths: 0)
            if let plain = DeliverySchedule.next(afterAttempt: attempts, at: now, none) {
                let pause = plain.microseconds - now.microseconds
                if (next.microseconds - now.microseconds) * 5 < pause * 4 { faults.append("too early") }
            } else {
                faults.append("an attempt too many")
            }
            if before.state == .pending {
                kept[endpoint][id] = Kept(state: .pending, attempts: attempts, dueAt: next)
            }
        }
    }
}

private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}
