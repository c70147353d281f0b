package import ElvesJSON
package import ElvesSeccomp

/// What becomes of one system call under a policy, and which line says so.
package struct CallExplanation: Sendable, Equatable {
    package let call: SystemCall
    package let name: String
    package let architecture: SeccompArchitecture
    package let decision: SeccompDecision
    /// For an app that was granted a place in the network, where that makes a difference.
    package let withProxy: SeccompDecision?
    /// What the policy says the call is allowed for.
    package let reason: String?
    /// What the worker sees, and what else happens.
    package let effect: String

    package init(_ call: SystemCall, in document: PolicyDocument, on architecture: SeccompArchitecture) {
        self.init(
            call, in: document, on: architecture, SeccompEvaluator(document.profile, on: architecture),
            document.proxyProfile.map { SeccompEvaluator($0, on: architecture) })
    }

    fileprivate init(
        _ call: SystemCall, in document: PolicyDocument, on architecture: SeccompArchitecture,
        _ evaluator: SeccompEvaluator, _ proxied: SeccompEvaluator?
    ) {
        self.call = call
        self.architecture = architecture
        name = SystemCallTable.shared.name(of: call.number, on: architecture)
        decision = evaluator.decision(for: call)
        let other = proxied?.decision(for: call)
        withProxy = other?.action == decision.action ? nil : other
        // A profile says what it allows its calls for, not why others are missing.
        reason = decision.action.openness == 2 ? document.reason(for: decision) : nil
        effect = decision.effect(name, document.policy.onViolation)
    }

    /// Every number that a filter can be asked about, with arguments that are all 0.
    package static func table(
        _ document: PolicyDocument, on architecture: SeccompArchitecture, numbers: ClosedRange<UInt32> = 0...1023
    ) -> [CallExplanation] {
        let evaluator = SeccompEvaluator(document.profile, on: architecture)
        let proxied = document.proxyProfile.map { SeccompEvaluator($0, on: architecture) }
        return numbers.map { CallExplanation(SystemCall($0), in: document, on: architecture, evaluator, proxied) }
    }

    package var text: String {
        let arguments = call.arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
        var lines = [
            "\(name)(\(arguments)) on \(architecture), number \(call.number)",
            "  layer    seccomp",
            "  result   \(effect)",
            "  because  \(decision.because.inWords)",
        ]
        if let reason { lines.append("  reason   \(reason)") }
        if let withProxy {
            lines.append("  with a granted network  \(withProxy.action.effect), because \(withProxy.because.inWords)")
        }
        return lines.joined(separator: "\n")
    }

    package var json: RawJSON {
        .object { object in
            object.add("call", name)
            object.add("number", call.number)
            object.add("architecture", architecture.rawValue)
            object.add("arguments", call.arguments.map { "0x" + String($0, radix: 16) })
            object.add("layer", "seccomp")
            object.add("action", decision.action.word)
            if case .fail(let errno) = decision.action { object.add("errno", ErrorName.name(of: errno)) }
            object.add("effect", effect)
            object.add("because", decision.because.inWords)
            object.add("reason", ifPresent: reason)
            object.add("withNetwork", ifPresent: withProxy?.action.word)
        }
    }
}

extension SeccompDecision {
    fileprivate func effect(_ name: String, _ rule: Policy.ViolationRule) -> String {
        guard action == .notify else { return action.effect }
        let isTripwire = TripwireCalls.names.contains(name)
        if (isTripwire ? rule.tripwire : rule.standard) == .kill {
            return "recorded and refused with EPERM, and the worker is ended"
                + (isTripwire ? ": the call is on the tripwire list" : "")
        }
        return "recorded and refused with EPERM; the worker is ended after \(rule.killAfter) refusals"
    }
}

extension SeccompDecision.Reason {
    /// With the conditions of a rule.
    fileprivate var inWords: String {
        guard case .rule(let rule) = self, !rule.conditions.isEmpty else { return description }
        return description + ", where " + rule.conditions.map(\.inWords).joined(separator: " and ")
    }
}

extension SeccompCondition {
    fileprivate var inWords: String {
        let hexValue = "0x" + String(value, radix: 16)
        return switch comparison {
        case .maskedEqual: "argument \(index) & \(hexValue) = 0x" + String(secondValue, radix: 16)
        case .equal: "argument \(index) = \(hexValue)"
        case .notEqual: "argument \(index) is not \(hexValue)"
        case .lessThan: "argument \(index) < \(hexValue)"
        case .lessOrEqual: "argument \(index) <= \(hexValue)"
        case .greaterThan: "argument \(index) > \(hexValue)"
        case .greaterOrEqual: "argument \(index) >= \(hexValue)"
        }
    }
}

extension SeccompAction {
    /// For machines.
    package var word: String {
        switch self {
        case .allow: "allow"
        case .fail: "fail"
        case .log: "log"
        case .notify: "notify"
        case .trap: "trap"
        case .killThread: "kill-thread"
        case .killProcess: "kill"
        }
    }
}
