import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

/// What becomes of workers that break the protocol, write too much or die, and of their calls.
@Suite struct WorkerPoolFailureTests {
    @Test(arguments: [
        (Line.result("other"), "answered other, a call it does not have"),
        (Line.ready, "said ready twice"),
        (Line.progress("other"), "told the progress of a call it does not have"),
        (Array(#"{"type":"dance"}"#.utf8), #"unknown message type "dance""#),
        (Array(#"{"type":"result","id":"A","flag":1,"result":1}"#.utf8), #"member "flag" must be true or false"#),
        (Array(#"{"type":"result","id":"A","flag":true}"#.utf8), #"member "result" is missing"#),
        (Array("print debugging".utf8), "wrote a line that is no message"),
        ([], "wrote a line that is no message"),
        ([0xFF], "wrote a line that is no message"),
    ])
    func `a worker that breaks the protocol is killed, and its call hears how`(line: [UInt8], text: String) throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        let effects = pool.received(line, from: id)

        #expect(effects.killed == [id] && effects.answers.isEmpty)
        #expect(effects.logged.first?.contains(text) == true)
        let answer = try #require(pool.ended(id, .signaled(number: 9)).answers.first)
        #expect(answer.task == "A" && answer.answer.reason == .protocolViolation && answer.answer.flag == .error)
        #expect(answer.answer.text.contains(text))
    }

    @Test(arguments: [
        #"{"type":"ready","protocol":2}"#, #"{"type":"ready","protocol":0}"#, #"{"type":"ready"}"#,
        #"{"type":"result","id":"A","flag":true,"result":1}"#, #"{"type":"progress","id":"A"}"#,
    ])
    func `a worker that begins wrongly is killed, and the oldest call hears why`(line: String) throws {
        var pool = WorkerPool(try configuration())
        let id = try #require(pool.submit(call("A")).spawned.first)

        #expect(pool.received(Array(line.utf8), from: id).killed == [id])
        #expect(pool.ended(id, .signaled(number: 9)).reasons == ["A": .protocolViolation])
    }

    @Test func `progress of the call it has is welcome, after the answer no more`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        let progress = WorkerPool.Effect.progress(TaskID("A"), percent: 50, message: nil)
        #expect(pool.received(Line.progress("A"), from: id) == [progress])
        _ = pool.received(Line.result("A"), from: id)
        #expect(pool.received(Line.progress("A"), from: id).killed == [id])
    }

    @Test func `an abandoned pool ends every worker and answers every call, those to come as well`() throws {
        var pool = WorkerPool(try configuration())
        let busy = try pool.busyWorker("A")
        let starting = try #require(pool.submit(call("B")).spawned.first)
        let verdict = WorkerAnswer.error(.quarantined, "changed")

        let effects = pool.abandon(because: verdict)

        #expect(Set(effects.killed) == [busy, starting])
        #expect(effects.reasons == ["B": .quarantined])
        #expect(pool.submit(call("C")) == [.answer(TaskID("C"), verdict)])
        #expect(pool.ended(starting, .signaled(number: 9)) == [])
        let last = pool.ended(busy, .signaled(number: 9))
        #expect(last == [.answer(TaskID("A"), verdict), .drained])
        #expect(pool.load == 0)
    }

    @Test func `an abandoned pool without workers is done at once, and one that lingers is not waited for`() throws {
        var empty = WorkerPool(try configuration())
        #expect(empty.abandon(because: .error(.quarantined, "changed")) == [.drained])

        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.received(Line.result("A"), from: id)
        _ = pool.settled(id)
        _ = pool.drain()
        #expect(pool.abandon(because: .error(.quarantined, "changed")) == [.kill(id)])
        #expect(pool.ended(id, .signaled(number: 9)) == [.drained])
    }

    @Test func `a worker that closes its output is killed`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        #expect(pool.closedOutput(id) == [.kill(id)])
        #expect(pool.closedOutput(id) == [])
        #expect(pool.ended(id, .exited(code: 0)).reasons == ["A": .protocolViolation])
    }

    // MARK: Limits

    @Test func `protocol lines up to the limit are read, one byte more is too much`() throws {
        let log = Line.log("x")
        var settings = try configuration()
        settings.outputLimit = 3 * log.count
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")

        for _ in 0..<3 { #expect(pool.received(log, from: id).killed.isEmpty) }
        #expect(pool.received(Array("{".utf8), from: id) == [.kill(id)])
        #expect(pool.ended(id, .signaled(number: 9)).reasons == ["A": .outputLimit])
    }

    @Test func `standard error up to the limit is read, one byte more is too much`() throws {
        var settings = try configuration()
        settings.outputLimit = 100
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")

        #expect(pool.wroteStandardError("a", bytes: 100, from: id).killed.isEmpty)
        #expect(pool.wroteStandardError("b", bytes: 1, from: id) == [.kill(id)])
        #expect(pool.wroteStandardError("c", bytes: 1, from: id) == [])
        #expect(pool.ended(id, .signaled(number: 9)).reasons == ["A": .outputLimit])
    }

    @Test func `each call has the limits anew`() throws {
        var settings = try configuration()
        settings.outputLimit = 200
        settings.logLineLimit = 2
        var pool = WorkerPool(settings)

        for task in ["A", "B", "C"] {
            let id = try pool.busyWorker(task)
            #expect(pool.wroteStandardError("one\n", bytes: 200, from: id).logged == ["info: one"])
            #expect(pool.received(Line.log("two"), from: id).logged == ["debug: two"])
            #expect(pool.received(Line.result(task), from: id).answers.map(\.task) == [task])
            _ = pool.settled(id)
        }
    }

    @Test func `a line that never ends is too much`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        #expect(pool.lineTooLong(from: id) == [.kill(id)])
        #expect(pool.lineTooLong(from: id) == [])
        let answer = try #require(pool.ended(id, .signaled(number: 9)).answers.first?.answer)
        #expect(answer.reason == .outputLimit && answer.text.contains("4096 bytes"))
    }

    @Test func `lines beyond the limit are left out of the log, and that is said once`() throws {
        var settings = try configuration()
        settings.logLineLimit = 3
        var pool = WorkerPool(settings)
        let id = try pool.busyWorker("A")

        #expect(pool.wroteStandardError("1\n2\n", bytes: 4, from: id).logged == ["info: 1", "info: 2"])
        #expect(pool.received(Line.log("3"), from: id).logged == ["debug: 3"])
        #expect(
            pool.received(Line.log("4"), from: id).logged
                == ["warning: more than 3 lines from one call: the rest is left out"])
        #expect(pool.wroteStandardError("5\n6\n", bytes: 4, from: id).logged == [])
    }

    // MARK: Endings

    @Test(arguments: [
        (WorkerEnding.exited(code: 0), Reason.noResult, "the worker ended without an answer"),
        (.exited(code: 3), .exited, "exited with code 3"),
        (.signaled(number: 11), .crashed, "signal 11"),
        (.refused(layer: "seccomp", text: "no kernel"), .sandbox(layer: "seccomp"), "seccomp could not be had"),
        (.spawnFailed("no launcher"), .spawn, "no launcher"),
        (.lost, .crashed, "the launcher ended without a word"),
    ])
    func `a call hears how its worker ended`(ending: WorkerEnding, reason: Reason, text: String) throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")

        let effects = pool.ended(id, ending)

        let answer = try #require(effects.answers.first?.answer)
        #expect(effects.count == 1)
        #expect(answer.flag == .error && answer.reason == reason && answer.text.contains(text))
        #expect(pool.load == 0)
    }

    @Test func `a worker's last words of this call are told, their last 2048 characters`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.wroteStandardError("of the first call\n", bytes: 18, from: id)
        _ = pool.received(Line.result("A"), from: id)
        _ = pool.settled(id)
        _ = pool.submit(call("B"))
        _ = pool.wroteStandardError("early ", bytes: 6, from: id)
        _ = pool.wroteStandardError(String(repeating: "y", count: 2043) + " end\n", bytes: 2048, from: id)

        let text = try #require(pool.ended(id, .exited(code: 1)).answers.first?.answer.text)

        #expect(text.hasSuffix("; its last words: " + String(repeating: "y", count: 2043) + " end"))
    }

