import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

@Suite struct DispatchTests {
    let agent = AgentID("agent-1")
    let other = AgentID("agent-2")
    let first = Dispatch.Session(number: 1)
    let second = Dispatch.Session(number: 2)
    let later = Timestamp(microseconds: noon.microseconds + 7_000_000)

    @Test func `a task for a linked agent is sent and timed`() throws {
        var dispatch = linked()

        let effects = dispatch.submit(try order("A", timeout: .seconds(5)), to: agent, at: noon)

        #expect(
            effects == [
                .send(first, try order("A", timeout: .seconds(5))), .startTimer(TaskID("A"), after: .seconds(7)),
            ])
        #expect(dispatch.tasksInFlight == 1)
    }

    @Test func `a task for an agent without a link is unreachable and not sent later`() throws {
        var dispatch = Dispatch()

        #expect(dispatch.submit(try order("A"), to: agent, at: noon) == [.answer(TaskID("A"), .unreachable)])
        #expect(dispatch.linked(agent, first, holding: [], at: noon) == [])
        #expect(dispatch.tasksInFlight == 0)
    }

    @Test func `the limit of an agent is its own, and a landed task makes room`() throws {
        var dispatch = Dispatch(limitPerAgent: 2)
        _ = dispatch.linked(agent, first, holding: [], at: noon)
        _ = dispatch.linked(other, second, holding: [], at: noon)
        for id in ["A", "B"] { _ = dispatch.submit(try order(id), to: agent, at: noon) }

        #expect(dispatch.submit(try order("C"), to: agent, at: noon) == [.answer(TaskID("C"), .busy)])
        #expect(dispatch.submit(try order("D"), to: other, at: noon).count == 2)
        _ = dispatch.reported(try report("A"), by: agent, first)
        #expect(dispatch.submit(try order("E"), to: agent, at: noon).first == .send(first, try order("E")))
    }

    @Test func `a report answers the caller and is recorded and acknowledged`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)

        #expect(
            dispatch.reported(try report("A"), by: agent, first) == [
                .answer(TaskID("A"), .reported(try report("A"))),
                .record(try report("A"), agent: agent, acknowledgeTo: first),
            ])
        #expect(dispatch.tasksInFlight == 0)
    }

    @Test func `a report again, or of an unknown task, is recorded and acknowledged and answers nobody`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)
        _ = dispatch.reported(try report("A"), by: agent, first)

        for id in ["A", "never-sent"] {
            #expect(
                dispatch.reported(try report(id), by: agent, first) == [
                    .record(try report(id), agent: agent, acknowledgeTo: first)
                ])
        }
    }

    @Test func `a report on the task of another agent answers nobody and leaves the task in flight`() throws {
        var dispatch = linked()
        _ = dispatch.linked(other, second, holding: [], at: noon)
        _ = dispatch.submit(try order("A"), to: agent, at: noon)

        let stolen = dispatch.reported(try report("A", result: "forged"), by: other, second)

        #expect(stolen == [.record(try report("A", result: "forged"), agent: other, acknowledgeTo: second)])
        #expect(
            dispatch.reported(try report("A"), by: agent, first).first
                == .answer(TaskID("A"), .reported(try report("A"))))
    }

    @Test func `a report after the time was up is recorded and answers nobody`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)
        _ = dispatch.expired(TaskID("A"), at: later)

        #expect(
            dispatch.reported(try report("A"), by: agent, first) == [
                .record(try report("A"), agent: agent, acknowledgeTo: first)
            ])
    }

    @Test func `a linked agent that does not report in time is a timeout`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)

        let verdict = try verdict(in: dispatch.expired(TaskID("A"), at: later), on: "A")

        #expect(verdict.reason == .timeout)
        #expect(verdict.flag == .error)
        #expect(verdict.version == nil && verdict.startedAt == nil)
        #expect(verdict.receivedAt == noon && verdict.endedAt == later)
        #expect(verdict.trace == TraceID("trace-A") && verdict.app.text == "hello" && verdict.function == "greet")
        #expect(dispatch.expired(TaskID("A"), at: later) == [])
    }

    @Test func `an agent that is not back in time is lost`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)
        dispatch.unlinked(agent, first)

        #expect(try verdict(in: dispatch.expired(TaskID("A"), at: later), on: "A").reason == .agentLost)
    }

    @Test func `time is up for nobody when the task has landed`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)
        _ = dispatch.reported(try report("A"), by: agent, first)

        #expect(dispatch.expired(TaskID("A"), at: later) == [])
        #expect(dispatch.expired(TaskID("never-sent"), at: later) == [])
    }

    @Test func `an agent that comes back keeps what it holds and has lost the rest`() throws {
        var dispatch = linked()
        for id in ["A", "B", "C"] { _ = dispatch.submit(try order(id), to: agent, at: noon) }
        dispatch.unlinked(agent, first)

        let effects = dispatch.linked(agent, second, holding: [TaskID("B"), TaskID("unknown")], at: later)

        #expect(try verdict(in: Array(effects.prefix(2)), on: "A").reason == .agentLost)
        #expect(try verdict(in: Array(effects.dropFirst(2)), on: "C").reason == .agentLost)
        #expect(dispatch.tasksInFlight == 1)
        #expect(dispatch.reported(try report("B"), by: agent, second).count == 2)
    }

    @Test func `an agent that comes back loses no task of another agent`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)

        #expect(dispatch.linked(other, second, holding: [], at: later) == [])
        #expect(dispatch.tasksInFlight == 1)
    }

    @Test func `a later link replaces an earlier one, whatever is heard of the earlier one afterwards`() throws {
        var dispatch = linked()
        _ = dispatch.linked(agent, second, holding: [], at: noon)

        dispatch.unlinked(agent, first)
        #expect(dispatch.linked(agent, first, holding: [], at: noon) == [])
        #expect(dispatch.submit(try order("A"), to: agent, at: noon).first == .send(second, try order("A")))
        #expect(dispatch.linked(agent, first, holding: [], at: noon) == [])
        #expect(dispatch.tasksInFlight == 1)
    }

    @Test func `a report over an earlier link counts and is acknowledged there`() throws {
        var dispatch = linked()
        _ = dispatch.submit(try order("A"), to: agent, at: noon)
        _ = dispatch.linked(agent, second, holding: [TaskID("A")], at: noon)

        #expect(
            dispatch.reported(try report("A"), by: agent, first) == [
                .answer(TaskID("A"), .reported(try report("A"))),
                .record(try report("A"), agent: agent, acknowledgeTo: first),
            ])
    }

    private func linked() -> Dispatch {
        var dispatch = Dispatch()
        _ = dispatch.linked(agent, first, holding: [], at: noon)
        return dispatch
    }

    /// The center's own verdict in an answer and a record, which must say the same and acknowledge nothing.
    private func verdict(in effects: [Dispatch.Effect], on id: String) throws -> TaskReport {
        try #require(effects.count == 2)
        guard case .answer(let task, .reported(let report)) = effects[0], task == TaskID(id) else {
            throw Unexpected(effects: "\(effects)")
        }
        #expect(effects[1] == .record(report, agent: agent, acknowledgeTo: nil))
        #expect(report.task == TaskID(id))
        return report
    }
}

struct Unexpected: Error { let effects: String }
