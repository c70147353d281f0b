import ElvesFlow
import ElvesModel
import ElvesProtocol
import Testing

/// `WorkerPool` under a long random sequence of calls and of everything workers can do.
@Suite struct WorkerPoolWalkTests {
    @Test(arguments: 0..<8)
    func `every call gets one answer, no worker two calls, and draining ends once`(block: Int) throws {
        for seed in block * 15..<(block + 1) * 15 {
            var walk = try PoolWalk(seed: seed)
            walk.run(steps: 300)
            #expect(walk.faults.prefix(3) == [], "seed \(seed)")
        }
    }
}

private struct PoolWalk {
    /// A worker as it stands in the walk.
    private struct FakeWorker {
        var isReady = false
        var call: TaskID?
        /// Has answered, and the pool was not yet told that all was read.
        var isUnsettled = false
        var isLeaving = false
    }

    private let settings: WorkerPool.Configuration
    private var pool: WorkerPool
    private var random: SeededRandom
    private var workers: [WorkerPool.WorkerID: FakeWorker] = [:]
    private var timers: [WorkerPool.Timer] = []
    private var submitted: [TaskID] = []
    private var answers: [TaskID: Int] = [:]
    private var started: Set<TaskID> = []
    private var clock = Duration.zero
    private var drains = 0
    private var isDraining = false
    private(set) var faults: [String] = []

    init(seed: Int) throws {
        random = SeededRandom(seed: seed)
        var settings = try configuration(reusesWorkers: random.chance(70))
        settings.maxWorkers = Int.random(in: 1...4, using: &random)
        settings.queueLimit = Int.random(in: 1...6, using: &random)
        settings.cancelLimit = random.chance(30) ? .zero : .seconds(2)
        settings.outputLimit = random.chance(30) ? 400 : 1 << 20
        self.settings = settings
        pool = WorkerPool(settings)
    }

    mutating func run(steps: Int) {
        let drainAt = Int.random(in: 0...steps, using: &random)
        for step in 0..<steps {
            if step == drainAt { drain() }
            move()
        }
        if !isDraining { drain() }
        // Every clock runs out and every worker ends, until none is left.
        while !timers.isEmpty || !workers.isEmpty {
            while !timers.isEmpty { take(pool.expired(timers.removeFirst())) }
            for id in living { end(id) }
        }
        for task in submitted where answers[task] != 1 { faults.append("\(task): \(answers[task] ?? 0) answers") }
        if drains != 1 { faults.append("drained \(drains) times") }
        if pool.load != 0 { faults.append("load \(pool.load) at the end") }
    }

    private var living: [WorkerPool.WorkerID] { workers.keys.sorted { $0.number < $1.number } }

    private mutating func drain() {
        isDraining = true
        take(pool.drain())
    }

    private mutating func move() {
        clock += .seconds(Int.random(in: 0..<60, using: &random))
        let id = living.randomElement(using: &random)
        switch (Int.random(in: 0..<100, using: &random), id) {
        case (0..<25, _) where !isDraining:
            submitted.append(TaskID("T\(submitted.count)"))
            take(pool.submit(call("T\(submitted.count - 1)")))
        case (25..<40, let id?): ready(id)
        case (40..<62, let id?): answer(id)
        case (62..<76, let id?): settle(id)
        case (76..<80, let id?): take(pool.received(Line.log("hello"), from: id))
        case (80..<82, let id?): take(pool.wroteStandardError("oh\n", bytes: 3, from: id))
        case (82, let id?): take(pool.received(Array("not a message".utf8), from: id))
        case (83, let id?): take(pool.received(Line.result("never-sent"), from: id))
        case (84, let id?): take(pool.closedOutput(id))
        case (85, let id?): take(pool.lineTooLong(from: id))
        case (86..<92, let id?): if workers[id]?.isLeaving == true || random.chance(20) { end(id) }
        case (92..<97, _):
            if !timers.isEmpty { take(pool.expired(timers.remove(at: Int.random(in: 0..<timers.count, using: &random)))) }
        case (97, _): take(pool.sweep(at: clock))
        case (98..., _):
            if let task = submitted.randomElement(using: &random) { take(pool.cancel(task)) }
        default: break
        }
        check()
    }

    private mutating func ready(_ id: WorkerPool.WorkerID) {
        guard workers[id]?.isReady == false else { return }
        workers[id]?.isReady = true
        take(pool.received(Line.ready, from: id))
    }

    private mutating func answer(_ id: WorkerPool.WorkerID) {
        guard let task = workers[id]?.call, workers[id]?.isUnsettled == false else { return }
        workers[id]?.isUnsettled = true
        take(pool.received(Line.result(task.text), from: id))
    }

    private mutating func settle(_ id: WorkerPool.WorkerID) {
        // What a killed worker wrote last was not taken as its answer.
        if let task = workers[id]?.call, workers[id]?.isUnsettled == true, answers[task] != nil {
            workers[id]?.isUnsettled = false
            workers[id]?.call = nil
        }
        take(pool.settled(id))
    }

    private mutating func end(_ id: WorkerPool.WorkerID) {
        let ending = [WorkerEnding.exited(code: 0), .exited(code: 1), .signaled(number: 9), .lost]
        workers[id] = nil
        take(pool.ended(id, ending.randomElement(using: &random) ?? .lost))
    }

    private mutating func take(_ effects: [WorkerPool.Effect]) {
        for effect in effects {
            if drains > 0 { faults.append("\(effect) after the pool was drained") }
            switch effect {
            case .spawn(let id):
                if workers.updateValue(FakeWorker(), forKey: id) != nil { faults.append("\(id) started twice") }
            case .write(let id, let message): write(message, to: id)
            case .kill(let id):
                if workers[id] == nil { faults.append("\(id) killed, which is gone") }
                workers[id]?.isLeaving = true
            case .start(let timer, _): timers.append(timer)
            case .started(let task):
                if !started.insert(task).inserted { faults.append("\(task) started twice") }
            case .answer(let task, let answer):
                answers[task, default: 0] += 1
                if answer.flag != .error, !started.contains(task) { faults.append("\(task) answered, but never started") }
            case .progress(let task, _, _):
                if !started.contains(task) || answers[task] != nil { faults.append("progress of \(task), which does not run") }
            case .log: break
            case .drained:
                drains += 1
                if !isDraining || !workers.isEmpty { faults.append("drained too early") }
            }
        }
    }

    private mutating func write(_ message: HostMessage, to id: WorkerPool.WorkerID) {
        guard let worker = workers[id], !worker.isLeaving else {
            faults.append("\(message) written to a worker that is gone or leaving")
            return
        }
        switch message {
        case .hello: break
        case .cancel(let task):
            if worker.call != task || answers[task] != nil { faults.append("\(task) cancelled, which \(id) does not have") }
        case .call(let call):
            if !worker.isReady || worker.call != nil { faults.append("\(id) got \(call.id) while not free") }
            if answers[call.id] != nil { faults.append("\(call.id) sent after its answer") }
            workers[id]?.call = call.id
        case .bye:
            if worker.call != nil { faults.append("\(id) sent away in the middle of a call") }
            workers[id]?.isLeaving = true
        }
    }

    private mutating func check() {
        if workers.count > settings.maxWorkers { faults.append("\(workers.count) workers") }
        let open = submitted.count { answers[$0] == nil }
        if pool.load != open { faults.append("load \(pool.load), but \(open) calls are open") }
        if open - workers.values.count(where: { $0.call != nil }) > settings.queueLimit { faults.append("queue too long") }
    }
}
