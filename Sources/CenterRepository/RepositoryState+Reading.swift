package import ElvesBus
package import ElvesModel
package import ElvesProtocol
import ElvesRepository
import ElvesTUF

extension RepositoryState {
    func delegation(of app: AppName) -> DelegatedRole? {
        guard case .listed(let roles) = targets?.role.delegations?.roles else { return nil }
        return roles.first { $0.name == AppRole.name(of: app) }
    }

    /// What the metadata says of a version, as a client would find it.
    package func find(_ app: AppName, _ version: AppVersion, now: Timestamp) -> SignedVersion {
        guard root != nil else { return .noRepository }
        guard delegation(of: app) != nil else { return .notDelegated }
        guard let file = apps[app], let target = file.role.targets[AppRole.path(of: version, app: app)],
            let digest = target.digests.sha256
        else { return .notNamed }
        if let problem = problem(of: app, now: now) ?? expiryProblem(now) { return .refused(problem) }
        return .named(digest: digest, size: target.length)
    }

    /// Whether an archive is what the app's role says of a version.
    func names(_ digest: Digest, _ app: AppName, _ version: AppVersion) -> Bool {
        apps[app]?.role.targets[AppRole.path(of: version, app: app)]?.digests.sha256 == digest
    }

    /// The newest version of a role that is served with its version in its name; nil if there is no such role.
    func version(of role: String) -> Int64? {
        switch role {
        case "root": root?.version
        case "targets": targets?.role.version
        case "snapshot": snapshot?.role.version
        default: AppRole.app(of: role).flatMap { apps[$0]?.role.version }
        }
    }

    // MARK: The view of administrators

    package func view(now: Timestamp) -> RepositoryView {
        let key = onlineKeys.last
        return RepositoryView(
            onlineKey: key?.publicPEM ?? "", onlineKeyID: (try? key?.publicKey.id()) ?? "", roles: roles(now))
    }

    private func roles(_ now: Timestamp) -> [RepositoryView.Role] {
        var views: [RepositoryView.Role] = []
        func add(_ name: String, _ header: RoleHeader?, targets: Int = 0, problem: String? = nil) {
            guard let header else { return }
            views.append(
                RepositoryView.Role(
                    role: name, version: header.version, expires: header.expires.description,
                    isExpired: header.expires.isOver(at: now), problem: problem, targets: targets))
        }
        add("root", root?.header)
        add("targets", targets?.role.header, targets: targets?.role.targets.count ?? 0)
        add("snapshot", snapshot?.role.header)
        add("timestamp", timestamp?.role.header)
        for (app, file) in apps.sorted(by: { $0.key < $1.key }) {
            add(
                AppRole.name(of: app), file.role.header, targets: file.role.targets.count,
                problem: problem(of: app, now: now))
        }
        return views
    }

    /// Why clients install no version of an app.
    private func problem(of app: AppName, now: Timestamp) -> String? {
        guard let role = delegation(of: app), let delegations = targets?.role.delegations else {
            return "nobody may sign \(app) any more: `elves repo delegate` names its authors"
        }
        guard let file = apps[app] else { return nil }
        guard (try? delegations.authority(for: role, delegator: "targets").verify(file)) != nil else {
            return "\(app) is not signed by today's authors: one of them signs it anew with `elves app sign`"
        }
        guard file.role.expires.isOver(at: now) else { return nil }
        return "what \(app)'s authors signed expired at \(file.role.expires): one of them signs it anew with `elves app sign`"
    }

    /// What people must sign anew within 30 days, in words for them.
    package func expiring(now: Timestamp) -> [String] {
        let soon = Lifetime.expiry(.seconds(30 * 86400), from: now)
        var lines: [String] = []
        if let root, root.expires < soon { lines.append("root expires at \(root.expires): `elves repo rotate root`") }
        if let targets, targets.role.expires < soon {
            lines.append("targets expires at \(targets.role.expires): `elves repo rotate targets`")
        }
        for (app, file) in apps.sorted(by: { $0.key < $1.key }) where delegation(of: app) != nil && file.role.expires < soon {
            lines.append("\(AppRole.name(of: app)) expires at \(file.role.expires): `elves app sign` by its authors")
        }
        return lines
    }

    private func expiryProblem(_ now: Timestamp) -> String? {
        if let root, root.expires.isOver(at: now) {
            return "the root expired at \(root.expires): `elves repo rotate root`, sign and publish it"
        }
        if let targets, targets.role.expires.isOver(at: now) {
            return "the targets expired at \(targets.role.expires): `elves repo rotate targets`, sign and publish them"
        }
        return nil
    }
}
