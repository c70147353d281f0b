import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesTargets
import Testing

/// Who is sent one call to many hosts, and when no further one is.
@Suite struct FanOutTests {
    @Test(arguments: [
        ("10", 25, [10, 20, 25]), ("25%", 10, [3, 6, 9, 10]), ("100%", 7, [7]), ("1,5,20%", 100, [1, 5, 20, 100]),
        ("1,5,20%", 10, [1, 5, 10]), ("1,100%", 3, [1, 3]), ("5", 0, []), ("50", 3, [3]), ("1%", 3, [1, 2, 3]),
    ])
    func `waves end where they should`(text: String, total: Int, ends: [Int]) throws {
        let waves = try #require(Waves(text))
        #expect(waves.ends(of: total) == ends && waves.description == text)
    }

    @Test(arguments: ["", "0", "0%", "1,", "x", "-1", "101%", "1,,2", "1, 2"])
    func `what is no wave is refused`(text: String) { #expect(Waves(text) == nil) }

    @Test func `three errors are let pass, and the fourth stops it in the same move`() throws {
        var call = FanOut(agents(100), waves: .together, maxErrors: .count(3), concurrency: 10)
        var inFlight = call.start().compactMap(\.sent)
        #expect(inFlight.count == 10)
        for _ in 0..<3 { inFlight += call.reported(inFlight.removeFirst(), flag: .failed).compactMap(\.sent) }
        #expect(call.stop == nil && inFlight.count == 10)

        let effects = call.unreachable(inFlight.removeFirst(), reason: "no link")

        #expect(effects.compactMap(\.sent) == [])
        #expect(call.stop == .errors(count: 4, allowed: 3))
        #expect(call.tally.skipped == 87 && call.tally.running == 9 && !call.isFinished)
        for agent in inFlight.dropLast() { #expect(call.reported(agent, flag: .succeeded) == [.progress(call.tally)]) }
        let last = call.reported(try #require(inFlight.last), flag: .failed)
        #expect(last == [.progress(call.tally), .finished(call.tally)])
        #expect(call.tally.succeeded == 8 && call.tally.errors == 5)
        #expect(call.state(of: AgentID("0099")) == .ended(.skipped(.errors(count: 4, allowed: 3))))
    }

    @Test func `a wave waits for the one before it`() {
        var call = FanOut(agents(4), waves: .growing([.count(1), .count(3)]), maxErrors: .count(0), concurrency: 9)
        #expect(call.start() == [.send(AgentID("0000"))])
        call.started(AgentID("0000"))
        #expect(call.state(of: AgentID("0000")) == .started)
        #expect(call.reported(AgentID("0000"), flag: .succeeded).compactMap(\.sent) == [AgentID("0001"), AgentID("0002")])
        #expect(call.reported(AgentID("0002"), flag: .succeeded).compactMap(\.sent) == [])
        #expect(call.reported(AgentID("0001"), flag: .succeeded).compactMap(\.sent) == [AgentID("0003")])
    }

    @Test func `cancelled, what runs is asked to end and ends as it reports; expired, nothing is waited for`() {
        var call = FanOut(agents(3), waves: .together, maxErrors: .all, concurrency: 1)
        _ = call.start()
        let cancelled = call.cancelled()
        #expect(cancelled == [.cancel(AgentID("0000")), .progress(call.tally)] && call.tally.skipped == 2)
        #expect(call.cancelled() == [])
        #expect(call.reported(AgentID("0000"), flag: .error).last == .finished(call.tally))

        var other = FanOut(agents(3), waves: .together, maxErrors: .all, concurrency: 2)
        _ = other.start()
        let expired = other.expired()
        #expect(
            expired == [
                .cancel(AgentID("0000")), .cancel(AgentID("0001")), .progress(other.tally), .finished(other.tally),
            ])
        #expect(other.tally.expired == 2 && other.tally.skipped == 1)
        #expect(other.reported(AgentID("0000"), flag: .succeeded) == [] && other.expired() == [])
    }

    @Test func `without hosts it is finished at once`() {
        var call = FanOut([], waves: .together, maxErrors: .count(0), concurrency: 5)
        #expect(call.start() == [.finished(call.tally)])
    }

    // MARK: Walks

    @Test(arguments: 0..<8)
    func `in every order, each host ends once, no more run than may, and none begins after the stop`(block: Int) {
        for seed in block * 250..<(block + 1) * 250 {
            var walk = FanOutWalk(seed: seed)
            walk.run()
            #expect(walk.faults == [], "seed \(seed)")
        }
    }

    @Test func `walks end in every way there is`() {
        var causes: Set<String> = []
        for seed in 0..<500 {
            var walk = FanOutWalk(seed: seed)
            walk.run()
            causes.insert(walk.cause)
        }
        #expect(causes == ["all", "errors", "cancelled", "expired"])
    }

    // MARK: Plans

    @Test func `the order in which hosts were found does not change a plan, and everything else does`() throws {
        let base = try plan()
        #expect(try plan(hosts: ["10.0.0.10", "10.0.0.2", "10.0.0.2"]).id == base.id)
        #expect(base.hosts.map { "\($0.ip)" } == ["10.0.0.2", "10.0.0.10"])
        let others = [
            try plan(hosts: ["10.0.0.2"]), try plan(version: "1.0.1"), try plan(function: "b"), try plan(param: #"{"a":2}"#),
            try plan(waves: .batches(.count(1))), try plan(maxErrors: .count(1)), try plan(concurrency: 4),
        ]
        #expect(Set(others.map(\.id)).union([base.id]).count == others.count + 1)
        #expect(try plan(param: #"{ "a" : 1 }"#).id == base.id)
    }

    @Test func `a plan that is another by now is refused with what was added and removed`() throws {
        try plan().requireSame(as: plan())

        let error = #expect(throws: PlanChanged.self) {
            try plan(hosts: ["10.0.0.2", "10.0.0.3"], version: "1.0.1").requireSame(as: plan())
        }

        let text = "\(try #require(error))"
        #expect(text.contains("added 10.0.0.3 (10.0.0.3); removed 10.0.0.10 (10.0.0.10); the version was 1.0.0 and is 1.0.1"))
        #expect(text.contains("--plan"))
    }

    private func plan(
        hosts: [String] = ["10.0.0.2", "10.0.0.10"], version: String = "1.0.0", function: String = "a",
        param: String = #"{"a":1}"#, waves: Waves = .together, maxErrors: RolloutPlan.Share = .count(0), concurrency: Int = 5
    ) throws -> FanOutPlan {
        FanOutPlan(
            app: try AppName("hello"), version: try AppVersion(version), function: function,
            param: try RawJSON(validating: param), hosts: try hosts.map { FanOutPlan.Host(agent: AgentID($0), ip: try ip($0)) },
            waves: waves, maxErrors: maxErrors, concurrency: concurrency)
    }
}

func agents(_ count: Int) -> [AgentID] {
    (0..<count).map { AgentID(String(repeating: "0", count: 4 - String($0).count) + String($0)) }
}

extension FanOut.Effect {
    var sent: AgentID? { if case .send(let agent) = self { agent } else { nil } }
}

private struct FanOutWalk {
    private var call: FanOut
    private var random: SeededRandom
    private let agents: [AgentID]
    private let concurrency: Int
    private let allowed: Int
    private var inFlight: [AgentID] = []
    private var sent: Set<AgentID> = []
    private var errors = 0
    private var hasStopped = false
    private var finishes = 0
    private(set) var faults: [String] = []

    init(seed: Int) {
        random = SeededRandom(seed: seed)
        agents = ElvesTargetsTests.agents(random.below(40))
        concurrency = 1 + random.below(8)
        let waves = ["100%", "3", "25%", "1,5,50%", "1,2,3"][random.below(5)]
        let share = ["0", "1", "3", "10%", "100%"][random.below(5)]
        let maxErrors = RolloutPlan.Share(share) ?? .all
        allowed = maxErrors.atMost(of: agents.count)
        call = FanOut(agents, waves: Waves(waves) ?? .together, maxErrors: maxErrors, concurrency: concurrency)
    }

    var cause: String {
        switch call.stop {
        case nil: "all"
        case .errors: "errors"
        case .cancelled: "cancelled"
        case .expired: "expired"
        }
    }

    mutating func run() {
        take(call.start())
        let trouble = random.below(3)
        while !inFlight.isEmpty {
            switch random.below(100) {
            case 0 where trouble > 0:
                hasStopped = true
                take(call.cancelled())
            case 1 where trouble > 1:
                hasStopped = true
                inFlight = []
                take(call.expired())
            case 2..<20: call.started(inFlight[random.below(inFlight.count)])
            case 20..<25:
                // Of one that has ended, or never began: nothing happens.
                let before = call
                let agent = agents[random.below(agents.count)]
                if !inFlight.contains(agent), call.reported(agent, flag: .failed) != [] || call != before {
                    faults.append("\(agent) ended twice, or before it began")
                }
            default: endOne(isBad: random.below(100) < trouble * 15)
            }
        }
        check()
    }

    private mutating func endOne(isBad: Bool) {
        let agent = inFlight.remove(at: random.below(inFlight.count))
        errors += isBad ? 1 : 0
        hasStopped = hasStopped || errors > allowed
        if isBad, random.below(2) == 0 {
            take(call.unreachable(agent, reason: "gone"))
        } else {
            take(call.reported(agent, flag: isBad ? .failed : .succeeded))
        }
    }

    private mutating func take(_ effects: [FanOut.Effect]) {
        for effect in effects {
            switch effect {
            case .send(let agent):
                if hasStopped { faults.append("\(agent) began after the stop") }
                if !sent.insert(agent).inserted { faults.append("\(agent) began twice") }
                inFlight.append(agent)
            case .finished: finishes += 1
            case .cancel, .progress: break
            }
        }
        if inFlight.count > concurrency { faults.append("\(inFlight.count) run at once") }
    }

    private mutating func check() {
        if finishes != 1 || !call.isFinished { faults.append("finished \(finishes) times") }
        let ends = agents.filter { if case .ended = call.state(of: $0) { true } else { false } }
        if ends.count != agents.count { faults.append("\(agents.count - ends.count) hosts have no end") }
        let skipped = agents.filter { if case .ended(.skipped) = call.state(of: $0) { true } else { false } }
        if Set(skipped) != Set(agents).subtracting(sent) { faults.append("not those that were never sent it are skipped") }
        let tally = call.tally
        if tally.succeeded + tally.errors + tally.skipped != agents.count { faults.append("the tally is \(tally)") }
        if !hasStopped, !skipped.isEmpty { faults.append("hosts were skipped without a stop") }
    }
}
