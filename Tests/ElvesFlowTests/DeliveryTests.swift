import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct DeliveryTests {
    @Test func `a task is taken on once, however often its order comes`() throws {
        var delivery = Delivery(recovered: [])

        #expect(delivery.received(try order("A")) == [.execute(try order("A"))])
        #expect(delivery.received(try order("A")) == [])
        #expect(delivery.holding == [AttemptID("A")])
    }

    @Test func `an order whose result is still owed is not run again`() throws {
        var delivery = Delivery(recovered: [try report("A")])

        #expect(delivery.received(try order("A")) == [])
    }

    @Test func `a result is spooled before it is sent`() throws {
        var delivery = Delivery(recovered: [])
        _ = delivery.linked()
        _ = delivery.received(try order("A"))

        #expect(delivery.finished(try report("A")) == [.spool(try report("A")), .send(try report("A"))])
        #expect(delivery.holding == [AttemptID("A")])
    }

    @Test func `a result without a link is spooled, and sent with the next link`() throws {
        var delivery = Delivery(recovered: [])
        _ = delivery.received(try order("A"))

        #expect(delivery.finished(try report("A")) == [.spool(try report("A"))])
        #expect(delivery.linked() == [.send(try report("A"))])
    }

    @Test func `a result is sent with every link until it is acknowledged`() throws {
        var delivery = Delivery(recovered: [try report("A"), try report("B")])

        #expect(delivery.linked() == [.send(try report("A")), .send(try report("B"))])
        delivery.unlinked()
        #expect(delivery.acknowledged(TaskID("A")) == [.forget(AttemptID("A"))])
        #expect(delivery.linked() == [.send(try report("B"))])
        #expect(delivery.acknowledged(TaskID("B")) == [.forget(AttemptID("B"))])
        #expect(delivery.linked() == [])
        #expect(delivery.holding == [])
    }

    @Test func `a second acknowledgement, or one of a running or unknown task, forgets nothing`() throws {
        var delivery = Delivery(recovered: [try report("A")])
        _ = delivery.received(try order("B"))
        _ = delivery.acknowledged(TaskID("A"))

        #expect(delivery.acknowledged(TaskID("A")) == [])
        #expect(delivery.acknowledged(TaskID("B")) == [])
        #expect(delivery.acknowledged(TaskID("none")) == [])
        #expect(delivery.holding == [AttemptID("B")])
    }

    @Test func `after the link is gone nothing is sent`() throws {
        var delivery = Delivery(recovered: [])
        _ = delivery.received(try order("A"))
        _ = delivery.linked()
        delivery.unlinked()

        #expect(delivery.finished(try report("A")) == [.spool(try report("A"))])
    }

    @Test func `what is held is what is owed, in its order, and what is running`() throws {
        var delivery = Delivery(recovered: [try report("B"), try report("A")])
        for id in ["C", "D"] { _ = delivery.received(try order(id)) }
        _ = delivery.finished(try report("D"))

        #expect(delivery.holding == ["B", "A", "D", "C"].map { AttemptID($0) })
    }
}

/// Orders that are written down before they are started, their attempts, and those that somebody ends.
@Suite struct StoredDeliveryTests {
    private let cancelled = WorkerAnswer.error(.cancelled, "cancelled before it started; the function was not run")

    @Test func `a stored order is started when it is written down, and not before`() throws {
        var delivery = Delivery(recovered: [])
        let order = try order("A", isStored: true)

        #expect(delivery.received(order) == [.intend(order)])
        #expect(delivery.received(order) == [])
        #expect(delivery.holding == [AttemptID("A")])
        #expect(delivery.intended(order) == [.execute(order)])
        #expect(delivery.intended(order) == [])
    }

    @Test func `a stored order that cannot be written down is answered and not started`() throws {
        var delivery = Delivery(recovered: [])
        let order = try order("A", isStored: true)
        _ = delivery.received(order)

        guard case .turnDown(order, let verdict)? = delivery.notIntended(order, because: "disk full").first else {
            throw Unexpected(effects: "\(order)")
        }
        #expect(verdict.reason == .journal && verdict.flag == .error)
        #expect(verdict.text.hasPrefix("disk full. What is not written down first could be started twice"))
        let report = try report("A", flag: .error)
        #expect(delivery.finished(report) == [.spool(report)])
        #expect(delivery.intended(order) == [] && delivery.notIntended(order, because: "disk full") == [])
    }

