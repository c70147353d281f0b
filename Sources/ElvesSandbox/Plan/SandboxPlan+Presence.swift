import ElvesPolicy
import Glibc

extension SandboxPlan {
    /// Looks for everything the app asks for, so that what is missing is told before the first call, and by its name.
    ///
    /// What cannot be looked at, such as a path below somebody's private folder, is left to the launcher.
    /// - Throws: `PlanError.notThere` or `PlanError.leadsOverLink`.
    package func requirePresence() throws(PlanError) {
        for path in requestedPaths where isMissing(path) { throw .notThere(path: path) }
        let ofPolicy = (policy.filesystem.read + policy.filesystem.write).map(\.path)
        for path in ofPolicy + grantedPaths + writablePaths {
            guard let place = try realPath(path), place != path else { continue }
            throw .leadsOverLink(path: path, place: place)
        }
    }
}

private func isMissing(_ path: String) -> Bool { access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR) }

/// The path without links; nil where it cannot be looked at.
private func realPath(_ path: String) throws(PlanError) -> String? {
    guard let place = realpath(path, nil) else {
        guard errno != ENOENT, errno != ENOTDIR else { throw .notThere(path: path) }
        return nil
    }
    defer { free(place) }
    return String(cString: place)
}
