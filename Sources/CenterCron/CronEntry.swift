import ElvesBus
import ElvesCron
import ElvesModel
import ElvesProtocol
import FoundationEssentials

/// One schedule as its keeper has it.
struct CronEntry {
    let id: CronID
    let draft: CronDraft
    let zone: TimeZoneRules
    let createdAt: Timestamp
    var clock: CronClock
    /// The tasks of the runs that go on, by their numbers.
    var tasks: [Int: TaskID] = [:]
    /// When it has to be looked at; nil if there is nothing to wait for.
    var due: Timestamp?

    var app: AppName { draft.task.app }
    var agent: AgentID { draft.task.agent }

    /// What the effects of a move of the clock ask for.
    struct Step {
        var move: FireCrons.Move
        /// Tasks to end.
        var ends: [TaskID] = []
    }

    /// Carries out what can be done here, and collects the rest.
    mutating func take(_ effects: [CronClock.Effect], _ randomness: Randomness) throws -> Step {
        var (runs, skips, ends): ([FireCrons.Move.Run], [FireCrons.Move.Skip], [TaskID]) = ([], [], [])
        for effect in effects {
            switch effect {
            case .fire(let planned, let number):
                let run = draft.task.renamed(randomness.id())
                tasks[number] = run.id
                runs.append(.init(planned: planned, number: number, draft: run))
            case .end(let numbers): ends += numbers.compactMap { tasks[$0] }
            case .skipped(let skipped):
                skips.append(.init(planned: skipped.planned, count: skipped.count, why: skipped.why.rawValue))
            case .queued: break
            case .wait(let until): due = until
            case .over: due = nil
            }
        }
        return Step(move: .init(cron: id, clock: try Self.text(clock), runs: runs, skips: skips), ends: ends)
    }

    /// The number of the run whose task it was; nil if none of the running ones.
    mutating func end(of task: TaskID) -> Int? {
        guard let number = tasks.first(where: { $0.value == task })?.key else { return nil }
        tasks[number] = nil
        return number
    }

    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    static func value<T: Decodable>(_ text: String, as _: T.Type = T.self) throws -> T {
        try JSONDecoder().decode(T.self, from: Data(text.utf8))
    }
}

extension TaskDraft {
    func renamed(_ id: TaskID) -> TaskDraft {
        TaskDraft(
            id: id, agent: agent, app: app, function: function, param: param, timeout: timeout,
            callsProcessor: callsProcessor, after: after, retry: retry, offline: offline, pin: pin)
    }
}
