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
    /// - Throws: `PlanError.notGranted` with all that the policy does not offer and nobody has granted.
    package init(_ requests: [Grant], under policy: Policy, grants: [Grant]) throws(PlanError) {
        func isOffered(_ request: Grant) -> Bool {
            request.kind == .read && policy.filesystem.requestable.contains(request.target)
        }
        let wanted = requests.filter { !isOffered($0) }
        if policy.network == .none, wanted.contains(where: { $0.kind == .network }) {
            throw .networkNotOffered(policy: policy.name)
        }
        let missing = wanted.filter { request in !grants.contains { $0.covers(request) } }
        guard missing.isEmpty else { throw .notGranted(missing, policy: policy.name) }
        offeredPaths = requests.filter(isOffered).map(\.target)
        grantedPaths = wanted.filter { $0.kind == .read }.map(\.target)
        writablePaths = wanted.filter { $0.kind == .write }.map(\.target)
        network = wanted.filter { $0.kind == .network }
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
        let shown = filesystem.roots + filesystem.optional + filesystem.links.map(\.path)
        guard let found = candidates.first(where: { path in fileExists(path) && shown.contains { isPath(path, at: $0) } })
        else { throw .interpreterNotShown(interpreter, policy: name) }
        return [found, inside]
    }
}
