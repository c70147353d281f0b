import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct DeliveryTests {
    @Test func `a task is taken on once, however often its order comes`() throws {
        var delivery = Delivery(recovered: [])

        #expect(delivery.received(try order("A")) == [.execute(try order("A"))])
        #expect(delivery.received(try order("A")) == [])
        #expect(delivery.holding == [TaskID("A")])
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
        #expect(delivery.holding == [TaskID("A")])
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
        #expect(delivery.acknowledged(TaskID("A")) == [.forget(TaskID("A"))])
        #expect(delivery.linked() == [.send(try report("B"))])
        #expect(delivery.acknowledged(TaskID("B")) == [.forget(TaskID("B"))])
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
        #expect(delivery.holding == [TaskID("B")])
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

        #expect(delivery.holding == ["B", "A", "D", "C"].map { TaskID($0) })
    }
}
