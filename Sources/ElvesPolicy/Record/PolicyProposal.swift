import ElvesJSON
import ElvesModel
package import ElvesSeccomp

/// A policy that extends another one by the system calls that were recorded and that one does not allow; never applied by itself.
package struct PolicyProposal: Sendable {
    package let name: String
    /// What was seen and is not proposed, in words.
    package let withheld: [String]
    /// What the app tried that ends its worker, in words; a part of `withheld`.
    package let tripwires: [String]
    /// One rule each.
    package let additions: [Addition]
    private let base: PolicyDocument
    private let source: String

    package struct Addition: Sendable {
        package let names: [String]
        package let conditions: [SeccompCondition]
        /// How often, and by whom.
        package let made: String
    }

    /// - Parameters:
    ///   - name: What the proposed policy is called.
    ///   - withProxy: Whether the app has been granted places in the network, and so the calls for them.
    package init(
        named name: String, extending base: PolicyDocument, withProxy: Bool, from recording: Recording,
        on architecture: SeccompArchitecture
    ) {
        let profile = withProxy ? base.proxyProfile ?? base.profile : base.profile
        var counts: [[String]: ObservedCall] = [:]
        for call in recording.calls {
            let key = [call.name] + call.arguments.map { "\($0)" }
            let count = (counts[key]?.count ?? 0) + call.count
            counts[key] = ObservedCall(name: call.name, arguments: call.arguments, count: count)
        }
        let observed = counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
        let proposal = SeccompProposal(
            from: observed, over: profile, on: architecture, never: TripwireCalls.names, source: recording.source)
        additions = proposal.additions.map { rule in
            let calls = recording.calls.filter { rule.names.contains($0.name) && rule.conditions.allHold(for: $0.arguments) }
            let moments = Set(calls.map(\.moment.inWords)).sorted().joined(separator: ", ")
            let count = calls.reduce(0) { $0 + $1.count }
            return Addition(
                names: rule.names, conditions: rule.conditions,
                made: "made \(count == 1 ? "once" : "\(count) times") \(moments)")
        }
        func words(_ withheld: SeccompProposal.Withheld) -> String { "\(withheld.call.name) \(withheld.reason)" }
        self.withheld = distinct(proposal.withheld.map(words))
        tripwires = distinct(proposal.withheld.filter { TripwireCalls.names.contains($0.call.name) }.map(words))
        self.name = name
        self.base = base
        source = recording.source
    }

    package var isEmpty: Bool { additions.isEmpty }

    /// The policy's text. Every addition needs a reason, and only a person can give it.
    ///
    /// - Parameter reason: What stands in the place of it: without one the text is no policy yet, and each reader says so.
    package func yaml(reason: String = "") -> String {
        var lines = [
            "schema: elves.sandbox/v1", "name: \(name)", "version: 1",
            "summary: \(RawJSON.string("What \(base.policy.name) allows, and what was recorded of \(source)."))",
            "extends: {name: \(base.policy.name), digest: \"sha256:\(base.digest.hex)\"}",
        ]
        guard !additions.isEmpty else { return lines.joined(separator: "\n") + "\n" }
        lines += ["syscalls:", "  add:"]
        for addition in additions {
            lines.append("    # \(addition.made)")
            lines.append("    - names: [\(addition.names.joined(separator: ", "))]")
            if !addition.conditions.isEmpty {
                lines.append("      args: [\(addition.conditions.map(\.yaml).joined(separator: ", "))]")
            }
            lines.append("      reason: \(RawJSON.string(reason))" + (reason.isEmpty ? "  # say what for" : ""))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension PolicyProposal.Addition {
    package var inWords: String {
        let what = conditions.map { "argument \($0.index) = \($0.wanted)" }.joined(separator: ", ")
        return names.joined(separator: ", ") + (what.isEmpty ? "" : " with \(what)") + ", \(made)"
    }
}

extension SeccompCondition {
    /// What a proposal's condition wants the argument to be: it is always an equality, with or without a mask.
    fileprivate var wanted: UInt64 { comparison == .maskedEqual ? secondValue : value }
    private var mask: UInt64 { comparison == .maskedEqual ? value : .max }

    fileprivate var yaml: String {
        let part = mask == .max ? "" : ", mask: 0x\(String(mask, radix: 16))"
        return "{index: \(index)\(part), value: 0x\(String(wanted, radix: 16))}"
    }

    fileprivate func holds(for arguments: [UInt64]) -> Bool {
        Int(index) < arguments.count && arguments[Int(index)] & mask == wanted
    }
}

extension [SeccompCondition] {
    fileprivate func allHold(for arguments: [UInt64]) -> Bool { allSatisfy { $0.holds(for: arguments) } }
}

private func distinct(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
}

extension SeccompProfile {
    /// The arguments that choose what a call does, and those that this profile's rules look at: what a recording has to keep.
    package func argumentsToKeep(of name: String) -> Set<UInt32> {
        let looked = Set(rules.filter { $0.names.contains(name) }.flatMap(\.conditions).map(\.index))
        return looked.union(SystemCallTable.shared.entry(named: name)?.choosingArguments ?? [])
    }
}
