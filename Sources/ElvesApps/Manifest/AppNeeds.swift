package import ElvesModel

/// What one version of an app asks a host for: the part of its manifest that somebody approves.
package struct AppNeeds: Sendable, Equatable {
    /// The policy it runs under.
    package let language: Manifest.Language
    /// Whether it is started as a program of the original, with an interpreter of its own choice.
    package let runtime: Manifest.Runtime?
    package let grants: Set<Grant>
    package let secrets: Set<String>
    /// The largest that any function may use; nil is as much as the policy gives.
    package let limits: Manifest.Limits

    /// - Throws: `InvalidName` for a request that no grant could cover.
    package init(_ manifest: Manifest) throws(InvalidName) {
        language = manifest.language
        runtime = manifest.runtime
        grants = Set(try manifest.requests())
        secrets = Set(manifest.secrets)
        let limits = manifest.functions.map { manifest.limits(of: $0) }
        self.limits = limits.dropFirst().reduce(limits.first ?? manifest.limits) { $0.larger($1) }
    }

    /// What these needs have beyond others that were approved, a line each, in words; empty if there is nothing.
    package func beyond(_ approved: AppNeeds) -> [String] {
        var lines: [String] = []
        if language != approved.language {
            lines.append("runs as \(language), under another policy; approved is \(approved.language)")
        }
        if let runtime, runtime != approved.runtime { lines.append("is started as runtime \(runtime.rawValue)") }
        for grant in grants.sorted() where !approved.grants.contains(where: { $0.covers(grant) }) {
            lines.append(grant.sentence)
        }
        for secret in secrets.sorted() where !approved.secrets.contains(secret) {
            lines.append("is given the secret \(secret)")
        }
        return lines + limits.beyond(approved.limits)
    }
}

extension Grant {
    /// What an app does that has it.
    fileprivate var sentence: String {
        switch kind {
        case .read: "reads \(target)"
        case .write: "writes \(target)"
        case .network: "connects to \(target)"
        }
    }
}

extension Manifest.Limits {
    /// Of each limit the larger one.
    fileprivate func larger(_ other: Self) -> Self {
        func larger<Value: Comparable>(_ one: Value?, _ other: Value?) -> Value? {
            guard let one, let other else { return nil }
            return max(one, other)
        }
        return Self(
            memory: larger(memory, other.memory), processes: larger(processes, other.processes),
            files: larger(files, other.files), output: larger(output, other.output),
            processorSeconds: larger(processorSeconds, other.processorSeconds), scratch: larger(scratch, other.scratch))
    }

    /// Limits that are larger than approved ones. What the policy gives needs no approval where no number was approved.
    fileprivate func beyond(_ approved: Self) -> [String] {
        func line<Value: Comparable>(_ name: String, _ wanted: Value?, _ approved: Value?) -> String? {
            guard let approved else { return nil }
            guard let wanted else { return "uses as much \(name) as its policy gives; approved is \(approved)" }
            return wanted > approved ? "uses \(wanted) of \(name); approved is \(approved)" : nil
        }
        return [
            line("memory", memory, approved.memory), line("processes", processes, approved.processes),
            line("files", files, approved.files), line("output", output, approved.output),
            line("processor time", processorSeconds, approved.processorSeconds), line("scratch", scratch, approved.scratch),
        ].compactMap { $0 }
    }
}
