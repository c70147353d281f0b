import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Testing

/// Calls that somebody ends.
@Suite struct WorkerPoolCancelTests {
    private let a = TaskID("A")

    @Test func `a call that waits is answered at once, and no worker hears of it`() throws {
        var pool = WorkerPool(try configuration())
        let id = try #require(pool.submit(call("A")).spawned.first)

        let effects = pool.cancel(a)

        #expect(effects.reasons == ["A": .cancelled] && effects.answers.first?.answer.flag == .error)
        #expect(pool.received(Line.ready, from: id).calls.isEmpty)
        #expect(pool.load == 0 && pool.cancel(a) == [])
    }

    @Test func `a worker hears of it, and is killed when its time is up`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        #expect(pool.cancel(a) == [.write(id, .cancel(a)), .start(.cancel(a), after: .seconds(2))])
        #expect(pool.cancel(a) == [])
        #expect(pool.expired(.cancel(a)) == [.kill(id)])
        let answer = try #require(pool.ended(id, .signaled(number: 9)).answers.first?.answer)
        #expect(answer.flag == .error && answer.reason == .cancelled)
        #expect(answer.text == "cancelled: the worker was ended with all its processes")
    }

    @Test func `a worker that gets no time is killed at once`() throws {
        var settings = try configuration(reusesWorkers: false)
        settings.cancelLimit = .zero
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")

        #expect(pool.cancel(a) == [.kill(id)])
        #expect(pool.ended(id, .signaled(number: 9)).reasons == ["A": .cancelled])
    }

    @Test(arguments: [
        (#""flag":false,"result":"half","reason":"cancelled""#, TaskFlag.error, Reason?.some(.cancelled)),
        (#""flag":false,"result":"half""#, .error, .some(.cancelled)),
        (#""flag":true,"result":"half""#, .succeeded, nil),
    ])
    func `a worker may still say how far it came, and goes on with other calls`(
        members: String, flag: TaskFlag, reason: Reason?
    ) throws {
        let line = #"{"type":"result","id":"A",\#(members)}"#
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.cancel(a)

        let answer = try #require(pool.received(Array(line.utf8), from: id).answers.first?.answer)

        #expect(answer.flag == flag && answer.reason == reason && answer.text == "half")
        #expect(pool.settled(id).isEmpty && pool.expired(.cancel(a)) == [] && pool.cancel(a) == [])
        #expect(pool.submit(call("B")).calls.map(\.worker) == [id])
        let failed = pool.received(Line.result("B", flag: false), from: id).answers.first?.answer
        #expect(failed?.flag == .failed && failed?.reason == nil)
    }

    @Test(arguments: [WorkerEnding.exited(code: 0), .exited(code: 143), .signaled(number: 15), .lost])
    func `a worker that ends because it was told to is no crash`(ending: WorkerEnding) throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.cancel(a)

        #expect(pool.ended(id, ending).reasons == ["A": .cancelled])
    }

    @Test func `what ends a call first is the reason`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        #expect(pool.expired(.deadline(a)) == [.kill(id)])
        #expect(pool.cancel(a) == [])
        #expect(pool.ended(id, .signaled(number: 9)).reasons == ["A": .timeout])
    }

    @Test func `a deadline does not wait for the answer to a cancel`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.cancel(a)

        #expect(pool.expired(.deadline(a)) == [.kill(id)])
        #expect(pool.expired(.cancel(a)) == [])
        #expect(pool.ended(id, .signaled(number: 9)).reasons == ["A": .cancelled])
    }
}