    @Test func `a later attempt is taken on while the report of the one before is owed`() throws {
        var delivery = Delivery(recovered: [try report("A")])
        let second = try order("A", attempt: 2, isStored: true)

        #expect(delivery.received(second) == [.intend(second)])
        #expect(delivery.received(try order("A", isStored: true)) == [])
        #expect(delivery.holding == [AttemptID("A"), AttemptID(TaskID("A"), 2)])
        #expect(delivery.acknowledged(TaskID("A")) == [.forget(AttemptID("A"))])
        #expect(delivery.acknowledged(TaskID("A")) == [])
        #expect(delivery.intended(second) == [.execute(second)])
    }

    @Test func `an acknowledgement is for the oldest report of its task`() throws {
        var delivery = Delivery(recovered: [try report("A", attempt: 1), try report("B"), try report("A", attempt: 2)])

        #expect(delivery.received(try order("A", attempt: 2)) == [])
        #expect(delivery.acknowledged(TaskID("A")) == [.forget(AttemptID("A"))])
        #expect(delivery.holding == [AttemptID("B"), AttemptID(TaskID("A"), 2)])
        #expect(delivery.acknowledged(TaskID("A")) == [.forget(AttemptID(TaskID("A"), 2))])
        #expect(delivery.acknowledged(TaskID("A")) == [])
    }

    @Test func `a later attempt ends the one that runs, and waits for its end`() throws {
        var delivery = Delivery(recovered: [])
        let (first, second) = (try order("A", isStored: true), try order("A", attempt: 2, isStored: true))
        _ = delivery.received(first)
        _ = delivery.intended(first)

        #expect(delivery.received(second) == [.cancel(TaskID("A"))])
        #expect(delivery.received(second) == [])
        #expect(delivery.holding == [AttemptID("A"), AttemptID(TaskID("A"), 2)])
        let report = try report("A")
        #expect(delivery.finished(report) == [.spool(report), .intend(second)])
    }

    @Test func `a later attempt takes the place of one that was not started`() throws {
        var delivery = Delivery(recovered: [])
        let (first, second) = (try order("A", isStored: true), try order("A", attempt: 2, isStored: true))
        _ = delivery.received(first)

        #expect(delivery.received(second) == [.turnDown(first, cancelled)])
        let report = try report("A", flag: .error)
        #expect(delivery.finished(report) == [.spool(report), .intend(second)])
        #expect(delivery.intended(first) == [])
        #expect(delivery.intended(second) == [.execute(second)])
    }

    @Test func `a cancelled task is turned down before its start, ended after it, and left alone after its end`() throws {
        var delivery = Delivery(recovered: [])
        let (stored, instant) = (try order("A", isStored: true), try order("B"))
        _ = delivery.received(stored)
        _ = delivery.received(instant)

        #expect(delivery.cancelled(TaskID("A")) == [.turnDown(stored, cancelled)])
        _ = delivery.finished(try report("A", flag: .error))
        #expect(delivery.intended(stored) == [])
        #expect(delivery.cancelled(TaskID("B")) == [.cancel(TaskID("B"))])
        _ = delivery.finished(try report("B"))
        #expect(delivery.cancelled(TaskID("A")) == [] && delivery.cancelled(TaskID("B")) == [])
        #expect(delivery.cancelled(TaskID("none")) == [])
    }

    @Test func `whoever cancels a task ends the attempt that waits as well, and both are reported`() throws {
        var delivery = Delivery(recovered: [])
        let (first, second) = (try order("A"), try order("A", attempt: 2))
        _ = delivery.received(first)
        _ = delivery.received(second)

        #expect(delivery.cancelled(TaskID("A")) == [.turnDown(second, cancelled), .cancel(TaskID("A"))])
        _ = delivery.finished(try report("A", flag: .error, attempt: 2))
        let report = try report("A", flag: .error)
        #expect(delivery.finished(report) == [.spool(report)])
        #expect(delivery.acknowledged(TaskID("A")) == [.forget(AttemptID(TaskID("A"), 2))])
        #expect(delivery.acknowledged(TaskID("A")) == [.forget(AttemptID("A"))])
        #expect(delivery.isIdle)
    }
}