    @Test func `a worker that never got ready takes the oldest waiting call along and no other`() throws {
        var settings = try configuration()
        settings.maxWorkers = 2
        var pool = WorkerPool(settings)
        let started = pool.submit(call("A")).spawned + pool.submit(call("B")).spawned
        _ = pool.submit(call("C"))

        let gone = pool.ended(started[1], .spawnFailed("no memory"))

        #expect(gone.reasons == ["A": .spawn])
        #expect(gone.spawned.count == 1)
        #expect(pool.received(Line.ready, from: started[0]).calls.map(\.task) == ["B"])
    }

    @Test func `an idle worker that dies is missed by nobody`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.idleWorker()

        #expect(pool.ended(id, .signaled(number: 9)) == [])
        #expect(pool.submit(call("A")).spawned.count == 1)
    }

    @Test func `an idle worker that speaks out of turn is killed and gets no call`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.idleWorker()

        #expect(pool.received(Line.result("warm-up"), from: id).killed == [id])
        #expect(pool.submit(call("A")).calls.isEmpty)
        #expect(pool.ended(id, .signaled(number: 9)).answers.isEmpty)
    }

    @Test func `a worker that got ready, had no call and was let go takes no waiting call along`() throws {
        var pool = WorkerPool(try configuration())
        let unused = try #require(pool.submit(call("A")).spawned.first)
        _ = pool.expired(.deadline(TaskID("A")))
        _ = pool.received(Line.ready, from: unused)
        _ = pool.sweep(at: .seconds(0))
        try #require(pool.sweep(at: .seconds(301)).byes == [unused])
        let other = try #require(pool.submit(call("B")).spawned.first)

        #expect(pool.ended(unused, .exited(code: 0)).answers.isEmpty)
        #expect(pool.received(Line.ready, from: other).calls.map(\.task) == ["B"])
    }

    @Test func `nothing is heard of a worker that is gone`() throws {
        var pool = WorkerPool(try configuration())
        let id = try pool.busyWorker("A")
        _ = pool.ended(id, .exited(code: 1))

        #expect(pool.received(Line.result("A"), from: id) == [])
        #expect(pool.settled(id) == [])
        #expect(pool.closedOutput(id) == [])
        #expect(pool.lineTooLong(from: id) == [])
        #expect(pool.wroteStandardError("late", bytes: 4, from: id) == [])
        #expect(pool.ended(id, .lost) == [])
        for timer in [WorkerPool.Timer.ready(id), .linger(id), .deadline(TaskID("A"))] {
            #expect(pool.expired(timer) == [])
        }
    }
}
