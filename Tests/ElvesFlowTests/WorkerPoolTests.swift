import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Testing

/// How calls come to workers and are answered.
@Suite struct WorkerPoolTests {
    @Test func `the first call starts a worker and both their clocks`() throws {
        var pool = WorkerPool(try configuration())

        let effects = pool.submit(call("A", timeout: .seconds(3)))

        let id = try #require(effects.spawned.first)
        #expect(
            effects == [
                .start(.deadline(TaskID("A")), after: .seconds(3)), .spawn(id), .write(id, .hello(try configuration().hello)),
                .start(.ready(id), after: .seconds(10)),
            ])
        #expect(pool.load == 1)
    }

    @Test func `a worker that is ready gets the call, and its answer is the call's`() throws {
        var pool = WorkerPool(try configuration())
        let id = try #require(pool.submit(call("A")).spawned.first)

        #expect(pool.received(Line.ready, from: id) == [.started(TaskID("A")), .write(id, .call(call("A")))])
        #expect(pool.load == 1)
        #expect(pool.received(Line.result("A"), from: id) == [.answer(TaskID("A"), .done())])
        #expect(pool.load == 0)
    }

    @Test func `a function that says no, and why, is answered as it said`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        let line = #"{"type":"result","id":"A","flag":false,"result":{"n":1},"reason":"bad-param"}"#
        let answer = try #require(pool.received(Array(line.utf8), from: id).answers.first?.answer)

        #expect(answer.flag == .failed && answer.result.text == #"{"n":1}"# && answer.reason == .badParameter)
    }

    @Test func `a settled worker serves the next call, the warmest first`() throws {
        var pool = WorkerPool(try configuration())
        let (first, second) = (try pool.busyWorker("A"), try pool.busyWorker("B"))
        for (id, task) in [(first, "A"), (second, "B")] {
            _ = pool.received(Line.result(task), from: id)
            #expect(pool.settled(id) == [])
        }

        #expect(pool.submit(call("C")).calls.map(\.worker) == [second])
        #expect(pool.submit(call("D")).calls.map(\.worker) == [first])
        #expect(pool.submit(call("E")).spawned.count == 1)
    }

    @Test func `a worker that has answered takes no call before all it wrote was read`() throws {
        var settings = try configuration()
        settings.maxWorkers = 1
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")
        _ = pool.received(Line.result("A"), from: id)

        #expect(pool.submit(call("B")).calls.isEmpty)
        #expect(pool.settled(id) == [.started(TaskID("B")), .write(id, .call(call("B")))])
        #expect(pool.settled(id) == [])
    }

    @Test func `a second answer in the same breath is not blamed on the next call`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.received(Line.result("A"), from: id)
        let next = pool.submit(call("B"))

        #expect(pool.received(Line.result("A"), from: id).killed == [id])
        #expect(pool.settled(id) == [])
        let gone = pool.ended(id, .signaled(number: 9))
        #expect(gone.answers.isEmpty)

        let other = try #require(next.spawned.first)
        #expect(pool.received(Line.ready, from: other).calls.map(\.task) == ["B"])
    }

    @Test func `workers that are not reused go after their first call`() throws {
        var pool = WorkerPool(try configuration(reusesWorkers: false))
        let id = try pool.busyWorker("A")
        _ = pool.received(Line.result("A"), from: id)

        #expect(pool.settled(id) == [.write(id, .bye), .start(.linger(id), after: .seconds(2))])
        #expect(pool.submit(call("B")).spawned.count == 1)
        let gone = pool.ended(id, .exited(code: 0))
        #expect(gone.answers.isEmpty && gone.spawned.isEmpty)
    }

    @Test func `waiting calls are served in the order in which they came`() throws {
        var settings = try configuration()
        settings.maxWorkers = 1
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")
        for task in ["B", "C", "D"] { _ = pool.submit(call(task)) }

        var served: [String] = ["A"]
        while served.count < 4 {
            _ = pool.received(Line.result(served[served.count - 1]), from: id)
            served += pool.settled(id).calls.map(\.task)
        }
        #expect(served == ["A", "B", "C", "D"])
    }

    @Test func `no more workers are started than there are waiting calls, and none above the limit`() throws {
        var settings = try configuration()
        settings.maxWorkers = 2
        var pool = WorkerPool(settings)

        #expect(pool.submit(call("A")).spawned.count == 1)
        #expect(pool.submit(call("B")).spawned.count == 1)
        #expect(pool.submit(call("C")).spawned.count == 0)
        #expect(pool.load == 3)
    }

    @Test func `a worker on its way out counts against the limit until it is gone`() throws {
        var settings = try configuration(reusesWorkers: false)
        settings.maxWorkers = 1
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")
        _ = pool.received(Line.result("A"), from: id)
        _ = pool.settled(id)

        #expect(pool.submit(call("B")).spawned.isEmpty)
        #expect(pool.ended(id, .exited(code: 0)).spawned.count == 1)
    }

    @Test func `one call beyond the queue's limit is refused as busy`() throws {
        var settings = try configuration()
        settings.maxWorkers = 1
        settings.queueLimit = 2
        var pool = WorkerPool(settings)
        _ = try pool.busyWorker("A")

        #expect(pool.submit(call("B")).answers.isEmpty)
        #expect(pool.submit(call("C")).answers.isEmpty)
        let refused = pool.submit(call("D"))
        #expect(refused.count == 1 && refused.reasons == ["D": .busy])
        #expect(pool.load == 3)
    }

    // MARK: Clocks

    @Test func `a call that waits past its deadline is answered and never sent`() throws {
        var settings = try configuration()
        settings.maxWorkers = 1
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")
        _ = pool.submit(call("B"))

        let effects = pool.expired(.deadline(TaskID("B")))

        #expect(effects.count == 1 && effects.reasons == ["B": .timeout])
        _ = pool.received(Line.result("A"), from: id)
        #expect(pool.settled(id).calls.isEmpty)
    }

    @Test func `a running call past its deadline is answered once its process tree is gone`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        #expect(pool.expired(.deadline(TaskID("A"))) == [.kill(id)])
        #expect(pool.expired(.deadline(TaskID("A"))) == [])
        #expect(pool.received(Line.result("A"), from: id) == [])
        #expect(pool.load == 1)
        let gone = pool.ended(id, .signaled(number: 9))
        #expect(gone.reasons == ["A": .timeout] && gone.spawned.isEmpty)
        #expect(pool.ended(id, .signaled(number: 9)) == [])
    }

    @Test func `the deadline of a call that was answered kills nobody`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.received(Line.result("A"), from: id)

        #expect(pool.expired(.deadline(TaskID("A"))) == [])
        _ = pool.settled(id)
        #expect(pool.submit(call("B")).calls.map(\.worker) == [id])
        #expect(pool.expired(.deadline(TaskID("A"))) == [])
    }

    @Test func `a worker that is not ready in time is killed, and the oldest call hears why`() throws {
        var settings = try configuration()
        settings.maxWorkers = 1
        var pool = WorkerPool(settings)
        let id = try #require(pool.submit(call("A")).spawned.first)
        _ = pool.submit(call("B"))

        #expect(pool.expired(.ready(id)) == [.kill(id)])
        #expect(pool.received(Line.ready, from: id) == [])
        let gone = pool.ended(id, .signaled(number: 9))
        #expect(gone.reasons == ["A": .notReady])
        #expect(gone.spawned.count == 1)
    }

    @Test func `time to be ready is up for nobody who is ready`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        #expect(pool.expired(.ready(id)) == [])
    }

    @Test func `a worker that lingers after bye is killed`() throws {
        var pool = WorkerPool(try configuration(reusesWorkers: false))
        let id = try pool.busyWorker("A")
        _ = pool.received(Line.result("A"), from: id)
        _ = pool.settled(id)

        #expect(pool.expired(.linger(id)) == [.kill(id)])
        _ = pool.ended(id, .signaled(number: 9))
        #expect(pool.expired(.linger(id)) == [])
    }

    @Test func `an idle worker is let go only when it has been idle for longer than the limit`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.idleWorker()

        #expect(pool.sweep(at: .seconds(10)) == [])
        #expect(pool.sweep(at: .seconds(310)) == [])
        #expect(pool.sweep(at: .seconds(310) + .milliseconds(1)).byes == [id])
        #expect(pool.sweep(at: .seconds(9999)) == [])
        #expect(pool.submit(call("B")).spawned.count == 1)
    }

    @Test func `a worker that served in between has not been idle`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.idleWorker()
        _ = pool.sweep(at: .seconds(10))
        _ = try pool.busyWorker("A")
        #expect(pool.sweep(at: .seconds(400)) == [])
        _ = pool.received(Line.result("A"), from: id)
        _ = pool.settled(id)

        #expect(pool.sweep(at: .seconds(500)) == [])
        #expect(pool.sweep(at: .seconds(801)).byes == [id])
    }

    // MARK: Drain

    @Test func `an empty pool is drained at once`() throws {
        var pool = WorkerPool(try configuration())

        #expect(pool.drain() == [.drained])
    }

    @Test func `a draining pool lets idle workers go and ends the running calls`() throws {
        var pool = WorkerPool(try configuration())
        let idle = try pool.idleWorker()
        let busy = try #require(Optional(try pool.busyWorker("A")))
        let free = try #require(pool.submit(call("B")).spawned.first)
        try #require(busy == idle)
        _ = pool.received(Line.ready, from: free)
        _ = pool.received(Line.result("B"), from: free)
        _ = pool.settled(free)

        #expect(pool.drain() == [.write(free, .bye), .start(.linger(free), after: .seconds(2))])
        #expect(pool.ended(free, .exited(code: 0)) == [])
        #expect(pool.received(Line.result("A"), from: busy).answers.map(\.task) == ["A"])
        #expect(pool.settled(busy).byes == [busy])
        #expect(pool.ended(busy, .exited(code: 0)) == [.drained])
    }

    @Test func `a draining pool serves the calls that wait`() throws {
        var settings = try configuration()
        settings.maxWorkers = 1
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")
        _ = pool.submit(call("B"))

        #expect(pool.drain() == [])
        _ = pool.received(Line.result("A"), from: id)
        #expect(pool.settled(id).calls.map(\.task) == ["B"])
        _ = pool.received(Line.result("B"), from: id)
        #expect(pool.settled(id).byes == [id])
        #expect(pool.ended(id, .exited(code: 0)) == [.drained])
    }

    @Test func `a worker that gets ready in a draining pool without calls is let go`() throws {
        var pool = WorkerPool(try configuration())
        let id = try #require(pool.submit(call("A")).spawned.first)
        _ = pool.expired(.deadline(TaskID("A")))

        #expect(pool.drain() == [])
        #expect(pool.received(Line.ready, from: id).byes == [id])
        #expect(pool.ended(id, .exited(code: 0)) == [.drained])
    }
}
