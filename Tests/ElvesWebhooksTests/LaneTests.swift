import ElvesModel
import ElvesWebhooks
import Testing

let noon = Timestamp(microseconds: 1_750_000_000_000_000)

func seconds(_ seconds: Int64) -> Timestamp { Timestamp(microseconds: noon.microseconds + seconds * 1_000_000) }

@Suite struct LaneTests {
    private let none = Jitter(thousandths: 0)
    private var lane = EndpointLane()

    @Test func `without jitter the attempts are at the times of the table`() throws {
        var times: [Int64] = [0]
        var now = noon
        for made in 1..<DeliverySchedule.attempts {
            now = try #require(DeliverySchedule.next(afterAttempt: made, at: now, none))
            times.append(now.seconds - noon.seconds)
        }

        #expect(times == [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
        #expect(DeliverySchedule.next(afterAttempt: 10, at: now, none) == nil)
    }

    @Test(arguments: 0..<200)
    func `jitter stays within a fifth of the pause`(seed: UInt8) throws {
        let jitter = Jitter(from: Randomness { Array(repeating: seed, count: $0 - 1) + [seed &* 37] })
        let next = try #require(DeliverySchedule.next(afterAttempt: 3, at: noon, jitter))

        #expect(abs(jitter.thousandths) <= 200)
        #expect((1200...1800).contains(next.seconds - noon.seconds))
    }

    @Test mutating func `at most four are in flight, and none twice`() throws {
        let due = try (1...6).map { EndpointLane.Delivery(id: try DeliveryID("msg_\($0)"), attempts: 0) }

        #expect(lane.offered(due, at: noon) == due[..<4].map { .send($0.id) })
        #expect(lane.offered(due, at: noon) == [])
        #expect(lane.answered(due[1].id, .status(204), none, at: noon) == [.settle(due[1].id, .delivered(attempts: 1))])
        #expect(lane.offered(due, at: noon) == [], "until that is durable")
        lane.settled(due[1].id)
        #expect(lane.offered([due[0], due[4]], at: noon) == [.send(due[4].id)])
        #expect(lane.answered(due[1].id, .status(500), none, at: noon) == [], "it is over")
    }

    @Test(arguments: [
        (DeliveryAnswer.status(500), Int64(5)), (.status(404), 5), (.status(301), 5), (.status(400), 5), (.none("away"), 5),
        (.status(429), 60), (.status(502), 60), (.status(503), 60), (.status(504), 60),
        (.status(503, retryAfter: .seconds(7200)), 7200), (.status(500, retryAfter: .seconds(90)), 90),
        (.status(429, retryAfter: .seconds(1)), 5), (.status(429, retryAfter: .seconds(900_000)), 86_400),
        (.status(429, retryAfter: .seconds(-5)), 5),
    ])
    mutating func `what fails is tried again, later if the endpoint asks for it`(answer: DeliveryAnswer, after: Int64) throws {
        let id = try send("msg_1")

        #expect(
            lane.answered(id, answer, none, at: noon)
                == [.settle(id, .again(attempts: 1, at: seconds(after), problem: "\(answer)"))])
    }

    @Test mutating func `an endpoint that has too much to do is left alone, then asked once, then as before`() throws {
        let ids = [try send("msg_1"), try send("msg_2")]
        _ = lane.answered(ids[0], .status(429), none, at: noon)
        lane.settled(ids[0])

        #expect(lane.pausedUntil == seconds(60))
        #expect(lane.room(at: seconds(59)) == 0)
        #expect(lane.room(at: seconds(60)) == 0, "one is in flight still")
        _ = lane.answered(ids[1], .none("away"), none, at: seconds(60))
        lane.settled(ids[1])
        #expect(lane.room(at: seconds(60)) == 1)
        let third = try send("msg_3", at: seconds(60))
        _ = lane.answered(third, .status(200), none, at: seconds(61))
        lane.settled(third)
        #expect(lane.room(at: seconds(61)) == 4)
        #expect(lane.isIdle(at: seconds(61)))
    }

    @Test mutating func `410 disables the endpoint, until it is set anew`() throws {
        let ids = [try send("msg_1"), try send("msg_2"), try send("msg_3")]
        let gone = "\(DeliveryAnswer.status(410))"

        #expect(
            lane.answered(ids[0], .status(410), none, at: noon)
                == [.settle(ids[0], .dead(attempts: 1, problem: gone)), .disable(reason: gone)])
        #expect(lane.room(at: seconds(1_000_000)) == 0)
        #expect(lane.answered(ids[1], .status(200), none, at: noon) == [.settle(ids[1], .delivered(attempts: 1))])
        #expect(
            lane.answered(ids[2], .none("away"), none, at: noon) == [.settle(ids[2], .dead(attempts: 1, problem: "away"))])
        ids.forEach { lane.settled($0) }
        lane.replaced()
        #expect(lane.room(at: noon) == 4)
    }

    @Test(arguments: [
        ("120", Int64(120)), ("0", 0), ("Sun, 15 Jun 2025 15:07:40 GMT", 60), ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Mon, 29 Feb 2028 00:00:00 GMT", 85_395_200),
    ])
    func `Retry-After is seconds or a date`(header: String, seconds: Int64) {
        #expect(DeliveryAnswer.retryAfter(header, at: noon) == .seconds(seconds))
    }

    @Test(arguments: ["", "-1", "1.5", "soon", "99999999999", "Sun, 15 Jun 2025 15:07:40 CET", "Sun, 15 Xxx 2025 15:07:40 GMT"])
    func `another Retry-After is none`(header: String) {
        #expect(DeliveryAnswer.retryAfter(header, at: noon) == nil)
    }

    private mutating func send(_ text: String, at now: Timestamp = noon) throws -> DeliveryID {
        let id = try DeliveryID(text)
        #expect(lane.offered([.init(id: id, attempts: 0)], at: now) == [.send(id)])
        return id
    }
}
