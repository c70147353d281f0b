package import ElvesModel

/// What an app asks of its sandbox beside its policy, and gets: everything, or the app is not run.
package struct SandboxRequests: Sendable, Equatable {
    package let readPaths: [String]
    package let writePaths: [String]
    /// Places that the agent's proxy connects to for the app.
    package let network: [Grant]

    /// - Parameters:
    ///   - requests: What the app's manifest asks for.
    ///   - grants: What an operator lets the app have on this host.
    /// - Throws: `PlanError.notGranted` with all that the policy does not offer and nobody has granted.
    package init(_ requests: [Grant], under policy: Policy, grants: [Grant]) throws(PlanError) {
        let offersNetwork = policy.network != .none
        let missing = requests.filter { request in
            if request.kind == .read, policy.filesystem.requestable.contains(request.target) { return false }
            if request.kind == .network, !offersNetwork { return true }
            return !grants.contains { $0.covers(request) }
        }
        guard missing.isEmpty else { throw .notGranted(missing, policy: policy.name) }
        readPaths = requests.filter { $0.kind == .read }.map(\.target)
        writePaths = requests.filter { $0.kind == .write }.map(\.target)
        network = requests.filter { $0.kind == .network }
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
