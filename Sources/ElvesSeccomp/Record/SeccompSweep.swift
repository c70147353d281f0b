/// What the kernel answered to one call made inside of a sandbox.
package enum ObservedAnswer: Sendable, Equatable {
    case succeeded
    case failed(UInt16)
    case signaled(Int32)
    /// It did not come back in time.
    case blocked
}

extension ObservedAnswer {
    /// As the battery's programs tell it: `ok`, an error's name, `blocked`, `ended` or a signal's name; nil for anything else.
    package init?(word: String) {
        switch word {
        case "ok", "ended": self = .succeeded
        case "blocked": self = .blocked
        case "SIGSYS": self = .signaled(sigsys)
        case "ENOTSUP": self = .failed(ErrorName.number(named: "EOPNOTSUPP") ?? 0)
        default:
            if let error = ErrorName.number(named: word) {
                self = .failed(error)
            } else if word.hasPrefix("SIG") {
                // Which other signal it was says nothing of a filter.
                self = .signaled(0)
            } else {
                return nil
            }
        }
    }
}

/// Compares what a profile says with what calls inside of a real sandbox were answered.
package struct SeccompSweep: Sendable {
    package struct Disagreement: Sendable, Equatable, CustomStringConvertible {
        package let call: SystemCall
        package let decision: SeccompDecision
        package let answer: ObservedAnswer

        package var description: String {
            "number \(call.number) \(call.arguments): \(decision.action.inWords) by \(decision.because), answered \(answer)"
        }
    }

    private let evaluator: SeccompEvaluator
    private let architecture: SeccompArchitecture
    /// What whoever holds the listener answers.
    private let notified: UInt16

    package init(_ profile: SeccompProfile, on architecture: SeccompArchitecture, notified: UInt16 = 1) {
        evaluator = SeccompEvaluator(profile, on: architecture)
        self.architecture = architecture
        self.notified = notified
    }

    /// Nil where the answer is one that the profile's decision allows.
    ///
    /// A refusal has exactly one answer. What is allowed may be answered by the kernel in any way but the signal of filters;
    /// other layers refuse with EPERM too, so an allowed call that fails with it proves nothing either way.
    package func disagreement(on call: SystemCall, answered answer: ObservedAnswer) -> Disagreement? {
        let decision = evaluator.decision(for: call)
        if SystemCallTable.shared.entry(call.number, on: architecture)?.isOutsideFilters == true { return nil }
        let fits =
            switch decision.action {
            case .allow, .log: answer != .signaled(sigsys)
            case .fail(let errno): answer == .failed(errno)
            case .notify: answer == .failed(notified)
            case .trap, .killThread, .killProcess: answer == .signaled(sigsys)
            }
        return fits ? nil : Disagreement(call: call, decision: decision, answer: answer)
    }
}

/// SIGSYS, the same on both machines.
private let sigsys: Int32 = 31
