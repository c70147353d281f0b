import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import Testing

/// Random queues: however their tasks depend on each other and end, each has one end, and the right one.
@Suite struct TaskGraphTests {
    @Test(arguments: 0..<20)
    func `of 500 random graphs none leaves a task without an end`(block: Int) throws {
        for seed in block * 500..<(block + 1) * 500 {
            var graph = RandomGraph(seed: seed)
            let faults = try graph.run()
            #expect(faults == [], "seed \(seed)")
        }
    }

    @Test func `what comes after a failure is skipped, and names the cause`() throws {
        var book = TaskBook.linked()
        let origin = TaskOrigin.queue(QueueID("Q"))
        _ = try book.run(
            try queue("Q"),
            [
                try spec("A", origin: origin),
                try spec("B", origin: origin, after: [TaskDependency(TaskID("A"))]),
                try spec("C", origin: origin, after: [TaskDependency(TaskID("B"))]),
                try spec("D", origin: origin, after: [TaskDependency(TaskID("A"), when: .failure)]),
                try spec("E", origin: origin, after: [TaskDependency(TaskID("C"), when: .always)]),
            ], at: after(0))

        let step = book.reported(try report("A", attempt: 1, flag: .failed), by: firstAgent, firstLink, at: after(1))

        #expect(Set(step.ends) == ["A 0", "B skipped", "C skipped"])
        #expect(Set(step.sent) == ["D", "E"])
        let texts = step.changes.compactMap { change -> String? in
            if case .ended(let outcome) = change { outcome.report.result.stringValue } else { nil }
        }
        #expect(texts.contains("skipped, because task A, after which it comes, ended with flag 0"))
        #expect(texts.contains("skipped, because task B, after which it comes, was skipped"))
    }

    @Test func `a task comes only after tasks of its queue that are there`() throws {
        var book = TaskBook.linked()
        let origin = TaskOrigin.queue(QueueID("Q"))
        _ = book.open(try queue("Q"), at: after(0))
        let circle = [
            try spec("A", origin: origin, after: [TaskDependency(TaskID("B"))]),
            try spec("B", origin: origin, after: [TaskDependency(TaskID("A"))]),
        ]

        #expect(throws: QueueRefusal.unknownDependency(TaskID("B"))) { try book.add(circle, to: QueueID("Q"), at: after(0)) }
        #expect(throws: QueueRefusal.unknownDependency(TaskID("A"))) {
            try book.run(try queue("R"), [try spec("A", origin: origin, after: [TaskDependency(TaskID("A"))])], at: after(0))
        }
        #expect(book.count == 0)
    }

    @Test func `a queue is committed once, and takes no tasks afterwards`() throws {
        var book = TaskBook()
        let id = QueueID("Q")
        #expect(throws: QueueRefusal.unknown(id)) { try book.commit(id, at: after(0)) }
        _ = book.open(try queue("Q"), at: after(0))
        _ = try book.add([try spec("A", origin: .queue(id))], to: id, at: after(0))
        _ = try book.commit(id, at: after(0))

        #expect(throws: QueueRefusal.notOpen(.running)) { try book.commit(id, at: after(0)) }
        #expect(throws: QueueRefusal.notOpen(.running)) {
            try book.add([try spec("B", origin: .queue(id))], to: id, at: after(0))
        }
    }

    @Test func `a stopped queue sends nothing more, and what was sent ends by itself or is killed`() throws {
        for kill in [false, true] {
            var limits = TaskBook.Limits()
            limits.stored = 1
            var book = TaskBook.linked(limits: limits)
            let id = QueueID("Q")
            _ = try book.run(
                try queue("Q"), try ["A", "B"].map { try spec($0, origin: .queue(id)) }, at: after(0))

            let step = try book.stop(id, kill: kill, at: after(1))

            #expect(step.ends == ["B stopped"])
            #expect(step.now == [] && step.afterwards.contains(.cancel(firstLink, TaskID("A"))) == kill)
            #expect(book.reported(try report("A", attempt: 1), by: firstAgent, firstLink, at: after(2)).ends == ["A 1"])
            #expect(book.queue(id) == nil)
        }
    }
}

