import ElvesModel
import ElvesPolicy
import ElvesProtocol

extension PolicyInUse {
    /// A compiled policy as the center hears of it.
    init(_ compiled: CompiledPolicy) {
        self.init(
            name: compiled.policy.name, version: compiled.policy.version, digest: compiled.digest, optOuts: [])
    }
}

extension SandboxRecord {
    /// What a call's sandbox has to tell; nil if that is nothing.
    init?(_ violations: Violations, under policy: PolicyInUse) {
        guard !violations.isEmpty else { return nil }
        self.init(
            policy: policy.name, policyVersion: policy.version, digest: policy.digest, violations: violations)
    }
}
