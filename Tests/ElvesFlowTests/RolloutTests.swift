import ElvesFlow
import ElvesModel
import Testing

/// `Rollout` by example.
@Suite struct RolloutTests {
    struct Waves: Sendable, CustomTestStringConvertible {
        let waves: [String]
        let hosts: Int
        /// How many hosts have the version once each wave has begun.
        let counts: [Int]
        var testDescription: String { "\(waves.joined(separator: ",")) of \(hosts)" }
    }

    static let waves: [Waves] = [
        Waves(waves: ["1", "10%", "100%"], hosts: 20, counts: [1, 2, 20]),
        Waves(waves: ["1", "10%", "100%"], hosts: 11, counts: [1, 2, 11]),
        // A part is rounded up: 10 % of three hosts are one, so the second wave has nobody to add.
        Waves(waves: ["1", "10%", "100%"], hosts: 3, counts: [1, 3]),
        Waves(waves: ["1", "50%", "100%"], hosts: 3, counts: [1, 2, 3]),
        Waves(waves: ["34%", "67%"], hosts: 3, counts: [2, 3]),
        Waves(waves: ["2", "5"], hosts: 7, counts: [2, 5, 7]),
        Waves(waves: ["5"], hosts: 3, counts: [3]),
        Waves(waves: ["100%"], hosts: 4, counts: [4]),
        Waves(waves: [], hosts: 4, counts: [4]),
        // Waves count from the first host, so one that is smaller than the one before adds nobody.
        Waves(waves: ["50%", "1", "100%"], hosts: 4, counts: [2, 4]),
        Waves(waves: ["0", "1%"], hosts: 2, counts: [1, 2]),
        Waves(waves: ["1", "100%"], hosts: 1, counts: [1]),
    ]

    @Test func `a host that loses the app is no part of the rollout any more, and holds nobody up`() throws {
        var world = RolloutCase(try rolloutPlan("1", "100%"), hosts: 2)
        let hosts = agents(2)
        _ = world.start()

        let effects = world.rollout.unbound(hosts[0], linked: world.linked, at: world.now)

        #expect(effects.contains(.assign([hosts[1]])))
        #expect(world.rollout.hosts.keys.sorted { $0.text < $1.text } == [hosts[1]])
        #expect(world.wave == 2)
        #expect(world.rollout.unbound(hosts[0], linked: world.linked, at: world.now) == [])
    }

    @Test func `a host that was away for longer than its limit has all of it when it is back`() throws {
        var world = RolloutCase(try rolloutPlan("100%"), hosts: 2)
        let hosts = agents(2)
        _ = world.start()
        _ = world.loses(hosts[1])
        for _ in 0..<400 { _ = world.pass(.seconds(1)) }

        world.linked.insert(hosts[1])
        _ = world.pass(.seconds(1))

        #expect(world.rollout.hosts[hosts[0]].map { "\($0.state)".hasPrefix("failed") } == true)
        #expect(world.rollout.hosts[hosts[1]].map { "\($0.state)".hasPrefix("failed") } == false)
    }

    @Test func `a healthy host that is asked again holds nobody up`() throws {
        var world = RolloutCase(try rolloutPlan("100%"), hosts: 2)
        let hosts = agents(2)
        _ = world.start()
        _ = try world.proves(hosts[0])
        #expect(try world.reported(hosts[0]) == [.checkHealth(hosts[0])])

        #expect(try world.proves(hosts[1]).contains(.ended))
    }

    @Test(arguments: waves)
    func `waves go one after the other, counted from the first host`(_ row: Waves) throws {
        let plan = RolloutPlan(
            app: try AppName("hello"), version: try AppVersion("1.1.0"), before: try AppVersion("1.0.0"),
            waves: row.waves.compactMap { RolloutPlan.Share($0) }, health: "health", maxErrors: .count(0), pause: .zero,
            hostLimit: .seconds(300))
        var world = RolloutCase(plan, hosts: row.hosts)
        _ = world.start()

        var counts: [Int] = []
        var proven: Set<AgentID> = []
        while world.rollout.isRunning {
            let having = agents(row.hosts).filter { world.wants($0) == "1.1.0" }
            counts.append(having.count)
            #expect(having == Array(agents(row.hosts).prefix(having.count)))
            let new = having.filter { !proven.contains($0) }
            try #require(!new.isEmpty, "nobody is left to prove wave \(world.wave ?? 0)")
            for agent in new { _ = try world.proves(agent) }
            proven.formUnion(new)
        }

        #expect(counts == row.counts)
        #expect(world.rollout.phase == .finished)
    }

