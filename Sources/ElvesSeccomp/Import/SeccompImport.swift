/// What a container engine's profile means on one kind of host: a plain OCI profile, and all that did not come along.
///
/// The template leans on capabilities (what they grant, it allows) and on kernels; here both are given. Nothing is dropped
/// without a note.
package struct SeccompImport: Sendable {
    /// The host that a template is resolved for.
    package struct Host: Sendable {
        package let architecture: SeccompArchitecture
        /// Such as `CAP_SYS_ADMIN`; a worker has none.
        package let capabilities: Set<String>
        package let kernel: KernelVersion

        package init(architecture: SeccompArchitecture, capabilities: Set<String> = [], kernel: KernelVersion) {
            self.architecture = architecture
            self.capabilities = capabilities
            self.kernel = kernel
        }
    }

    package let profile: SeccompProfile
    package let notes: [ImportNote]

    /// The profile as an OCI `LinuxSeccomp` object that says where each rule is from.
    package var json: [UInt8] { profile.json(comment: provenance) }
    private let provenance: String

    /// - Parameter file: What people call the template.
    /// - Throws: `SeccompError` with line and column.
    package static func resolve(
        _ json: [UInt8], file: String, for host: Host
    ) throws(SeccompError) -> SeccompImport {
        try SeccompImport(SeccompTemplate(json: json, file: file), file: file, for: host)
    }

    private init(_ template: SeccompTemplate, file: String, for host: Host) throws(SeccompError) {
        let machine = host.architecture.ociName
        var notes: [ImportNote] = []
        if !template.machines.isEmpty {
            guard let listed = template.machines.first(where: { $0.name == machine }) else {
                throw .wrongArchitecture(wanted: machine, listed: template.machines.map(\.name))
            }
            if !listed.others.isEmpty { notes.append(.otherMachines(listed.others)) }
        }
        var rules: [SeccompRule] = []
        for (index, rule) in template.rules.enumerated() {
            if let reason = rule.reasonToSkip(on: host) {
                notes.append(.skipped(rule.names, because: reason, at: rule.position))
                continue
            }
            let names = Self.namesThatCount(in: rule, template: template, host: host, notes: &notes)
            if names.isEmpty { continue }
            for conditions in Self.conjunctions(rule, notes: &notes) {
                rules.append(
                    SeccompRule(
                        names: names, action: rule.action, conditions: conditions, comment: "\(rule.position)",
                        position: rule.position, index: index))
            }
        }
        profile = SeccompProfile(
            defaultAction: template.defaultAction, defaultPosition: template.defaultPosition, architectures: [machine],
            rules: Self.withoutOverruled(rules, notes: &notes))
        self.notes = notes
        let capabilities = host.capabilities.isEmpty ? "no capabilities" : host.capabilities.sorted().joined(separator: ", ")
        provenance = "resolved from \(file) for \(host.architecture), Linux \(host.kernel), \(capabilities)"
    }

    private static func namesThatCount(
        in rule: SeccompTemplate.Rule, template: SeccompTemplate, host: Host, notes: inout [ImportNote]
    ) -> [String] {
        let isRefusal = template.defaultAction.refuses
        var (kept, unknown, foreign): ([String], [String], [String]) = ([], [], [])
        for name in rule.names {
            if let entry = SystemCallTable.shared.entry(named: name) {
                if entry.numbers[host.architecture] == nil {
                    foreign.append(name)
                } else if name == FilterPrologue.hiddenCall, isRefusal {
                    notes.append(.hidden(name, at: rule.position))
                } else {
                    kept.append(name)
                }
            } else if isKnownToLibseccomp(name) {
                foreign.append(name)
            } else {
                unknown.append(name)
            }
        }
        if !unknown.isEmpty { notes.append(.unknown(unknown, at: rule.position)) }
        if !foreign.isEmpty { notes.append(.notOfMachine(foreign, at: rule.position)) }
        for condition in rule.conditions {
            for name in kept where SystemCallTable.shared.entry(named: name)?.width(of: condition.index) != .long {
                notes.append(.narrow(name, argument: condition.index, at: rule.position))
            }
        }
        return kept
    }

    /// Container engines take two conditions on one argument for two rules; so does this.
    private static func conjunctions(_ rule: SeccompTemplate.Rule, notes: inout [ImportNote]) -> [[SeccompCondition]] {
        guard Set(rule.conditions.map(\.index)).count < rule.conditions.count else { return [rule.conditions] }
        notes.append(.split(rule.names, at: rule.position))
        return rule.conditions.map { [$0] }
    }

    /// A rule without conditions stands alone for its call, the first one if there are several; libseccomp, through which the
    /// engines load their profiles, forgets the others.
    private static func withoutOverruled(_ rules: [SeccompRule], notes: inout [ImportNote]) -> [SeccompRule] {
        var winners: [String: SeccompRule] = [:]
        for rule in rules where rule.conditions.isEmpty {
            for name in rule.names where winners[name] == nil { winners[name] = rule }
        }
        return rules.compactMap { rule in
            let names = rule.names.filter { name in
                guard let winner = winners[name], winner.index != rule.index else { return true }
                if winner.action != rule.action { notes.append(.overruled(name, at: rule.position, by: winner.position)) }
                return false
            }
            return names.isEmpty ? nil : rule.with(names: names, action: rule.action)
        }
    }
}

extension SeccompTemplate.Rule {
    /// Why it is not meant for the host; nil if it is.
    fileprivate func reasonToSkip(on host: SeccompImport.Host) -> String? {
        if let includes {
            let machines = includes.machines
            if !machines.isEmpty, !machines.contains(host.architecture.goName) {
                return "is for \(machines.joined(separator: ", "))"
            }
            if let missing = includes.capabilities.first(where: { !host.capabilities.contains($0) }) {
                return "needs \(missing)"
            }
            if let kernel = includes.firstKernel, host.kernel < kernel { return "needs Linux \(kernel)" }
        }
        if let excludes {
            if excludes.machines.contains(host.architecture.goName) { return "is not for \(host.architecture.goName)" }
            if let held = excludes.capabilities.first(where: host.capabilities.contains) {
                return "is for hosts without \(held)"
            }
            if let kernel = excludes.firstKernel, host.kernel >= kernel { return "is for kernels before \(kernel)" }
        }
        return nil
    }
}
