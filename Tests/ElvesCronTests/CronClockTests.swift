import ElvesCron
import ElvesModel
import Testing

@Suite struct CronClockTests {
    private let noon = Timestamp(microseconds: 1_750_075_200_000_000)

    private func clock(
        _ text: String = "0 0/5 * * * ?", _ overlap: CronSchedule.Overlap = .skip, _ missed: CronSchedule.Missed = .once,
        window: Int = 60
    ) throws -> CronClock {
        CronClock(
            try CronSchedule(
                id: "nightly", expression: CronExpression(text), zone: "UTC", overlap: overlap, missed: missed,
                window: .seconds(window)))
    }

    private func at(_ seconds: Int) -> Timestamp { Timestamp(microseconds: noon.microseconds + Int64(seconds) * 1_000_000) }

    @Test func `it waits for the first time after its start, fires it once, and waits on`() throws {
        var clock = try clock()

        #expect(clock.started(at: at(10), in: .utc) == [.wait(until: at(300))])
        #expect(clock.ticked(at: at(299), in: .utc) == [.wait(until: at(300))])
        #expect(clock.ticked(at: at(300), in: .utc) == [.fire(planned: at(300), number: 1), .wait(until: at(600))])
        #expect(clock.ticked(at: at(300), in: .utc) == [.wait(until: at(600))])
    }

    @Test func `an expression that means no time any more is over`() throws {
        var clock = try clock("0 0 0 1 1 ? 2020")

        #expect(clock.started(at: noon, in: .utc) == [.over])
    }

    @Test(
        arguments: [
            (CronSchedule.Missed.skip, [600], 300, 2), (.once, [600], 300, 2), (.skip, [], 300, 3), (.once, [], 300, 3),
        ] as [(CronSchedule.Missed, [Int], Int, Int)])
    func `what lies beyond the window is left out`(missed: CronSchedule.Missed, fired: [Int], first: Int, lost: Int) throws {
        var clock = try clock("0 0/5 * * * ?", .skip, missed)
        _ = clock.started(at: noon, in: .utc)
        // Just in time for the third one, or far too late for it.
        let effects = clock.ticked(at: at(fired.isEmpty ? 1100 : 905), in: .utc)

        #expect(effects.first == .skipped(.init(planned: at(first), count: lost, why: .missed)))
        #expect(effects.contains { if case .fire = $0 { true } else { false } } == !fired.isEmpty)
    }