    @Test(arguments: [
        ("3", RolloutPlan.Share.count(3)), ("0", .count(0)), ("10%", .percent(10)), ("100%", .percent(100)),
        ("101%", nil), ("", nil), ("%", nil), ("-1", nil), ("1.5", nil), (" 1", nil), ("1 %", nil), ("x", nil),
        ("1000000", nil), ("٣", nil),
    ])
    func `a share is a number or a part`(_ text: String, _ share: RolloutPlan.Share?) {
        #expect(RolloutPlan.Share(text) == share)
        if let share { #expect(share.description == text) }
    }

    @Test(arguments: [
        ("0", 20, 0), ("10%", 20, 2), ("10%", 19, 1), ("10%", 9, 0), ("3", 20, 3), ("30", 20, 20), ("100%", 7, 7),
    ])
    func `a budget is rounded down`(_ errors: String, _ hosts: Int, _ allowed: Int) throws {
        let world = RolloutCase(try rolloutPlan("1", errors: errors), hosts: hosts)

        #expect(world.rollout.errors.allowed == allowed)
        #expect(world.rollout.errors.count == 0)
    }

    @Test func `a rollout assigns its waves, asks each host for its health and ends`() throws {
        var world = RolloutCase(try rolloutPlan("1"), hosts: 3)
        let hosts = agents(3)

        #expect(world.start() == [.progressed, .assign([hosts[0]])])
        #expect(hosts.map { world.wants($0) } == ["1.1.0", "1.0.0", "1.0.0"])
        #expect(try world.reported(hosts[0], "1.0.0") == [])
        #expect(try world.reported(hosts[0]) == [.checkHealth(hosts[0])])
        #expect(try world.reported(hosts[0]) == [], "one question at a time")
        #expect(world.answered(hosts[0]) == [.progressed, .assign([hosts[1], hosts[2]])])
        #expect(try world.reported(hosts[2]) == [.checkHealth(hosts[2])])
        #expect(try world.reported(hosts[1]) == [.checkHealth(hosts[1])])
        #expect(world.answered(hosts[1]) == [])
        #expect(world.answered(hosts[2]) == [.ended])
        #expect(world.rollout.phase == .finished)
        #expect(hosts.allSatisfy { world.wants($0) == "1.1.0" })
        #expect(world.wants(AgentID("ELSE")) == "1.1.0", "a host that was bound meanwhile gets what the others have")
    }

    @Test func `without a health function a version that is online is healthy`() throws {
        var world = RolloutCase(try rolloutPlan("1", health: nil), hosts: 2)
        let hosts = agents(2)
        _ = world.start()

        #expect(try world.reported(hosts[0]) == [.progressed, .assign([hosts[1]])])
        #expect(try world.reported(hosts[1]) == [.ended])
    }

    @Test func `one failure too many takes the version back in the same move from all that had it`() throws {
        var world = RolloutCase(try rolloutPlan("3", errors: "1"), hosts: 5)
        let hosts = agents(5)
        _ = world.start()

        #expect(try world.reported(hosts[0]) == [.checkHealth(hosts[0])])
        #expect(world.answered(hosts[0], failure: "no disk") == [.progressed])
        #expect(world.rollout.isRunning && world.rollout.errors == (1, 1))
        #expect(try world.proves(hosts[1]) == [.checkHealth(hosts[1])])
        #expect(
            try world.reported(hosts[2], nil, problem: "does not start")
                == [.ended, .assign([hosts[0], hosts[1], hosts[2]])])

        #expect(world.backOut == "2 hosts failed, 1 may; A00: health: no disk; A02: does not start")
        #expect(hosts.allSatisfy { world.wants($0) == "1.0.0" })
    }

    @Test func `a failure within the budget lets the next wave begin and counts to the end`() throws {
        var world = RolloutCase(try rolloutPlan("1", errors: "1"), hosts: 3)
        let hosts = agents(3)
        _ = world.start()

        #expect(try world.proves(hosts[0], failure: "no").contains(.assign([hosts[1], hosts[2]])))
        #expect(try world.reported(hosts[0]) == [], "what has failed is not asked again")
        #expect(try world.proves(hosts[1], failure: "no").contains(.ended))
        #expect(world.backOut != nil)
    }

