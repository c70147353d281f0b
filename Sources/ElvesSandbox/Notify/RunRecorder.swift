package import ElvesPolicy
package import ElvesSeccomp
import Synchronization

/// Watches workers of an app to learn what it needs: which calls they make, which paths they try, how much they use.
///
/// A worker that is watched is answered as its policy answers, but for the calls that the policy does not know: these are carried
/// out, so that the run goes on and shows what comes after. What no app needs (`TripwireCalls`) is refused as ever. Paths are
/// read from the worker's memory while it waits, and it may change them before the kernel reads them again: good for learning
/// from an app that wants to be learned from, and for no decision about one that does not.
package final class RunRecorder: Sendable {
    private struct State {
        var moment = Recording.Moment(phase: .start, function: nil)
        var calls: [CallKind: Int] = [:]
        var paths: [PathKind: Int] = [:]
        var recording = Recording(source: "")
    }

    private struct CallKind: Hashable {
        let name: String
        let arguments: [UInt64]
        let moment: Recording.Moment
    }

    private struct PathKind: Hashable {
        let attempt: PathAttempt
        let moment: Recording.Moment
    }

    /// Kinds of calls, and paths, that are kept; a run that has more is told as partial.
    private static let kindLimit = 20_000

    private let base: SeccompProfile
    private let architecture: SeccompArchitecture
    private let evaluator: SeccompEvaluator
    private let state = Mutex(State())

    /// - Parameter base: What the policy says about system calls.
    package init(base: SeccompProfile, on architecture: SeccompArchitecture) {
        self.base = base
        self.architecture = architecture
        evaluator = SeccompEvaluator(base, on: architecture)
    }

    /// The profile of a worker that is watched: all is told.
    ///
    /// But for what comes before there is a listener, and the returns from signals, which no filter should hold up.
    package var profile: SeccompProfile {
        SeccompProfile(
            defaultAction: .notify, defaultPosition: base.defaultPosition, architectures: base.architectures,
            rules: [
                SeccompRule(
                    names: ["execve", "execveat", "exit", "exit_group", "restart_syscall", "rt_sigreturn"], action: .allow,
                    conditions: [], comment: "before anybody listens, and after", position: base.defaultPosition, index: 0)
            ])
    }

    // MARK: What the host says

    /// A call of this function is about to be made; its worker may have to be started.
    package func expect(_ function: String) {
        state.withLock {
            $0.moment = .init(phase: .start, function: function)
            $0.recording.functions.insert(function)
        }
    }

    /// A worker has the call.
    package func started() {
        state.withLock { $0.moment = .init(phase: .steady, function: $0.moment.function) }
    }

    /// A worker asked the agent's socket for a place.
    package func asked(for place: String) { add(place: place, isDirect: false) }

    /// A worker has gone.
    package func ended(_ end: GroupEnd) {
        peaks(.init(memory: end.peakMemory, processes: end.peakProcesses))
    }

    /// What was seen until now.
    package func recording(of source: String) -> Recording {
        let state = state.withLock { $0 }
        var recording = state.recording
        recording.source = source
        recording.calls = state.calls.map { kind, count in
            Recording.Call(name: kind.name, arguments: kind.arguments, moment: kind.moment, count: count)
        }
        recording.paths = state.paths.map { kind, count in
            Recording.Path(path: kind.attempt.path, access: kind.attempt.access, moment: kind.moment, count: count)
        }
        // Puts them in order.
        return recording.merged(with: Recording(source: source))
    }

    // MARK: What the worker does

    /// Notes a call before it is carried out.
    ///
    /// - Returns: The error that it fails with, or nil to carry it out.
    package func observe(_ call: NotifiedCall) -> UInt16? {
        let decision = evaluator.decision(for: SystemCall(UInt32(bitPattern: call.number), call.arguments))
        let name = call.name ?? "syscall-\(call.number)"
        note(name, choices(of: call, named: name))
        let process = ObservedProcess(thread: call.thread)
        for attempt in process.attempts(of: name, call.arguments) { note(attempt) }
        if PathUse.all[name] != nil, !process.isReadable {
            state.withLock { _ = $0.recording.gaps.insert("paths, which could not be read from the worker's memory") }
        }
        if let target = process.target(of: name, call.arguments) { add(place: target, isDirect: true) }
        peaks(process.peaks(at: name, call.arguments))
        if TripwireCalls.names.contains(name) { return refused }
        if case .fail(let errno) = decision.action { return errno }
        return nil
    }

    /// The arguments that choose what a call does, as the kernel reads them, or that the policy's rules look at.
    private func choices(of call: NotifiedCall, named name: String) -> [UInt64] {
        guard let entry = SystemCallTable.shared.entry(named: name) else { return [] }
        let choosing = base.argumentsToKeep(of: name)
        return call.arguments.enumerated().map { index, value in
            choosing.contains(UInt32(index)) ? value & entry.width(of: UInt32(index)).mask : 0
        }
    }

    private func note(_ name: String, _ arguments: [UInt64]) {
        state.withLock { state in
            let kind = CallKind(name: name, arguments: arguments, moment: state.moment)
            if state.calls[kind] != nil || state.calls.count < Self.kindLimit {
                state.calls[kind, default: 0] += 1
            } else {
                state.recording.gaps.insert("more than \(Self.kindLimit) kinds of system calls were made")
            }
        }
    }

    private func note(_ attempt: PathAttempt) {
        state.withLock { state in
            let kind = PathKind(attempt: attempt, moment: state.moment)
            if state.paths[kind] != nil || state.paths.count < Self.kindLimit {
                state.paths[kind, default: 0] += 1
            } else {
                state.recording.gaps.insert("more than \(Self.kindLimit) paths were tried")
            }
        }
    }

    private func add(place: String, isDirect: Bool) {
        state.withLock { state in
            guard state.recording.places.count < Self.kindLimit else { return }
            state.recording.places.append(.init(target: place, isDirect: isDirect, moment: state.moment, count: 1))
        }
    }

    private func peaks(_ peaks: Recording.Peaks) {
        state.withLock { $0.recording.peaks = $0.recording.peaks.merged(with: peaks) }
    }
}

/// EPERM, the same on all machines.
private let refused: UInt16 = 1
