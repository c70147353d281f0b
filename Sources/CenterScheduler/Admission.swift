import ElvesBus
import ElvesModel
import ElvesProtocol

/// The one way to a task: of what somebody asks for it makes what is frozen, or says why not.
struct Admission {
    let bus: any Bus
    let clocks: Clocks

    func admit(_ drafts: [TaskDraft], origin: TaskOrigin, _ trace: TraceID) async throws -> [TaskSpec] {
        var specs: [TaskSpec] = []
        specs.reserveCapacity(drafts.count)
        for draft in drafts { specs.append(try await admit(draft, origin: origin, trace)) }
        return specs
    }

    /// - Throws: `AdmissionRefusal`, or `BusError` where no supervisor runs.
    func admit(_ draft: TaskDraft, origin: TaskOrigin, _ trace: TraceID) async throws -> TaskSpec {
        var timeout = draft.timeout
        let check = CheckCall(
            agent: draft.agent, app: draft.app, function: draft.function, param: draft.param, pin: draft.pin?.version)
        switch try await bus.call(check, trace: trace) {
        case .accepted(let own, let isIdempotent):
            timeout = min(timeout, own)
            if draft.retry != nil, !isIdempotent { throw AdmissionRefusal.notIdempotent(function: draft.function) }
        case .badParameter(let reason): throw AdmissionRefusal.badParameter(reason)
        case .unknown:
            if draft.retry != nil { throw AdmissionRefusal.notIdempotent(function: draft.function) }
        }
        return TaskSpec(
            id: draft.id, trace: trace, origin: origin, agent: draft.agent, app: draft.app, function: draft.function,
            param: draft.param, timeout: timeout, callsProcessor: draft.callsProcessor, after: draft.after,
            retry: draft.retry, offline: draft.offline, pin: draft.pin, admittedAt: clocks.wall())
    }
}