    @Test func `without a version before a version that is taken back leaves none`() throws {
        var world = RolloutCase(try rolloutPlan("1", before: nil), hosts: 2)
        _ = world.start()

        #expect(world.wants(agents(2)[1]) == nil)
        #expect(try world.proves(agents(2)[0], failure: "no").contains(.ended))
        #expect(agents(2).allSatisfy { world.wants($0) == nil })
    }

    @Test func `health is asked again with each report, and a host that has become ill counts`() throws {
        var world = RolloutCase(try rolloutPlan("1"), hosts: 3)
        let hosts = agents(3)
        _ = world.start()
        _ = try world.proves(hosts[0])
        #expect(world.wave == 2)

        for _ in 0..<3 {
            #expect(try world.reported(hosts[0]) == [.checkHealth(hosts[0])])
            #expect(world.answered(hosts[0]) == [])
        }
        #expect(try world.reported(hosts[0]) == [.checkHealth(hosts[0])])
        #expect(world.answered(hosts[0], failure: "memory") == [.ended, .assign(hosts)])
        #expect(world.backOut?.contains("A00: health: memory") == true)
    }

    @Test func `a healthy host that has the version no more has failed`() throws {
        var world = RolloutCase(try rolloutPlan("1"), hosts: 2)
        _ = world.start()
        _ = try world.proves(agents(2)[0])

        #expect(try world.reported(agents(2)[0], "1.0.0").contains(.ended))
        #expect(world.backOut?.contains("not online any more") == true)
    }

    @Test func `a host without a link holds nobody up and gets what counts when it is back`() throws {
        var world = RolloutCase(try rolloutPlan("2"), hosts: 4)
        let hosts = agents(4)
        world.linked.remove(hosts[0])
        _ = world.start()

        #expect(try world.proves(hosts[1]).contains(.assign([hosts[2], hosts[3]])))
        #expect(world.wants(hosts[0]) == "1.1.0")
        _ = try world.proves(hosts[2])
        #expect(try world.reported(hosts[3]) == [.checkHealth(hosts[3])])
        #expect(world.loses(hosts[3]) == [.ended], "the answer of a host that is gone is not waited for")
        #expect(world.wants(hosts[3]) == "1.1.0")
    }

    @Test func `a host that is back during its wave is waited for again`() throws {
        var world = RolloutCase(try rolloutPlan("2"), hosts: 3)
        let hosts = agents(3)
        _ = world.start()
        _ = try world.reported(hosts[0])
        #expect(world.loses(hosts[0]) == [])
        world.linked.insert(hosts[0])

        #expect(try world.proves(hosts[1]) == [.checkHealth(hosts[1])], "the first host is linked and not yet healthy")
        #expect(try world.reported(hosts[0]) == [.checkHealth(hosts[0])])
        #expect(world.answered(hosts[0]) == [.progressed, .assign([hosts[2]])])
    }

    @Test func `an answer that comes after its host was gone says nothing`() throws {
        var world = RolloutCase(try rolloutPlan("1"), hosts: 2)
        _ = world.start()
        _ = try world.reported(agents(2)[0])
        world.linked.insert(AgentID("ELSE"))
        _ = world.rollout.lost(agents(2)[0], linked: world.linked, at: world.now)

        #expect(world.answered(agents(2)[0], failure: "late") == [])
        #expect(world.answered(AgentID("ELSE"), failure: "nobody asked") == [])
        #expect(world.rollout.errors.count == 0)
    }

    @Test func `a linked host that takes too long has failed, one without a link has not`() throws {
        var world = RolloutCase(try rolloutPlan("2", errors: "1", hostLimit: .seconds(60)), hosts: 4)
        let hosts = agents(4)
        world.linked.remove(hosts[1])
        _ = world.start()

        #expect(world.pass(.seconds(60)) == [])
        #expect(world.pass(.seconds(1)) == [.progressed, .assign([hosts[2], hosts[3]])])
        #expect(world.rollout.hosts[hosts[0]]?.state == .failed(reason: "the version was not online within 60 s"))
        #expect(world.rollout.errors.count == 1)
        #expect(world.pass(.seconds(61)) == [.ended, .assign(hosts)])
        #expect(world.backOut?.hasPrefix("3 hosts failed, 1 may; A00: the version was not online") == true)
    }

