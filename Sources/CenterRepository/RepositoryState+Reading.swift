package import ElvesBus
package import ElvesModel
import ElvesPolicy
package import ElvesProtocol
import ElvesRepository
import ElvesTUF

extension RepositoryState {
    func delegation(of role: String) -> DelegatedRole? {
        guard case .listed(let roles) = targets?.role.delegations?.roles else { return nil }
        return roles.first { $0.name == role }
    }

    /// What was sent last for a delegated role.
    private func file(of role: String) -> SignedFile<TargetsMetadata>? {
        role == PolicyRole.name ? policy?.file : AppRole.app(of: role).flatMap { apps[$0] }
    }

    /// What the metadata says of a version, as a client would find it.
    package func find(_ app: AppName, _ version: AppVersion, now: Timestamp) -> SignedVersion {
        guard root != nil else { return .noRepository }
        guard delegation(of: AppRole.name(of: app)) != nil else { return .notDelegated }
        guard let file = apps[app], let target = file.role.targets[AppRole.path(of: version, app: app)],
            let digest = target.digests.sha256
        else { return .notNamed }
        if let problem = problem(of: AppRole.name(of: app), now: now) ?? expiryProblem(now) { return .refused(problem) }
        return .named(digest: digest, size: target.length)
    }

    /// Whether an archive is what the app's role says of a version.
    func names(_ digest: Digest, _ app: AppName, _ version: AppVersion) -> Bool {
        apps[app]?.role.targets[AppRole.path(of: version, app: app)]?.digests.sha256 == digest
    }

    /// Why an app may not be granted this by the signed policy; nil if it may, or if no policy counts now.
    package func refusal(of grants: [Grant], for app: AppName, now: Timestamp) -> String? {
        guard let ceiling = policy?.ceiling?.ceiling(for: app), delegation(of: PolicyRole.name) != nil,
            problem(of: PolicyRole.name, now: now) == nil
        else { return nil }
        let above = grants.filter { !ceiling.allows($0) }
        guard !above.isEmpty else { return nil }
        let list = above.map(\.description).joined(separator: ", ")
        return "\(list) is above what the signed grants.yaml lets \(app) have: whoever signs it can raise that"
    }

    /// The newest version of a role that is served with its version in its name; nil if there is no such role.
    func version(of role: String) -> Int64? {
        switch role {
        case "root": root?.version
        case "targets": targets?.role.version
        case "snapshot": snapshot?.role.version
        default: file(of: role)?.role.version
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
        if let file = policy?.file {
            add(
                PolicyRole.name, file.role.header, targets: file.role.targets.count,
                problem: problem(of: PolicyRole.name, now: now))
        }
        for (app, file) in apps.sorted(by: { $0.key < $1.key }) {
            let role = AppRole.name(of: app)
            add(role, file.role.header, targets: file.role.targets.count, problem: problem(of: role, now: now))
        }
        return views
    }

    /// Why clients take nothing of what an app's authors signed, or of the policies.
    private func problem(of role: String, now: Timestamp) -> String? {
        let subject = AppRole.app(of: role)?.text ?? role
        let who = role == PolicyRole.name ? "by today's signers of policies" : "by today's authors"
        let command = role == PolicyRole.name ? "elves repo policy" : "elves app sign"
        guard let delegation = delegation(of: role), let delegations = targets?.role.delegations else {
            return role == PolicyRole.name
                ? "nobody may sign policies any more: `elves repo delegate --policy` names who may"
                : "nobody may sign \(subject) any more: `elves repo delegate` names its authors"
        }
        guard let file = file(of: role) else { return nil }
        guard (try? delegations.authority(for: delegation, delegator: "targets").verify(file)) != nil else {
            return "\(subject) is not signed \(who): one of them signs it anew with `\(command)`"
        }
        guard file.role.expires.isOver(at: now) else { return nil }
        let what = role == PolicyRole.name ? "what may be granted" : "what \(subject)'s authors signed"
        return "\(what) expired at \(file.role.expires): one of them signs it anew with `\(command)`"
    }

    /// What people must sign anew within 30 days, in words for them.
    package func expiring(now: Timestamp) -> [String] {
        let soon = Lifetime.expiry(.seconds(30 * 86400), from: now)
        var lines: [String] = []
        if let root, root.expires < soon { lines.append("root expires at \(root.expires): `elves repo rotate root`") }
        if let targets, targets.role.expires < soon {
            lines.append("targets expires at \(targets.role.expires): `elves repo rotate targets`")
        }
        for (app, file) in apps.sorted(by: { $0.key < $1.key })
        where delegation(of: AppRole.name(of: app)) != nil && file.role.expires < soon {
            lines.append("\(AppRole.name(of: app)) expires at \(file.role.expires): `elves app sign` by its authors")
        }
        if let file = policy?.file, delegation(of: PolicyRole.name) != nil, file.role.expires < soon {
            lines.append("policy expires at \(file.role.expires): `elves repo policy` by its signers")
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
