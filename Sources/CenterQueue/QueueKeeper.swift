package import ElvesBus
import ElvesFlow
package import ElvesModel
import ElvesProtocol
package import ElvesStore

/// Queues: tasks of one app that come after each other.
///
/// The tasks themselves are the scheduler's, from the moment they are added: it knows what comes after what, so that the end
/// of a task and the sending of the next one are one move, written at once. What is told of a queue is what is written.
package struct QueueKeeper: Sendable {
    private let bus: any Bus
    private let store: any CenterStore
    private let randomness: Randomness

    package init(bus: any Bus, store: any CenterStore, randomness: Randomness) {
        self.bus = bus
        self.store = store
        self.randomness = randomness
    }

    /// Takes its place on the bus.
    package func attach() {
        bus.serve(CreateQueue.self) { message, trace in
            let queue: QueueID = randomness.id()
            // Nothing refuses an empty queue but a center that is overloaded.
            if case .refused(let refusal) = try await bus.call(
                MoveQueue(queue, of: message.app, .open(concurrency: message.concurrency)), trace: trace)
            {
                throw refusal
            }
            return queue
        }
        bus.serve(RunQueue.self) { message, trace in
            let queue: QueueID = randomness.id()
            let move = MoveQueue(queue, of: message.app, .run(message.drafts, concurrency: message.concurrency))
            switch try await bus.call(move, trace: trace) {
            case .done: return .running(queue)
            case .refused(let refusal): return .refused(refusal)
            }
        }
        bus.serve(ChangeQueue.self) { message, trace in try await change(message, trace) }
        bus.serve(FindQueue.self) { message, _ in try await find(message.queue, of: message.app) }
    }

    private func change(_ message: ChangeQueue, _ trace: TraceID) async throws -> ChangeQueue.Reply {
        let move: MoveQueue.Move =
            switch message.change {
            case .add(let drafts): .add(drafts)
            case .commit: .commit
            case .stop(let kill): .stop(kill: kill)
            }
        switch try await bus.call(MoveQueue(message.queue, of: message.app, move), trace: trace) {
        case .done: return .done
        case .refused(.unknownQueue(let id)):
            // The scheduler forgets a queue with its last task.
            guard let record = try await store.queue(id), record.life.app == message.app else {
                return .refused(.unknownQueue(id))
            }
            if case .stop = move { return .done }
            return .refused(.queueNotOpen(id, state: record.life.state.rawValue))
        case .refused(let refusal): return .refused(refusal)
        }
    }

    private func find(_ id: QueueID, of app: AppName) async throws -> QueueView? {
        guard let record = try await store.queue(id), record.life.app == app else { return nil }
        let ended = record.ended.compactMap { task in
            task.spec.map { QueuedTask(spec: $0, standing: .ended(task.report)) }
        }
        let unended = record.unended.map { life in
            let isSent = if case .sent = life.state { true } else { false }
            return QueuedTask(spec: life.spec, standing: isSent ? .sent : .waiting)
        }
        return QueueView(
            queue: id, app: app, state: record.life.state.rawValue, createdAt: record.life.createdAt,
            concurrency: record.life.concurrency, tasks: ended + unended)
    }
}
