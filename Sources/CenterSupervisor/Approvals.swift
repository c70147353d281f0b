import ElvesApps
import ElvesModel
import ElvesPolicy
import ElvesProtocol
import ElvesStore
import Hummingbird
import Logging

// A version that asks its hosts for more than what was approved of its app last waits for somebody's word.

extension Registry {
    /// What a version asks for, compared with what counts as approved, a line for each change; empty if it may run.
    ///
    /// What counts is the version that somebody approved last, or, where nobody has yet, the one that is online. Of a version
    /// whose manifest was not kept nothing is known, and nothing waits.
    func unapproved(_ app: AppName, _ version: AppVersion) -> [String] {
        let given = approvals[app] ?? []
        guard online[app]?.version != version, !given.contains(where: { $0.version == version }) else { return [] }
        guard let baseline = given.last?.version ?? online[app]?.version, let approved = request(of: app, baseline),
            let wanted = request(of: app, version)
        else { return [] }
        let diff = PolicyDiff(from: approved, to: wanted)
        return diff.needsApproval ? diff.marked : []
    }

    private func request(of app: AppName, _ version: AppVersion) -> AppRequest? {
        // Whatever could not be granted was refused when it was published.
        manifest(of: app, version).flatMap { try? AppRequest($0) }
    }
}

extension Supervisor {
    /// Lets a version have what it asks for, and makes that what later versions are measured by.
    ///
    /// - Returns: What changes by it, a line each.
    /// - Throws: `AdminError` if the version is not published, or the same administrator published it.
    func approve(_ app: AppName, _ version: AppVersion, by administrator: Administrator) async throws -> [String] {
        guard let record = read({ $0.version(app, version) }) else {
            throw AdminError(.notFound, "\(app) \(version) is not published: `elves app list` names what is")
        }
        guard record.publishedBy != administrator else {
            throw AdminError(
                .forbidden,
                "\(app) \(version) was published by the same administrator (\(administrator)): somebody else must approve it; "
                    + "`elves token create --admin` on the center makes a token for them")
        }
        let lines = read { $0.unapproved(app, version) }
        let approval = ApprovalRecord(app: app, version: version, approvedBy: administrator, approvedAt: clocks.wall())
        try await store.approve(approval)
        change { $0.add(approval) }
        log.info(
            "version approved",
            metadata: ["app": "\(app)", "version": "\(version)", "by": "\(administrator)", "changes": "\(lines)"])
        return lines
    }

    /// - Throws: `AdminError` with what waits for approval.
    func requireApproval(_ app: AppName, _ version: AppVersion) throws(AdminError) {
        guard asksForApproval else { return }
        let lines = read { $0.unapproved(app, version) }
        guard lines.isEmpty else {
            throw AdminError(
                .conflict,
                "\(app) \(version) needs approval, since it asks for more than was approved: \(lines.joined(separator: "; "))"
                    + ". Somebody other than who published it approves it with `elves app approve \(app)@\(version)`")
        }
    }
}
