import CElvesSystem
import ElvesModel
import ElvesSeccomp
import Glibc
import Synchronization

/// The thread behind a `NotifySupervisor`, and what it waits for.
final class NotifyLoop: Sendable {
    enum Answering: Sendable {
        case refuse(ViolationLog, ViolationRule, tripped: @Sendable () -> Void)
        case pass(@Sendable (NotifiedCall) -> UInt16?)
    }

    private struct Watch {
        enum Stage {
            /// The descriptor is the socket that the listener comes over. Next: `listening`.
            case waiting
            /// The descriptor is the listener. Next: `mute`.
            case listening
            /// The worker is being ended: its calls wait for that and get no answer.
            case mute
        }

        var descriptor: Int32
        var stage = Stage.waiting
        let answering: Answering
    }

    private struct State {
        var watches: [UInt64: Watch] = [:]
        var lastTag = NotifyLoop.stopTag
        var isStopped = false
    }

    private static let stopTag: UInt64 = 0

    private let waitSet: Int32
    /// Closing the write end ends the thread.
    private let stopper: (read: Int32, write: Int32)
    private let state = Mutex(State())
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) throws(NotifyError) {
        self.now = now
        let set = elves_wait_set()
        guard set >= 0 else { throw .unavailable(what: "set of listeners", errno: -set) }
        var ends: [Int32] = [-1, -1]
        var result = elves_pipe(&ends)
        if result == 0 { result = elves_wait_set_add(set, ends[0], Self.stopTag) }
        guard result == 0 else {
            for descriptor in ends + [set] where descriptor >= 0 { close(descriptor) }
            throw .unavailable(what: "pipe to stop by", errno: -result)
        }
        waitSet = set
        stopper = (ends[0], ends[1])
    }

    deinit {
        close(stopper.read)
        close(waitSet)
    }

    /// The thread keeps the loop until `stop`.
    func start() throws(NotifyError) {
        let context = Unmanaged.passRetained(self)
        let result = elves_start_thread(
            "elves-notify",
            { context in
                guard let context else { return }
                Unmanaged<NotifyLoop>.fromOpaque(context).takeRetainedValue().run()
            }, context.toOpaque())
        guard result == 0 else {
            context.release()
            throw .unavailable(what: "thread", errno: -result)
        }
    }

    /// Once. The thread closes what it listens to and ends.
    func stop() {
        state.withLock { $0.isStopped = true }
        close(stopper.write)
    }

    func add(_ socket: Int32, _ answering: Answering) throws(NotifyError) {
        let failure: NotifyError? = state.withLock { state in
            guard !state.isStopped else { return .stopped }
            state.lastTag += 1
            // The thread may ask for it at once, and then waits for the lock.
            let result = elves_wait_set_add(waitSet, socket, state.lastTag)
            guard result == 0 else { return .unavailable(what: "place for a listener", errno: -result) }
            state.watches[state.lastTag] = Watch(descriptor: socket, answering: answering)
            return nil
        }
        if let failure {
            close(socket)
            throw failure
        }
    }

    // MARK: On the thread

    private func run() {
        var ready = [elves_ready](repeating: elves_ready(), count: 64)
        while true {
            let count = elves_wait_set_wait(waitSet, &ready, Int32(ready.count))
            for event in ready.prefix(Int(max(0, count))) {
                guard event.tag != Self.stopTag else { return end() }
                guard let watch = state.withLock({ $0.watches[event.tag] }) else { continue }
                serve(watch, event)
            }
            // Only a broken set says so: without it nobody can be answered.
            if count < 0 { return end() }
        }
    }

    private func serve(_ watch: Watch, _ event: elves_ready) {
        switch watch.stage {
        case .waiting: welcome(watch, event.tag)
        case .listening where event.readable != 0: answer(watch, event.tag)
        case .listening, .mute: if event.ended != 0 { forget(watch, event.tag) }
        }
    }

    /// The listener has come, or the worker never started.
    private func welcome(_ watch: Watch, _ tag: UInt64) {
        let listener = elves_receive_descriptor(watch.descriptor)
        guard listener != -EAGAIN else { return }
        forget(watch, tag)
        guard listener >= 0 else { return }
        elves_notify_prefer_same_processor(listener)
        let isAdded = state.withLock { state in
            guard elves_wait_set_add(waitSet, listener, tag) == 0 else { return false }
            state.watches[tag] = Watch(descriptor: listener, stage: .listening, answering: watch.answering)
            return true
        }
        // Its refused calls then fail with ENOSYS.
        if !isAdded { close(listener) }
    }

    /// One call a round, so that no worker keeps others waiting.
    private func answer(_ watch: Watch, _ tag: UInt64) {
        var call = elves_notification()
        let result = elves_notify_receive(watch.descriptor, &call)
        // Its thread has gone, or was interrupted and comes again.
        guard result != -ENOENT, result != -EINTR else { return }
        guard result == 0 else { return forget(watch, tag) }
        let name = SystemCallNames.name(of: call.number)
        let arguments = call.ownArguments
        switch watch.answering {
        case .pass(let record):
            let observed = NotifiedCall(
                number: call.number, name: name, arguments: arguments, thread: Int32(truncatingIfNeeded: call.thread))
            if let error = record(observed) {
                elves_notify_refuse(watch.descriptor, call.id, Int32(error))
            } else {
                elves_notify_continue(watch.descriptor, call.id)
            }
        case .refuse(let log, let rule, let tripped):
            let violation = Violation(
                call: name ?? "syscall-\(call.number)", arguments: arguments, source: .notify, firstAt: now())
            if log.add(violation, killingIf: { rule.ends(call: call.number, total: $0) }) {
                mute(watch, tag)
                tripped()
            } else {
                elves_notify_refuse(watch.descriptor, call.id, EPERM)
            }
        }
    }

    /// From now on the worker's calls wait until it is killed, and cost nobody anything.
    private func mute(_ watch: Watch, _ tag: UInt64) {
        elves_wait_set_mute(waitSet, watch.descriptor, tag)
        state.withLock { $0.watches[tag]?.stage = .mute }
    }

    private func forget(_ watch: Watch, _ tag: UInt64) {
        state.withLock { $0.watches[tag] = nil }
        close(watch.descriptor)
    }

    private func end() {
        let watches = state.withLock { state in
            state.isStopped = true
            defer { state.watches = [:] }
            return state.watches
        }
        for watch in watches.values { close(watch.descriptor) }
    }
}

extension elves_notification {
    /// Six, of which those that the call does not read are 0: otherwise equal attempts would seem different.
    fileprivate var ownArguments: [UInt64] {
        let all = [arguments.0, arguments.1, arguments.2, arguments.3, arguments.4, arguments.5]
        let count = SystemCallNames.argumentCount(of: number)
        return all.prefix(count) + all.dropFirst(count).map { _ in 0 }
    }
}
