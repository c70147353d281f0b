import ElvesFiles
package import ElvesModel
package import ElvesPolicy

/// What an app asks of its sandbox beside its policy, and gets: everything, or the app is not run.
package struct SandboxRequests: Sendable, Equatable {
    /// What the policy offers to every app.
    package let offeredPaths: [String]
    /// What the operator lets the app read beyond that.
    package let grantedPaths: [String]
    package let writablePaths: [String]
    /// Places that the agent's proxy connects to for the app.
    package let network: [Grant]

    /// - Parameters:
    ///   - requests: What the app's manifest asks for.
    ///   - grants: What an operator lets the app have on this host.
    ///   - ceiling: The most that the app may be granted; nil where nobody has signed any.
    /// - Throws: `PlanError.notGranted` with all that the policy does not offer and nobody has granted.
    package init(
        _ requests: [Grant], under policy: Policy, grants: [Grant], ceiling: AppCeiling? = nil
    ) throws(PlanError) {
        try self.init(EffectivePolicy(policy, request: AppRequest(requests), grants: grants, ceiling: ceiling))
    }

    /// - Throws: `PlanError` naming what was refused.
    package init(_ effective: EffectivePolicy) throws(PlanError) {
        let refused = effective.refusals
        let policy = effective.policy.name
        if refused.contains(where: { $0.cause == .noNetwork }) { throw .networkNotOffered(policy: policy) }
        let above = refused.filter { $0.cause == .aboveCeiling }.map(\.request)
        guard above.isEmpty else { throw .aboveCeiling(above, policy: policy) }
        guard refused.isEmpty else { throw .notGranted(refused.map(\.request), policy: policy) }
        offeredPaths = effective.offeredPaths
        grantedPaths = effective.grantedPaths
        writablePaths = effective.writablePaths
        network = effective.network
    }
}

extension AppCeiling {
    /// Whether the app may run under a policy, as far as that is wider than what it extends.
    ///
    /// - Throws: `PlanError.widerThanSigned`.
    package func admit(_ policy: PolicyDocument) throws(PlanError) {
        let refused = refusedWidenings(in: policy)
        guard refused.isEmpty else { throw .widerThanSigned(refused, policy: policy.policy.name) }
    }
}

extension Policy {
    /// The command line of a program of the original system.
    ///
    /// - Parameters:
    ///   - interpreter: An absolute path, or a name that is looked for on the policy's `PATH`; nil runs the file itself.
    ///   - file: Below the app's folder.
    /// - Throws: `PlanError.interpreterNotShown`.
    package func legacyCommand(interpreter: String?, file: String) throws(PlanError) -> [String] {
        let inside = "\(SandboxPlan.appTarget)/\(file)"
        guard let interpreter else { return [inside] }
        let folders = environment.first { $0.name == "PATH" }?.value.split(separator: ":").map(String.init) ?? []
        let candidates = interpreter.hasPrefix("/") ? [interpreter] : folders.map { "\($0)/\(interpreter)" }
        let shown = filesystem.shown
        guard let found = candidates.first(where: { path in fileExists(path) && shown.contains { isPath(path, at: $0) } })
        else { throw .interpreterNotShown(interpreter, policy: name) }
        return [found, inside]
    }
}