    @Test func `a wave proves itself for the time of the pause`() throws {
        var world = RolloutCase(try rolloutPlan("1", pause: .seconds(10)), hosts: 2)
        let hosts = agents(2)
        _ = world.start()

        #expect(try world.proves(hosts[0]) == [.checkHealth(hosts[0])])
        #expect(world.pass(.seconds(9)) == [])
        #expect(world.pass(.seconds(1)) == [.progressed, .assign([hosts[1]])])
        #expect(try world.proves(hosts[1]).last == .ended, "nothing comes after the last wave, so it does not pause")
    }

    @Test func `an operator takes a version back`() throws {
        var world = RolloutCase(try rolloutPlan("2"), hosts: 3)
        let hosts = agents(3)
        _ = world.start()
        _ = try world.proves(hosts[0])

        #expect(world.rollout.takeBack() == [.ended, .assign([hosts[0], hosts[1]])])
        #expect(world.backOut == "an operator rolled it back")
        #expect(hosts.allSatisfy { world.wants($0) == "1.0.0" })
        #expect(world.rollout.takeBack() == [])
    }

    @Test func `a rollout that has ended takes no notice of anything`() throws {
        for failure in [nil, "no"] {
            var world = RolloutCase(try rolloutPlan(), hosts: 1)
            let host = agents(1)[0]
            _ = world.start()
            _ = try world.proves(host, failure: failure)
            let ended = world.rollout

            #expect(!ended.isRunning)
            #expect(try world.reported(host, "1.0.0", problem: "late") == [])
            #expect(world.answered(host, failure: "late") == [])
            #expect(world.pass(.seconds(10_000)) == [])
            #expect(world.loses(host) == [])
            #expect(world.rollout == ended)
        }
    }

    @Test func `an app without hosts is rolled out at once`() throws {
        var world = RolloutCase(try rolloutPlan("1"), hosts: 0)

        #expect(world.start().last == .ended)
        #expect(world.rollout.phase == .finished)
    }

    @Test func `a host that was never assigned the version is not told to give it back`() throws {
        var world = RolloutCase(try rolloutPlan("1"), hosts: 3)
        _ = world.start()

        #expect(try world.reported(agents(3)[2], "1.1.0") == [], "nobody asked this one")
        #expect(try world.proves(agents(3)[0], failure: "no").last == .assign([agents(3)[0]]))
    }

    // MARK: A center that was killed

    @Test func `a rollout that is resumed waits for its hosts to come back, but not for ever`() throws {
        var world = RolloutCase(try rolloutPlan("1", "2"), hosts: 3)
        let hosts = agents(3)
        _ = world.start()
        _ = try world.proves(hosts[0])
        _ = try world.reported(hosts[1])
        world.linked = []
        world.rollout.resume(at: world.now)

        #expect(world.pass(.seconds(1)) == [])
        #expect(world.wave == 2)
        world.linked = [hosts[1]]
        #expect(try world.reported(hosts[1]) == [.checkHealth(hosts[1])], "what was asked before is asked anew")
        #expect(world.answered(hosts[1]) == [.progressed, .assign([hosts[2]])])
        #expect(world.pass(.seconds(10)) == [])
        #expect(world.pass(.seconds(10)) == [.ended])
    }

    @Test func `the time a center was away is not counted against a host`() throws {
        var world = RolloutCase(try rolloutPlan(hostLimit: .seconds(60)), hosts: 1)
        _ = world.start()
        world.now = Timestamp(microseconds: world.now.microseconds + 3_600_000_000)
        world.rollout.resume(at: world.now)

        #expect(world.pass(.seconds(59)) == [])
        #expect(try world.proves(agents(1)[0]).last == .ended)
    }

    @Test func `what had failed before a center was killed still counts`() throws {
        var world = RolloutCase(try rolloutPlan("2", errors: "1"), hosts: 3)
        _ = world.start()
        _ = try world.proves(agents(3)[0], failure: "no")
        world.rollout.resume(at: world.now)

        #expect(world.rollout.errors.count == 1)
        #expect(try world.proves(agents(3)[1], failure: "no").contains(.ended))
    }
}