    @Test func `within the window one missed run is made up for, or all, or none`() throws {
        let seconds = "0/10 * * * * ?"
        var once = try clock(seconds, .allow, .once)
        var all = try clock(seconds, .allow, .all)
        var skip = try clock(seconds, .allow, .skip)
        _ = once.started(at: noon, in: .utc)
        _ = all.started(at: noon, in: .utc)
        _ = skip.started(at: noon, in: .utc)

        #expect(
            once.ticked(at: at(35), in: .utc) == [
                .skipped(.init(planned: at(10), count: 2, why: .missed)), .fire(planned: at(30), number: 1),
                .wait(until: at(40)),
            ])
        #expect(
            all.ticked(at: at(35), in: .utc) == [
                .fire(planned: at(10), number: 1), .fire(planned: at(20), number: 2), .fire(planned: at(30), number: 3),
                .wait(until: at(40)),
            ])
        var daily = try clock("0 0 13 * * ?", .skip, .skip)
        _ = daily.started(at: noon, in: .utc)
        #expect(daily.ticked(at: at(3611), in: .utc).first == .skipped(.init(planned: at(3600), count: 1, why: .missed)))
        #expect(skip.ticked(at: at(39), in: .utc).contains(.fire(planned: at(30), number: 1)))
    }

    @Test func `of very many missed runs the latest counts, and the work is bounded`() throws {
        var clock = try clock("* * * * * ?", .skip, .once, window: 7 * 86_400)
        _ = clock.started(at: noon, in: .utc)

        let effects = clock.ticked(at: at(10 * 366 * 86_400), in: .utc)

        #expect(effects.first == .skipped(.init(planned: at(1), count: CronClock.mostAtOnce, why: .missed)))
        #expect(effects.contains(.fire(planned: at(10 * 366 * 86_400), number: 1)))
    }

    @Test func `while a run goes on, the next is left out, or one waits, or both run, or the first is ended`() throws {
        for overlap in CronSchedule.Overlap.allCases {
            var clock = try clock("0 0/5 * * * ?", overlap)
            _ = clock.started(at: noon, in: .utc)
            _ = clock.ticked(at: at(300), in: .utc)
            let second = clock.ticked(at: at(600), in: .utc).dropLast()
            let third = clock.ticked(at: at(900), in: .utc).dropLast()
            let end = clock.runEnded(1)
            switch overlap {
            case .skip:
                #expect(second == [.skipped(.init(planned: at(600), count: 1, why: .overlap))])
                #expect(end == [])
            case .queueOne:
                #expect(second == [.queued(planned: at(600))])
                #expect(third == [.skipped(.init(planned: at(900), count: 1, why: .overlap))])
                #expect(end == [.fire(planned: at(600), number: 2)])
            case .allow: #expect(second == [.fire(planned: at(600), number: 2)])
            case .replace:
                #expect(second == [.end(numbers: [1]), .queued(planned: at(600))])
                #expect(third == [.skipped(.init(planned: at(600), count: 1, why: .superseded)), .queued(planned: at(900))])
                #expect(end == [.fire(planned: at(900), number: 2)])
            }
            #expect(clock.runEnded(99) == [])
        }
    }

    @Test func `what waits is not begun after a stop`() throws {
        var clock = try clock("0 0/5 * * * ?", .queueOne)
        _ = clock.started(at: noon, in: .utc)
        _ = clock.ticked(at: at(300), in: .utc)
        _ = clock.ticked(at: at(600), in: .utc)

        #expect(clock.stopped() == [.skipped(.init(planned: at(600), count: 1, why: .stopped))])
        #expect(clock.runEnded(1) == [])
        #expect(clock.ticked(at: at(900), in: .utc) == [])
    }

    @Test func `a clock that was wrong for years does not hold it up when it is put right`() throws {
        var clock = try clock()
        _ = clock.started(at: noon, in: .utc)
        _ = clock.ticked(at: at(300), in: .utc)
        _ = clock.runEnded(1)
        _ = clock.ticked(at: at(86_400 * 3650), in: .utc)
        _ = clock.runEnded(2)

        #expect(clock.ticked(at: at(400), in: .utc) == [.wait(until: at(600))])
        #expect(clock.ticked(at: at(600), in: .utc).first == .fire(planned: at(600), number: 3))
    }

    @Test(arguments: 0..<200 as Range<UInt64>)
    func `whatever the clock does, no planned time runs twice, and no two runs overlap that may not`(seed: UInt64) throws {
        var random = SeededRandom(seed)
        let overlap = CronSchedule.Overlap.allCases[random.below(4)]
        let missed = CronSchedule.Missed.allCases[random.below(3)]
        let rules = try zone("Europe/Berlin")
        var clock = try clock(
            ["0 0/5 * * * ?", "0/20 * * * * ?", "0 30 2 * * ?"][random.below(3)], overlap, missed,
            window: 10 + random.below(900))
        var now = try time("2025-03-29T00:00:00Z")
        var planned: Set<Timestamp> = []
        _ = clock.started(at: now, in: rules)
        for _ in 0..<400 {
            var effects: [CronClock.Effect]
            switch random.below(12) {
            case 0: effects = clock.stopped()
            case 1: effects = clock.started(at: now, in: rules)
            case 2, 3: effects = clock.runEnded(1 + random.below(max(1, clock.count)))
            case 4:
                now = Timestamp(microseconds: now.microseconds + Int64(random.below(7200) - 3600) * 1_000_000)
                effects = clock.ticked(at: now, in: rules)
            default:
                now = Timestamp(microseconds: now.microseconds + Int64(random.below(400)) * 1_000_000)
                effects = clock.ticked(at: now, in: rules)
            }
            for effect in effects {
                switch effect {
                case .fire(let time, _):
                    #expect(planned.insert(time).inserted, "\(time.iso8601) runs twice")
                case .wait(let until): #expect(until > now)
                default: break
                }
            }
            if overlap != .allow { #expect(clock.running.count <= 1) }
        }
    }

    @Test func `each schedule has its own moment in the spread, the same every time`() throws {
        let expression = try CronExpression("0 0 3 * * ?")
        var counts = [Int](repeating: 0, count: 61)
        for number in 0..<10_000 {
            let schedule = try CronSchedule(id: "host-\(number)", expression: expression, zone: "UTC", spread: .seconds(60))
            #expect(schedule.offset == schedule.offset)
            counts[Int(schedule.offset.milliseconds / 1000)] += 1
        }
        #expect(counts.allSatisfy { (80...250).contains($0) })
        // A known value: another one would move every schedule of a fleet with an upgrade.
        #expect(
            try CronSchedule(id: "nightly", expression: expression, zone: "UTC", spread: .seconds(3600)).offset
                == .seconds(2047))
    }

    @Test func `a window or a spread out of range is refused`() throws {
        let expression = try CronExpression("0 0 3 * * ?")

        #expect(throws: CronScheduleError.window(.seconds(9))) {
            try CronSchedule(id: "a", expression: expression, zone: "UTC", window: .seconds(9))
        }
        #expect(throws: CronScheduleError.spread(.seconds(-1))) {
            try CronSchedule(id: "a", expression: expression, zone: "UTC", spread: .seconds(-1))
        }
    }
}
