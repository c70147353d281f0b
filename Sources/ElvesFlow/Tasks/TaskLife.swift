import ElvesJSON
package import ElvesModel
package import ElvesProtocol

/// Where one task stands, and what comes of what happens to it.
///
/// ```
///  open ─committed─► blocked ─released─► ready ─dispatched─► sent ─reported─► ended
///    │                  │                  ▲ │                 │
///    │ stopped          │ stopped          │ │ stopped         ├─ notHeld (stored) ─► ready, the same attempt
///    │                  │ broken: skipped  │ │ offline         ├─ a failure with attempts left ─► ready, after a pause
///    └──────────────────┴──────────────────│─┴─► ended         └─ overdue, gone, notHeld (instant) ─► ended
/// ```
///
/// Each state that is not `ended` has one owner, who moves the task on: whoever builds the queue, the tasks it comes after,
/// the scheduler, its agent.
package struct TaskLife: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        /// Its queue is still being built.
        case open
        /// Tasks it comes after have not ended.
        case blocked
        /// May be sent, from then on.
        case ready(from: Timestamp?)
        /// With its agent, or on the way there.
        case sent(at: Timestamp)
        case ended
    }

    package enum Event: Equatable, Sendable {
        /// Its queue is complete.
        case committed
        /// All tasks it comes after have ended as they had to.
        case released
        /// A task it comes after has not ended as it had to.
        case broken(by: TaskID, how: String)
        case dispatched
        /// The agent is linked, and neither holds the task nor has a result of it.
        case notHeld
        case reported(TaskReport)
        /// The agent is linked and has not reported in time.
        case overdue
        /// The agent has been away for longer than a center waits.
        case gone
        /// The agent did not come in time for the task to be sent.
        case offline
        /// Somebody wants it to end.
        case stopped
    }

    package enum Effect: Equatable, Sendable {
        case send
        /// Tell the agent to end it.
        case cancel
        /// This attempt has failed and another one follows.
        case retry(TaskReport)
        /// The task's one outcome.
        case end(TaskReport)
    }

    package let spec: TaskSpec
    package private(set) var state: State
    /// The attempts that were begun.
    package private(set) var attempt: Int

    package init(_ spec: TaskSpec, state: State, attempt: Int = 0) {
        self.spec = spec
        self.state = state
        self.attempt = attempt
    }

    /// What the event makes of the task; nil where it does not concern a task in this state.
    package func next(_ event: Event, at now: Timestamp) -> (TaskLife, [Effect])? {
        switch (state, event) {
        case (.open, .committed):
            return spec.after.isEmpty ? (moved(.ready(from: nil)), []) : (moved(.blocked), [])
        case (.blocked, .released):
            return (moved(.ready(from: nil)), [])
        case (.blocked, .broken(let task, let how)):
            return end(.skipped, "skipped, because task \(task), after which it comes, \(how)", at: now)
        case (.ready, .dispatched):
            return (moved(.sent(at: now), attempt: attempt + 1), [.send])
        case (.ready, .offline):
            return end(
                spec.offline.skips ? .skipped : .agentOffline,
                "agent \(spec.agent) was not connected; the function was not run", at: now)
        case (.open, .stopped), (.blocked, .stopped), (.ready, .stopped):
            return end(.stopped, "stopped before it was sent", at: now)
        case (.sent, .stopped):
            return (self, [.cancel])
        case (.sent, .reported(let report)):
            // An attempt that was given up already does not decide about the one that runs.
            return report.attempt == attempt ? conclude(report, at: now) : nil
        case (.sent, .notHeld):
            if spec.isStored { return (moved(.ready(from: nil), attempt: attempt - 1), []) }
            return end(.agentLost, "the agent restarted while it had this task; whether it ran is unknown", at: now)
        case (.sent, .overdue):
            return conclude(verdict(.timeout, "the agent did not report before the deadline", at: now), at: now)
        case (.sent, .gone):
            return conclude(
                verdict(.agentLost, "the agent was lost and did not come back before the deadline", at: now), at: now)
        default:
            return nil
        }
    }

    /// Ends the task, or has it tried again.
    private func conclude(_ report: TaskReport, at now: Timestamp) -> (TaskLife, [Effect]) {
        guard report.flag != .succeeded, report.reason != .cancelled, let retry = spec.retry, attempt < retry.attempts
        else { return (moved(.ended), [.end(report)]) }
        return (moved(.ready(from: now + retry.pause(after: attempt))), [.retry(report)])
    }

    private func end(_ reason: Reason, _ text: String, at now: Timestamp) -> (TaskLife, [Effect]) {
        (moved(.ended), [.end(verdict(reason, text, at: now))])
    }

    /// The center's own word on the task.
    package func verdict(_ reason: Reason, _ text: String, at now: Timestamp) -> TaskReport {
        let received = if case .sent(let at) = state { at } else { now }
        return TaskReport(
            task: spec.id, trace: spec.trace, app: spec.app, version: nil, function: spec.function, flag: .error,
            result: .string(text), reason: reason, receivedAt: received, startedAt: nil, endedAt: now,
            attempt: max(1, attempt))
    }

    private func moved(_ state: State, attempt: Int? = nil) -> TaskLife {
        TaskLife(spec, state: state, attempt: attempt ?? self.attempt)
    }
}
