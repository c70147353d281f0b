import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct StoredTaskTests {
    @Test func `a task is written before it is sent`() throws {
        var book = TaskBook.linked()
        let task = try spec("A")

        let step = book.admit([task], at: after(0))

        #expect(step.now == [])
        #expect(step.changes == [.admitted(TaskLife(task, state: .sent(at: noon), attempt: 1), number: 1)])
        #expect(step.afterwards == [.send(firstLink, task.order(attempt: 1))])
    }

    @Test func `a task waits for its agent, says so, and is sent when the agent comes`() throws {
        var book = TaskBook()
        #expect(book.admit([try spec("A")], at: after(0)).sent == [])
        #expect(book.wait(of: TaskID("A"), at: noon)?.description == "agent agent-1 is not connected")

        #expect(book.linked(firstAgent, firstLink, holding: [], at: after(29)).sent == ["A"])
        #expect(book.tick(at: after(31)).ends == [])
    }

    @Test func `a task whose agent does not come in time has not run, and says so`() throws {
        for (skips, word) in [(false, "agent-offline"), (true, "skipped")] {
            var book = TaskBook()
            let rule = OfflineRule(patience: .seconds(60), skips: skips)
            _ = book.admit([try spec("A", offline: rule)], at: after(0))

            #expect(book.tick(at: after(59)).ends == [])
            #expect(book.tick(at: after(60)).ends == ["A \(word)"])
        }
    }

    @Test func `an agent that goes away starts the patience anew`() throws {
        var limits = TaskBook.Limits()
        limits.stored = 1
        var book = TaskBook.linked(limits: limits)
        _ = book.admit([try spec("A"), try spec("B")], at: after(0))
        book.unlinked(firstAgent, firstLink, at: after(100))

        #expect(book.tick(at: after(129)).ends == [])
        #expect(book.tick(at: after(130)).ends == ["B agent-offline"])
    }

    @Test func `what the agent never took on is sent again, as the same attempt`() throws {
        var book = TaskBook.linked()
        let task = try spec("A")
        _ = book.admit([task], at: after(0))
        book.unlinked(firstAgent, firstLink, at: after(1))

        let step = book.linked(firstAgent, secondLink, holding: [], at: after(2))

        #expect(step.afterwards == [.send(secondLink, task.order(attempt: 1))])
    }

    @Test func `what the agent holds is waited for, for ten minutes`() throws {
        var book = TaskBook.linked()
        _ = book.admit([try spec("A")], at: after(0))
        book.unlinked(firstAgent, firstLink, at: after(10))

        #expect(book.tick(at: after(609)).ends == [])
        #expect(
            book.wait(of: TaskID("A"), at: noon)?.description.hasSuffix("is not connected: it may be running") == true)
        #expect(book.tick(at: after(610)).ends == ["A agent-lost"])
    }

    @Test func `an agent that is back has a moment to report what it held`() throws {
        var book = TaskBook.linked()
        _ = book.admit([try spec("A")], at: after(0))
        book.unlinked(firstAgent, firstLink, at: after(10))
        _ = book.linked(firstAgent, secondLink, holding: [AttemptID("A")], at: after(500))

        #expect(book.tick(at: after(529)).ends == [])
        #expect(book.tick(at: after(530)).ends == ["A timeout"])
    }

    @Test func `a failure is tried again after a growing pause, as a later attempt`() throws {
        var book = TaskBook.linked()
        let retry = try RetryRule(attempts: 3, pause: .seconds(10))
        _ = book.admit([try spec("A", retry: retry)], at: after(0))

        let failure = try report("A", attempt: 1, flag: .failed)

        let first = book.reported(failure, by: firstAgent, firstLink, at: after(1))
        #expect(first.ends == [] && first.changes.contains(.attempted(failure)))
        #expect(book.tick(at: after(10)).sent == [])
        #expect(book.tick(at: after(11)).sent == ["A"])
        // The first attempt's report again: it decides nothing about the second one.
        #expect(book.reported(failure, by: firstAgent, firstLink, at: after(12)).ends == [])
        _ = book.reported(try report("A", attempt: 2, flag: .error), by: firstAgent, firstLink, at: after(13))
        #expect(book.tick(at: after(32)).sent == [])
        #expect(book.tick(at: after(33)).sent == ["A"])
        let last = book.reported(try report("A", attempt: 3, flag: .failed), by: firstAgent, firstLink, at: after(34))
        #expect(last.ends == ["A 0"])
    }

    @Test func `an agent has no more tasks than it may, and lanes take turns`() throws {
        var limits = TaskBook.Limits()
        limits.stored = 2
        var book = TaskBook.linked(limits: limits)
        _ = book.open(try queue("Q"), at: after(0))
        _ = try book.add((0..<4).map { try spec("q\($0)", origin: .queue(QueueID("Q"))) }, to: QueueID("Q"), at: after(0))
        _ = try book.commit(QueueID("Q"), at: after(0))
        _ = book.admit([try spec("x"), try spec("y")], at: after(0))

        var sent = ["q0", "q1"]
        for _ in 0..<6 {
            let next = sent.removeFirst()
            sent += book.reported(try report(next, attempt: 1), by: firstAgent, firstLink, at: after(1)).sent
            if sent.isEmpty { break }
        }
        #expect(book.count == 0)
    }

    @Test func `a queue has no more tasks out than it may, on whatever agents`() throws {
        var book = TaskBook.linked()
        _ = book.linked(otherAgent, secondLink, holding: [], at: after(0))
        let specs = try (0..<6).map {
            try spec("q\($0)", on: $0 % 2 == 0 ? firstAgent : otherAgent, origin: .queue(QueueID("Q")))
        }
        let step = try book.run(try queue("Q", concurrency: 1), specs, at: after(0))
        #expect(step.sent == ["q0"])
        #expect(book.wait(of: TaskID("q1"), at: noon) == .turn(QueueID("Q"), most: 1))

        let next = book.reported(try report("q0", attempt: 1), by: firstAgent, firstLink, at: after(1))
        #expect(next.sent.count == 1)
    }

    @Test func `a stopped task that was not sent ends at once, one that was sent by its agent`() throws {
        var limits = TaskBook.Limits()
        limits.stored = 1
        var book = TaskBook.linked(limits: limits)
        _ = book.admit([try spec("A"), try spec("B")], at: after(0))

        #expect(book.stop(TaskID("B"), at: after(1))?.ends == ["B stopped"])
        #expect(book.stop(TaskID("A"), at: after(1))?.afterwards == [.cancel(firstLink, TaskID("A"))])
        book.unlinked(firstAgent, firstLink, at: after(2))
        // The agent is told again when it comes back with the task.
        #expect(
            book.linked(firstAgent, secondLink, holding: [AttemptID("A")], at: after(3)).afterwards
                == [.cancel(secondLink, TaskID("A"))])
        #expect(book.stop(TaskID("gone"), at: after(3)) == nil)
    }

    @Test func `after a restart the book goes on where it was`() throws {
        let chain =
            try [spec("A", origin: .queue(QueueID("Q")))]
            + [spec("B", origin: .queue(QueueID("Q")), after: [TaskDependency(TaskID("A"))])]
        var running = try queue("Q")
        running.state = .running
        var book = TaskBook()
        book.restore(
            [
                (TaskLife(chain[0], state: .sent(at: noon), attempt: 1), 7), (TaskLife(chain[1], state: .blocked), 8),
                (TaskLife(try spec("C"), state: .ready(from: nil)), 9),
            ], queues: [running], at: after(0))

        #expect(book.wait(of: TaskID("B"), at: noon) == .tasks([TaskID("A")]))
        let step = book.linked(firstAgent, firstLink, holding: [AttemptID("A")], at: after(1))
        #expect(step.sent == ["C"])
        #expect(book.reported(try report("A", attempt: 1), by: firstAgent, firstLink, at: after(2)).sent == ["B"])
        let end = book.reported(try report("B", attempt: 1), by: firstAgent, firstLink, at: after(3))
        running.state = .finished
        #expect(end.changes.contains(.queue(running)))
    }
}
