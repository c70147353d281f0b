package import ElvesApps
package import ElvesModel
package import ElvesPolicy
package import ElvesSandbox

/// Whether an app can run under its language's policy: the modes of its functions and all it asks for.
package enum AppRequests {
    /// - Parameter ceiling: The most that this app may be granted; nil where nobody has signed any.
    /// - Throws: `PlanError.isolationNotOffered`, `.notGranted` or `.aboveCeiling`; `InvalidName` for a request that nobody could grant.
    @discardableResult
    package static func decide(
        _ manifest: Manifest, under policy: Policy, grants: [Grant], ceiling: AppCeiling? = nil
    ) throws -> SandboxRequests {
        if let minimum = manifest.minimumAgent, try AppVersion(ElvesVersion.current) < minimum {
            throw PlanError.agentTooOld(minimum: minimum.text, current: ElvesVersion.current)
        }
        let offered = manifest.runtime == .legacy ? ["fresh"] : policy.runtime.isolations
        for function in manifest.functions where !offered.contains(function.isolation.rawValue) {
            throw PlanError.isolationNotOffered(function.isolation.rawValue, policy: policy.name, offered: offered)
        }
        let wall = policy.resources.wall
        for function in manifest.functions where function.timeoutSeconds > wall {
            throw PlanError.tooMuchTime(
                function: function.name, seconds: function.timeoutSeconds, policy: policy.name, limit: wall)
        }
        return try SandboxRequests(
            EffectivePolicy(policy, request: AppRequest(manifest), grants: grants, ceiling: ceiling))
    }
}
