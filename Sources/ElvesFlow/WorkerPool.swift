import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// The workers of one app version in one isolation mode, and the calls that wait for them.
///
/// Pure: every move takes what happened and returns what has to be done; `WorkerHost` in ElvesWorkers does it. One worker
/// serves one call at a time, so a worker that is killed harms no other call. A call is answered once: by its worker, or,
/// after the worker's whole process tree is gone, with the reason it ended.
package struct WorkerPool {
    package struct WorkerID: Hashable, Sendable { package let number: Int }

    package struct Configuration: Sendable {
        package var hello: WorkerHello
        /// Whether a worker serves further calls after its first.
        package var reusesWorkers: Bool
        package var maxWorkers = 8
        /// Calls that may wait for a worker; the next one is answered `busy`.
        package var queueLimit = 1024
        /// The bytes one call may write as protocol lines, and again on standard error.
        package var outputLimit = 8 << 20
        /// The lines of one call that reach the agent's log.
        package var logLineLimit = 100
        package var readyLimit: Duration = .seconds(10)
        /// How long a worker may take to end after `bye`.
        package var lingerLimit: Duration = .seconds(2)
        /// How long a worker may take to answer a call that it was told to end; without any, it is killed at once.
        package var cancelLimit: Duration = .seconds(2)
        /// How long a worker may be idle before it is let go.
        package var idleLimit: Duration = .seconds(300)

        package init(hello: WorkerHello, reusesWorkers: Bool) {
            self.hello = hello
            self.reusesWorkers = reusesWorkers
        }
    }

    package enum Timer: Equatable, Sendable {
        /// The worker must be ready by now.
        case ready(WorkerID)
        /// The worker must have ended by now.
        case linger(WorkerID)
        /// The call must be answered by now.
        case deadline(TaskID)
        /// The call was told to end, and must be answered by now.
        case cancel(TaskID)
    }

    package enum Effect: Equatable, Sendable {
        case spawn(WorkerID)
        case write(WorkerID, HostMessage)
        /// Kill the worker's process tree; `ended` follows.
        case kill(WorkerID)
        case start(Timer, after: Duration)
        /// A worker has the call now.
        case started(TaskID)
        case answer(TaskID, WorkerAnswer)
        /// A line for the log; `task` is the call the worker had meanwhile.
        case log(level: String, message: String, task: TaskID?)
        /// How far a call is: percent, text, or both.
        case progress(TaskID, percent: Int64?, message: String?)
        /// The pool was told to drain, and its last worker is gone.
        case drained
    }

    private var configuration: Configuration
    private var workers: [WorkerID: PooledWorker] = [:]
    /// Idle workers; the last one is the warmest and serves next.
    private var idle: [WorkerID] = []
    private var waiting: [WorkerCall] = []
    private var lastWorker = 0
    private var isDraining = false
    /// Nothing runs any more, and this is why.
    private var verdict: WorkerAnswer?

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// Calls that wait or run.
    package var load: Int { waiting.count + workers.values.count { $0.call != nil } }

    // MARK: Calls

    package mutating func submit(_ call: WorkerCall) -> [Effect] {
        if let verdict { return [.answer(call.id, verdict)] }
        guard waiting.count < configuration.queueLimit else {
            let text = "\(waiting.count) calls wait already: try again later, or lower the rate"
            return [.answer(call.id, .error(.busy, text))]
        }
        waiting.append(call)
        return [.start(.deadline(call.id), after: call.timeout)] + serve()
    }

    /// Somebody wants the call to end: one that waits is answered now, one that runs when it has heard of it, or when its worker
    /// is gone. A call that is not here has ended.
    package mutating func cancel(_ task: TaskID) -> [Effect] {
        if let answer = withdraw(task, .error(.cancelled, "cancelled before a worker had the call; the function was not run")) {
            return [answer]
        }
        guard let id = worker(of: task), let worker = workers[id], worker.phase == .busy, !worker.isCancelled else { return [] }
        workers[id]?.isCancelled = true
        guard configuration.cancelLimit > .zero else { return kill(id) }
        return [.write(id, .cancel(task)), .start(.cancel(task), after: configuration.cancelLimit)]
    }

    /// No further call comes: idle workers go, busy ones end their call first.
    package mutating func drain() -> [Effect] {
        isDraining = true
        let leaving = idle
        idle = []
        var effects: [Effect] = []
        for worker in leaving { effects += retire(worker) }
        return workers.isEmpty && waiting.isEmpty ? effects + [.drained] : effects
    }

    /// Ends everything at once: calls that wait are answered now, those that run when their workers are gone.
    package mutating func abandon(because verdict: WorkerAnswer) -> [Effect] {
        isDraining = true
        self.verdict = verdict
        var effects: [Effect] = waiting.map { .answer($0.id, verdict) }
        waiting = []
        for id in workers.keys.sorted(by: { $0.number < $1.number }) {
            // One that was asked to go must not take its time.
            effects += workers[id]?.phase == .ending ? [.kill(id)] : end(id, because: verdict)
        }
        return workers.isEmpty ? effects + [.drained] : effects
    }

    /// Lets workers go that have been idle for too long.
    package mutating func sweep(at now: Duration) -> [Effect] {
        var effects: [Effect] = []
        for id in idle {
            guard let since = workers[id]?.idleSince else {
                workers[id]?.idleSince = now
                continue
            }
            guard now - since > configuration.idleLimit else { continue }
            idle.removeAll { $0 == id }
            effects += retire(id)
        }
        return effects
    }

    // MARK: What workers do

    /// The worker wrote one line on its protocol descriptor.
    package mutating func received(_ line: [UInt8], from id: WorkerID) -> [Effect] {
        guard var worker = workers[id], worker.phase != .ending else { return [] }
        worker.protocolBytes += line.count
        workers[id] = worker
        guard worker.protocolBytes <= configuration.outputLimit else { return overflow(id, "protocol lines") }
        do {
            return accept(try WorkerMessage(line: line, limits: configuration.hello.limits), from: id)
        } catch {
            return violate(id, "wrote a line that is no message: \(error.reason) (byte \(error.offset))")
        }
    }

    /// All that the worker has written so far was received: only now may a worker that answered take the next call, since a
    /// second answer in the same breath would otherwise be blamed on the next call.
    package mutating func settled(_ id: WorkerID) -> [Effect] {
        guard let worker = workers[id], worker.phase == .answered else { return [] }
        return configuration.reusesWorkers ? rest(id) : retire(id)
    }

    /// A line on the protocol descriptor grew beyond the limit.
    package mutating func lineTooLong(from id: WorkerID) -> [Effect] {
        overflow(id, "one protocol line or answer", limit: configuration.hello.limits.bytes)
    }

    package mutating func closedOutput(_ id: WorkerID) -> [Effect] {
        guard let worker = workers[id], worker.phase != .ending else { return [] }
        return end(id, because: .error(.protocolViolation, "the worker closed its protocol output"))
    }

    /// The worker wrote on standard error.
    package mutating func wroteStandardError(_ text: String, bytes: Int, from id: WorkerID) -> [Effect] {
        guard var worker = workers[id] else { return [] }
        worker.errorBytes += bytes
        worker.keepTail(text)
        let isOver = worker.errorBytes > configuration.outputLimit
        workers[id] = worker
        if isOver { return worker.phase == .ending ? [] : overflow(id, "standard error") }
        return text.split(separator: "\n").flatMap { log(level: "info", String($0), from: id) }
    }

    /// The worker's process tree is gone.
    package mutating func ended(
        _ id: WorkerID, _ ending: WorkerEnding, use: WorkerUse = WorkerUse(), fatalCall: FatalCall? = nil
    ) -> [Effect] {
        guard let worker = workers.removeValue(forKey: id) else { return [] }
        idle.removeAll { $0 == id }
        var effects: [Effect] = []
        if let call = worker.call {
            effects.append(.answer(call, worker.lastAnswer(ending, use, fatalCall)))
        } else if !worker.wasReady, let first = waiting.first {
            // It never got ready: the call that waits longest hears why; others get a worker of their own.
            waiting.removeFirst()
            effects.append(.answer(first.id, worker.lastAnswer(ending, use, fatalCall)))
        }
        effects += serve()
        return isDraining && workers.isEmpty && waiting.isEmpty ? effects + [.drained] : effects
    }

    /// The worker's sandbox will not let it go on: for this attempt, and so many refused ones in all.
    package mutating func tripped(_ id: WorkerID, by violation: Violation, refused: Int) -> [Effect] {
        end(id, because: .violation(violation, refused: refused))
    }

    package mutating func expired(_ timer: Timer) -> [Effect] {
        switch timer {
        case .ready(let id):
            guard workers[id]?.phase == .starting else { return [] }
            let text = "the worker was not ready within \(configuration.readyLimit)"
            return end(id, because: .error(.notReady, text))
        case .linger(let id):
            return workers[id] == nil ? [] : [.kill(id)]
        case .deadline(let task):
            if let answer = withdraw(task, .error(.timeout, "no worker was free before the deadline")) { return [answer] }
            return worker(of: task).map { end($0, because: .deadline) } ?? []
        case .cancel(let task):
            return worker(of: task).map { kill($0) } ?? []
        }
    }

    // MARK: Decisions

    /// Answers a call that waits for a worker, if it does.
    private mutating func withdraw(_ task: TaskID, _ answer: WorkerAnswer) -> Effect? {
        guard let index = waiting.firstIndex(where: { $0.id == task }) else { return nil }
        waiting.remove(at: index)
        return .answer(task, answer)
    }

    private func worker(of task: TaskID) -> WorkerID? { workers.first { $0.value.call == task }?.key }

    /// Gives waiting calls to idle workers and starts as many workers as calls still wait for.
    private mutating func serve() -> [Effect] {
        var effects: [Effect] = []
        while !waiting.isEmpty, let id = idle.popLast() {
            let call = waiting.removeFirst()
            workers[id]?.take(call.id)
            effects += [.started(call.id), .write(id, .call(call))]
        }
        var starting = workers.values.count { $0.phase == .starting }
        while starting < waiting.count, workers.count < configuration.maxWorkers {
            lastWorker += 1
            let id = WorkerID(number: lastWorker)
            workers[id] = PooledWorker()
            effects += [
                .spawn(id), .write(id, .hello(configuration.hello)),
                .start(.ready(id), after: configuration.readyLimit),
            ]
            starting += 1
        }
        return effects
    }

    /// A worker is free: for the call that waits longest, or to go if the pool drains.
    private mutating func rest(_ id: WorkerID) -> [Effect] {
        if isDraining, waiting.isEmpty { return retire(id) }
        workers[id]?.phase = .idle
        workers[id]?.idleSince = nil
        idle.append(id)
        return serve()
    }

    private mutating func accept(_ message: WorkerMessage, from id: WorkerID) -> [Effect] {
        guard let worker = workers[id] else { return [] }
        switch message {
        case .ready(let version, _, _):
            guard worker.phase == .starting else { return violate(id, "said ready twice") }
            guard WorkerProtocol.versions.contains(Int(version)) else {
                return violate(id, "speaks protocol \(version); this agent speaks \(WorkerProtocol.versions)")
            }
            workers[id]?.wasReady = true
            return rest(id)
        case .log(let level, let text):
            return log(level: level, text, from: id)
        case .progress(let task, let percent, let text):
            guard worker.call == task else { return violate(id, "told the progress of a call it does not have") }
            return [.progress(task, percent: percent, message: text.map { String($0.prefix(1000)) })]
        case .result(let task, let flag, let result, let reason):
            guard worker.phase == .busy, worker.call == task else {
                return violate(id, "answered \(task.text.prefix(40)), a call it does not have")
            }
            workers[id]?.answered()
            // Whatever it failed with, it was told to end.
            let answer =
                worker.isCancelled && !flag
                ? WorkerAnswer(flag: .error, result: result, reason: .cancelled)
                : WorkerAnswer(flag: flag ? .succeeded : .failed, result: result, reason: reason.map { Reason($0) })
            return [.answer(task, answer)]
        }
    }

    private mutating func log(level: String, _ text: String, from id: WorkerID) -> [Effect] {
        guard let worker = workers[id] else { return [] }
        workers[id]?.logLines += 1
        if worker.logLines == configuration.logLineLimit {
            let text = "more than \(worker.logLines) lines from one call: the rest is left out"
            return [.log(level: "warning", message: text, task: worker.call)]
        }
        guard worker.logLines < configuration.logLineLimit else { return [] }
        return [.log(level: level, message: String(text.prefix(4096)), task: worker.call)]
    }

    private mutating func violate(_ id: WorkerID, _ what: String) -> [Effect] {
        [.log(level: "error", message: "worker protocol broken: the worker \(what)", task: workers[id]?.call)]
            + end(id, because: .error(.protocolViolation, "the worker \(what)"))
    }

    private mutating func overflow(_ id: WorkerID, _ what: String, limit: Int? = nil) -> [Effect] {
        guard let worker = workers[id], worker.phase != .ending else { return [] }
        return end(id, because: .output(what: what, limit: limit ?? configuration.outputLimit))
    }

    /// Kills a worker; its call, if it has one, is answered with `verdict` when the tree is gone.
    private mutating func end(_ id: WorkerID, because verdict: WorkerAnswer) -> [Effect] {
        kill(id) { $0.verdict = verdict }
    }

    /// Kills a worker; its call, if it has one, hears why when the tree is gone.
    private mutating func end(_ id: WorkerID, because cause: WorkerEndFacts.Kill) -> [Effect] {
        kill(id) { $0.cause = cause }
    }

    private mutating func kill(_ id: WorkerID, _ note: (inout PooledWorker) -> Void = { _ in }) -> [Effect] {
        guard var worker = workers[id], worker.phase != .ending else { return [] }
        idle.removeAll { $0 == id }
        worker.phase = .ending
        note(&worker)
        workers[id] = worker
        return [.kill(id)]
    }

    /// Asks a worker to end by itself.
    private mutating func retire(_ id: WorkerID) -> [Effect] {
        workers[id]?.phase = .ending
        return [.write(id, .bye), .start(.linger(id), after: configuration.lingerLimit)]
    }
}
