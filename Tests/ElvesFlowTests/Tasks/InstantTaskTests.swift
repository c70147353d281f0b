import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct InstantTaskTests {
    @Test func `a task for a linked agent is sent at once, and nothing of it is stored`() throws {
        var book = TaskBook.linked()
        let task = try spec("A", origin: .call)

        let step = book.call(task, at: after(0))

        #expect(step.now == [.send(firstLink, task.order(attempt: 1))])
        #expect(step.changes == [] && step.afterwards == [])
        #expect(book.count == 1 && book.nextDeadline == .seconds(7))
    }

    @Test func `a task for an agent without a link is unreachable and not sent later`() throws {
        var book = TaskBook()

        #expect(book.call(try spec("A", origin: .call), at: after(0)).now == [.answer(TaskID("A"), .unreachable)])
        #expect(book.linked(firstAgent, firstLink, holding: [], at: after(1)) == TaskStep())
    }

    @Test func `the limit of an agent is its own, and a task that ends makes room`() throws {
        var limits = TaskBook.Limits()
        limits.instant = 2
        var book = TaskBook.linked(limits: limits)
        _ = book.linked(otherAgent, secondLink, holding: [], at: after(0))
        for id in ["A", "B"] { _ = book.call(try spec(id, origin: .call), at: after(0)) }

        #expect(book.call(try spec("C", origin: .call), at: after(0)).now == [.answer(TaskID("C"), .busy)])
        #expect(book.call(try spec("D", on: otherAgent, origin: .call), at: after(0)).sent == ["D"])
        _ = book.reported(try report("A", attempt: 1), by: firstAgent, firstLink, at: after(1))
        #expect(book.call(try spec("E", origin: .call), at: after(1)).sent == ["E"])
    }

    @Test func `a report answers the caller before it is written, and is acknowledged after`() throws {
        var book = TaskBook.linked()
        let task = try spec("A", origin: .call)
        _ = book.call(task, at: after(0))
        let answer = try report("A", attempt: 1)

        let step = book.reported(answer, by: firstAgent, firstLink, at: after(1))

        let outcome = TaskOutcome(spec: task, report: answer, sentAt: noon)
        #expect(step.now == [.answer(TaskID("A"), .reported(answer))])
        #expect(step.changes == [.ended(outcome)])
        #expect(step.afterwards == [.ended(outcome), .acknowledge(firstLink, answer, by: firstAgent)])
        #expect(book.count == 0)
    }

    @Test func `a report again, or of an unknown task, or by another agent, decides nothing and is acknowledged`() throws {
        var book = TaskBook.linked()
        _ = book.linked(otherAgent, secondLink, holding: [], at: after(0))
        _ = book.call(try spec("A", origin: .call), at: after(0))
        let forged = try report("A", attempt: 1, flag: .failed)

        let step = book.reported(forged, by: otherAgent, secondLink, at: after(1))
        #expect(step.now == [] && step.changes == [.late(forged, by: otherAgent)])
        #expect(step.afterwards == [.acknowledge(secondLink, forged, by: otherAgent)])

        _ = book.reported(try report("A", attempt: 1), by: firstAgent, firstLink, at: after(1))
        for id in ["A", "never-sent"] {
            let again = try report(id, attempt: 1)
            #expect(
                book.reported(again, by: firstAgent, firstLink, at: after(2)).changes == [.late(again, by: firstAgent)])
        }
    }

    @Test func `a linked agent that does not report in time is a timeout, one that is away is lost`() throws {
        for (isLinked, word) in [(true, "timeout"), (false, "agent-lost")] {
            var book = TaskBook.linked()
            _ = book.call(try spec("A", origin: .call), at: after(0))
            if !isLinked { book.unlinked(firstAgent, firstLink, at: after(1)) }

            #expect(book.tick(at: after(6)).ends == [])
            let step = book.tick(at: after(7))

            #expect(step.ends == ["A \(word)"])
            guard case .answer(_, .reported(let verdict))? = step.now.first else { throw Unexpected(effects: "\(step)") }
            #expect(verdict.receivedAt == noon && verdict.endedAt == after(7).wall && verdict.version == nil)
            #expect(book.tick(at: after(8)) == TaskStep())
        }
    }

    @Test func `an agent that comes back keeps what it holds and has lost the rest`() throws {
        var book = TaskBook.linked()
        for id in ["A", "B", "C"] { _ = book.call(try spec(id, origin: .call), at: after(0)) }
        book.unlinked(firstAgent, firstLink, at: after(1))

        let step = book.linked(firstAgent, secondLink, holding: [AttemptID("B"), AttemptID("unknown")], at: after(2))

        #expect(step.ends == ["A agent-lost", "C agent-lost"])
        #expect(book.reported(try report("B", attempt: 1), by: firstAgent, secondLink, at: after(3)).ends == ["B 1"])
    }

    @Test func `a later link replaces an earlier one, whatever is heard of the earlier one afterwards`() throws {
        var book = TaskBook.linked()
        _ = book.linked(firstAgent, secondLink, holding: [], at: after(0))
        book.unlinked(firstAgent, firstLink, at: after(1))

        #expect(book.linked(firstAgent, firstLink, holding: [], at: after(1)) == TaskStep())
        let task = try spec("A", origin: .call)
        #expect(book.call(task, at: after(1)).now == [.send(secondLink, task.order(attempt: 1))])
        #expect(
            book.reported(try report("A", attempt: 1), by: firstAgent, firstLink, at: after(2)).afterwards.last
                == .acknowledge(firstLink, try report("A", attempt: 1), by: firstAgent))
    }

    @Test func `a center that stops answers who waits and writes nothing`() throws {
        var book = TaskBook.linked()
        _ = book.call(try spec("A", origin: .call), at: after(0))
        _ = book.admit([try spec("S")], at: after(0))

        let step = book.stop(at: after(1))

        #expect(step.now.count == 1 && step.changes == [] && step.afterwards == [])
        guard case .answer(TaskID("A"), .reported(let verdict))? = step.now.first else { throw Unexpected(effects: "\(step)") }
        #expect(verdict.reason == .centerStopping)
        #expect(book.call(try spec("B", origin: .call), at: after(1)).now == [.answer(TaskID("B"), .unreachable)])
        #expect(book.admit([try spec("T")], at: after(1)).sent == [])
    }
}

struct Unexpected: Error { let effects: String }