/// One queue of random tasks on two agents that come, go, lose and fail; walked until everything has ended, and judged by
/// what the edges say.
private struct RandomGraph {
    private var random: SeededRandom
    private var book = TaskBook()
    private var ends: [TaskID: TaskReport] = [:]
    private var faults: [String] = []
    /// What agents have: the session over which it came does not matter here.
    private var held: [TaskID: RunOrder] = [:]
    private var starts: [TaskID: Int] = [:]
    private var session = 0
    private var seconds: Int64 = 0

    init(seed: Int) { random = SeededRandom(seed: seed) }

    mutating func run() throws -> [String] {
        let origin = TaskOrigin.queue(QueueID("Q"))
        let agents = [firstAgent, otherAgent]
        var specs: [TaskSpec] = []
        for number in 0..<Int.random(in: 1...14, using: &random) {
            let parents = specs.filter { _ in random.chance(25) }.map { parent in
                TaskDependency(parent.id, when: TaskDependency.Condition.allCases.randomElement(using: &random) ?? .always)
            }
            let retry = random.chance(20) ? try RetryRule(attempts: 2, pause: .seconds(1)) : nil
            specs.append(
                try spec("t\(number)", on: agents[number % 2], origin: origin, after: parents, retry: retry))
        }
        for agent in agents where random.chance(80) { link(agent) }
        take(try book.run(try queue("Q", concurrency: random.chance(30) ? 2 : nil), specs, at: after(seconds)))
        for _ in 0..<2000 where book.count > 0 { try step(agents) }
        judge(specs)
        return faults
    }

    private mutating func step(_ agents: [AgentID]) throws {
        seconds += Int64.random(in: 0...5, using: &random)
        let agent = agents.randomElement(using: &random) ?? firstAgent
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<10: link(agent)
        case 10..<13: book.unlinked(agent, LinkSession(number: session), at: after(seconds))
        case 13..<14:
            if random.chance(10), let step = try? book.stop(QueueID("Q"), kill: true, at: after(seconds)) { take(step) }
        case 14..<70:
            guard let order = held.values.sorted(by: { $0.task.text < $1.task.text }).randomElement(using: &random),
                let owner = book.life(of: order.task)?.spec.agent
            else { break }
            held[order.task] = nil
            let flag: TaskFlag = random.chance(70) ? .succeeded : random.chance(50) ? .failed : .error
            take(
                book.reported(
                    try report(order.task.text, attempt: order.attempt, flag: flag), by: owner, LinkSession(number: session),
                    at: after(seconds)))
        default: take(book.tick(at: after(seconds)))
        }
    }

    private mutating func link(_ agent: AgentID) {
        session += 1
        let mine = held.values.filter { book.life(of: $0.task)?.spec.agent == agent }.map { AttemptID($0.task, $0.attempt) }
        take(book.linked(agent, LinkSession(number: session), holding: Set(mine), at: after(seconds)))
    }

    private mutating func take(_ step: TaskStep) {
        for change in step.changes {
            guard case .ended(let outcome) = change else { continue }
            if ends.updateValue(outcome.report, forKey: outcome.spec.id) != nil {
                faults.append("\(outcome.spec.id) ended twice")
            }
        }
        for case .send(_, let order) in step.now + step.afterwards {
            held[order.task] = order
            starts[order.task, default: 0] += 1
        }
    }

    private mutating func judge(_ specs: [TaskSpec]) {
        if book.count > 0 { faults.append("\(book.count) tasks have no end") }
        for spec in specs {
            guard let end = ends[spec.id] else { continue }
            let broken = spec.after.filter { edge in
                guard let parent = ends[edge.task] else { return true }
                switch edge.when {
                case .success: return parent.flag != .succeeded
                case .failure: return parent.flag == .succeeded || parent.reason == .stopped || parent.reason == .skipped
                case .always: return false
                }
            }
            if broken.isEmpty, end.reason == .skipped { faults.append("\(spec.id) was skipped without a cause") }
            if !broken.isEmpty, end.reason != .skipped, end.reason != .stopped {
                faults.append("\(spec.id) ran although \(broken[0].task) forbade it")
            }
            if !broken.isEmpty, starts[spec.id] != nil { faults.append("\(spec.id) was sent too early") }
        }
    }
}
