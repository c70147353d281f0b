package import ElvesBus
import ElvesFlow
package import ElvesModel
import ElvesProtocol
package import ElvesStore
import ElvesWebhooks
import ServiceLifecycle
import Synchronization

/// Sends tasks to agents and brings their outcomes back: carries events to the `TaskBook` and does what it decides.
///
/// The caller of an instant task is answered as soon as the agent's report is here. Everything else that leaves the center
/// does so after it was written: an order for a stored task, an acknowledgement, the word that a task has ended.
package final class Scheduler: Service {
    private struct State {
        var book: TaskBook
        var callers: [TaskID: CheckedContinuation<RunNow.Reply, Never>] = [:]
        /// The timer for the book's next deadline.
        var alarm: (at: Duration, cancel: @Sendable () -> Void)?
    }

    private let state: Mutex<State>
    private let ledger: Ledger
    private let admission: Admission
    private let bus: any Bus
    private let clocks: Clocks
    private let timers: Timers

    package init(bus: any Bus, ledger: Ledger, unended: UnendedTasks, clocks: Clocks, timers: Timers) {
        self.bus = bus
        self.ledger = ledger
        self.clocks = clocks
        self.timers = timers
        admission = Admission(bus: bus, clocks: clocks)
        var book = TaskBook()
        book.restore(unended.tasks, queues: unended.queues, at: clocks.moment)
        state = Mutex(State(book: book))
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.serve(RunNow.self) { message, trace in try await self.run(message.draft, trace) }
        bus.serve(SubmitTask.self) { message, trace in try await self.submit(message, trace) }
        bus.serve(MoveQueue.self) { message, trace in try await self.move(message, trace) }
        bus.serve(FireCrons.self) { message, trace in try await self.fire(message.moves, trace) }
        bus.serve(StopTask.self) { message, _ in await self.stop(message.task) }
        bus.serve(ExplainTask.self) { message, _ in
            let now = self.clocks.wall()
            return self.state.withLock { $0.book.wait(of: message.task, at: now) }?.description
        }
        bus.receive(AgentLinked.self) { message, _ in
            self.move {
                $0.linked(message.agent, .init(number: message.session), holding: Set(message.holding), at: $1)
            }
        }
        bus.receive(AgentUnlinked.self) { message, _ in
            self.move {
                $0.unlinked(message.agent, .init(number: message.session), at: $1)
                return TaskStep()
            }
        }
        bus.receive(TaskReported.self) { message, _ in
            // The agent keeps what is not acknowledged, and sends it again over its next link.
            if self.ledger.isFull { return self.bus.cast(CloseLinks(agent: message.agent), trace: message.report.trace) }
            self.move { $0.reported(message.report, by: message.agent, .init(number: message.session), at: $1) }
        }
        wake()
    }

    /// Waits for the center's end, and then keeps nobody waiting.
    package func run() async throws {
        try? await gracefulShutdown()
        move { $0.stop(at: $1) }
    }

    // MARK: What is asked

    private func run(_ draft: TaskDraft, _ trace: TraceID) async throws -> RunNow.Reply {
        do {
            let spec = try await admission.admit(draft, origin: .call, trace)
            return await withCheckedContinuation { continuation in
                state.withLock { $0.callers[spec.id] = continuation }
                move { $0.call(spec, at: $1) }
            }
        } catch let refusal as AdmissionRefusal {
            return .refused(refusal)
        }
    }

    private func submit(_ message: SubmitTask, _ trace: TraceID) async throws -> SubmitTask.Reply {
        do {
            if ledger.isFull { throw AdmissionRefusal.overloaded }
            let spec = try await admission.admit(message.draft, origin: message.origin, trace)
            try await written { book, now in book.admit([spec], at: now) }
            return .admitted
        } catch let refusal as AdmissionRefusal {
            return .refused(refusal)
        }
    }

    private func move(_ message: MoveQueue, _ trace: TraceID) async throws -> MoveQueue.Reply {
        let queue = message.queue
        do {
            if ledger.isFull { throw AdmissionRefusal.overloaded }
            switch message.move {
            case .open(let concurrency):
                let life = QueueLife(
                    id: queue, app: message.app, createdAt: clocks.wall(), concurrency: concurrency)
                try await written { book, now in book.open(life, at: now) }
            case .add(let drafts):
                let specs = try await admission.admit(drafts, origin: .queue(queue), trace)
                try await written(queue, of: message.app) { book, now throws(QueueRefusal) in
                    try book.add(specs, to: queue, at: now)
                }
            case .run(let drafts, let concurrency):
                let specs = try await admission.admit(drafts, origin: .queue(queue), trace)
                let life = QueueLife(
                    id: queue, app: message.app, createdAt: clocks.wall(), concurrency: concurrency)
                try await written { book, now throws(AdmissionRefusal) in
                    do throws(QueueRefusal) { return try book.run(life, specs, at: now) } catch {
                        throw AdmissionRefusal(error, queue)
                    }
                }
            case .commit:
                try await written(queue, of: message.app) { book, now throws(QueueRefusal) in
                    try book.commit(queue, at: now)
                }
            case .stop(let kill):
                try await written(queue, of: message.app) { book, now throws(QueueRefusal) in
                    try book.stop(queue, kill: kill, at: now)
                }
            }
            return .done
        } catch let refusal as AdmissionRefusal {
            return .refused(refusal)
        }
    }

    /// Writes how schedules stand in the same transaction as the tasks of their runs.
    private func fire(_ moves: [FireCrons.Move], _ trace: TraceID) async throws -> FireCrons.Reply {
        var (specs, changes, refused): ([TaskSpec], [TaskChange], FireCrons.Reply) = ([], [], [:])
        for move in moves {
            var fires = move.skips.map {
                CronChange.Fire(planned: $0.planned, run: nil, count: $0.count, why: $0.why)
            }
            for run in move.runs {
                do {
                    let origin = TaskOrigin.cron(move.cron, planned: run.planned)
                    let spec = try await admission.admit(run.draft, origin: origin, trace)
                    specs.append(spec)
                    fires.append(.init(planned: run.planned, run: (run.number, spec.id)))
                } catch let refusal as AdmissionRefusal {
                    refused[run.draft.id] = refusal
                    fires.append(.init(planned: run.planned, run: nil, why: "\(refusal)"))
                }
            }
            changes.append(.cron(CronChange(cron: move.cron, clock: move.clock, fires: fires)))
        }
        try await written { [specs, changes] book, now in
            var step = book.admit(specs, at: now)
            step.changes += changes
            return step
        }
        return refused
    }

    private func stop(_ task: TaskID) async -> Bool {
        let isThere = Mutex(true)
        // Nothing in it refuses.
        try? await written { book, now in
            if let step = book.stop(task, at: now) { return step }
            isThere.withLock { $0 = false }
            return TaskStep()
        }
        return isThere.withLock { $0 }
    }

    /// Makes a move on a queue of an app, and waits until it is written.
    private func written(
        _ queue: QueueID, of app: AppName, _ decide: (inout TaskBook, Moment) throws(QueueRefusal) -> TaskStep
    ) async throws(AdmissionRefusal) {
        try await written { book, now throws(AdmissionRefusal) in
            guard book.queue(queue)?.app == app else { throw .unknownQueue(queue) }
            do throws(QueueRefusal) { return try decide(&book, now) } catch { throw AdmissionRefusal(error, queue) }
        }
    }

    /// Makes a move that may be refused, and waits until it is written.
    private func written(
        _ decide: (inout TaskBook, Moment) throws(AdmissionRefusal) -> TaskStep
    ) async throws(AdmissionRefusal) {
        let refusal = Mutex<AdmissionRefusal?>(nil)
        await withCheckedContinuation { continuation in
            move(written: { continuation.resume() }) { book, now in
                do throws(AdmissionRefusal) { return try decide(&book, now) } catch {
                    refusal.withLock { $0 = error }
                    return TaskStep()
                }
            }
        }
        if let refusal = refusal.withLock({ $0 }) { throw refusal }
    }

    // MARK: What is decided

    /// - Parameter written: Called when all that the move changed is durable; at once if it changed nothing.
    private func move(
        written: @escaping @Sendable () -> Void = {}, _ decide: (inout TaskBook, Moment) -> TaskStep
    ) {
        let step = state.withLock { state in
            let step = decide(&state.book, clocks.moment)
            if step.isWritten {
                let callbacks = step.changes.compactMap(callback)
                // Under the lock: what is written stands in the order of the moves.
                ledger.append(step.changes + callbacks) {
                    for effect in step.afterwards { self.perform(effect) }
                    if !callbacks.isEmpty { self.bus.cast(CallbacksDue(), trace: TraceID("")) }
                    written()
                }
            }
            return step
        }
        for effect in step.now { perform(effect) }
        if !step.isWritten { written() }
        wake()
    }

    /// What the app's processor is to be told of a change: written with it, so that neither is there without the other.
    private func callback(of change: TaskChange) -> TaskChange? {
        guard case .ended(let outcome) = change, outcome.spec.callsProcessor,
            let id = try? DeliveryID("msg_\(outcome.spec.id)")
        else { return nil }
        let event = TaskEndedEvent(spec: outcome.spec, report: outcome.report, sentAt: outcome.sentAt)
        return .callback(
            id, outcome.spec.app, body: String(decoding: event.body(), as: UTF8.self), at: outcome.report.endedAt)
    }

    private func perform(_ effect: TaskEffect) {
        switch effect {
        case .send(let session, let order):
            bus.cast(SendRun(session: session.number, order: order), trace: order.trace)
        case .cancel(let session, let task):
            bus.cast(SendCancel(session: session.number, task: task), trace: TraceID(""))
        case .answer(let task, let verdict):
            let caller = state.withLock { $0.callers.removeValue(forKey: task) }
            switch verdict {
            case .reported(let report): caller?.resume(returning: .reported(report))
            case .unreachable: caller?.resume(returning: .unreachable(task))
            case .busy: caller?.resume(returning: .busy(task))
            }
        case .acknowledge(let session, let report, let agent):
            if let violation = ViolationReported(report, by: agent) { bus.cast(violation, trace: report.trace) }
            bus.cast(SendAcknowledgement(session: session.number, task: report.task), trace: report.trace)
        case .ended(let outcome):
            bus.cast(
                TaskEnded(spec: outcome.spec, report: outcome.report, sentAt: outcome.sentAt), trace: outcome.spec.trace)
        }
    }

    /// Sets the alarm for the book's next deadline, where it is not set for one as early.
    private func wake() {
        let due = state.withLock { state -> Duration? in
            guard let next = state.book.nextDeadline else { return nil }
            if let alarm = state.alarm, alarm.at <= next { return nil }
            return next
        }
        guard let due else { return }
        let cancel = timers.start(max(.zero, due - clocks.monotonic())) {
            self.state.withLock { if $0.alarm?.at == due { $0.alarm = nil } }
            self.move { $0.tick(at: $1) }
        }
        let before = state.withLock { state in
            defer { state.alarm = (due, cancel) }
            return state.alarm
        }
        before?.cancel()
    }
}

extension TaskStep {
    /// Whether it has its turn in the ledger: also where it changes nothing, but what leaves must come after what was written.
    fileprivate var isWritten: Bool { !changes.isEmpty || !afterwards.isEmpty }
}

extension Clocks {
    fileprivate var moment: Moment { Moment(wall: wall(), steady: monotonic()) }
}

extension AdmissionRefusal {
    fileprivate init(_ refusal: QueueRefusal, _ queue: QueueID) {
        self =
            switch refusal {
            case .unknown(let id): .unknownQueue(id)
            case .notOpen(let state): .queueNotOpen(queue, state: state.rawValue)
            case .unknownDependency(let task): .unknownDependency(task)
            }
    }
}
