import ElvesModel
import ElvesPolicy
import ElvesProtocol

extension PolicyInUse {
    /// A compiled policy as the center hears of it.
    init(_ compiled: CompiledPolicy) {
        self.init(
            name: compiled.policy.name, version: compiled.policy.version, digest: compiled.digest,
            optOuts: compiled.policy.optOuts.map {
                OptOut(
                    layer: $0.layer.rawValue, reason: $0.reason, approvedBy: $0.approvedBy, expires: $0.expires.description)
            })
    }
}

extension SandboxRecord {
    /// What a call's sandbox has to tell; nil if that is nothing.
    init?(_ violations: Violations, of runtime: AppRuntime) {
        guard !violations.isEmpty || !runtime.missingLayers.isEmpty else { return nil }
        let policy = runtime.policy
        self.init(
            policy: policy.name, policyVersion: policy.version, digest: policy.digest, violations: violations,
            missingLayers: runtime.missingLayers)
    }
}
