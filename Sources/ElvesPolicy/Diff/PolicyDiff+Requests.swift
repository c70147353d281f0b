import ElvesModel

extension PolicyDiff {
    /// What a later version of an app asks for, compared with what was approved.
    package init(from before: AppRequest, to after: AppRequest) {
        var changes = wishChanges(before.wishes, after.wishes)
        if before.language != after.language {
            // Another language is another policy: what it offers has to be looked at as well.
            changes.append(
                PolicyChange(.runtime, .changed, "request.language", before: before.language, after: after.language))
        }
        if before.runtime != after.runtime {
            changes.append(PolicyChange(.runtime, .changed, "request.runtime", before: before.runtime, after: after.runtime))
        }
        // Fresh workers are what every app may have; what is asked for are those that serve more than one call.
        for mode in Policy.Runtime.knownIsolations where mode != "fresh" {
            let (had, has) = (before.isolations.contains(mode), after.isolations.contains(mode))
            guard had != has else { continue }
            changes.append(
                PolicyChange(
                    .runtime, has ? .widened : .narrowed, "request.isolation", before: had ? mode : nil,
                    after: has ? mode : nil))
        }
        for name in before.secrets.union(after.secrets).sorted() {
            let (had, has) = (before.secrets.contains(name), after.secrets.contains(name))
            guard had != has else { continue }
            let words = "secret \"\(name)\""
            changes.append(
                PolicyChange(
                    .secrets, has ? .widened : .narrowed, "request.secrets.\(name)", before: had ? words : nil,
                    after: has ? words : nil))
        }
        for limit in AppRequest.Limit.allCases {
            let (old, new) = (before.limits[limit], after.limits[limit])
            guard old != new else { continue }
            // Without a limit of its own the app has all that its policy gives.
            let isWider = (new ?? .max) > (old ?? .max)
            changes.append(
                PolicyChange(
                    limit == .processes ? .process : .resources, isWider ? .widened : .narrowed,
                    "request.limits.\(limit.rawValue)", before: limit.words(old), after: limit.words(new)))
        }
        self.init(changes: changes)
    }
}

/// A wish that an earlier one covers is no news, nor is one less that a later one covers.
private func wishChanges(_ old: [AppRequest.Wish], _ new: [AppRequest.Wish]) -> [PolicyChange] {
    var changes: [PolicyChange] = []
    func change(_ wish: AppRequest.Wish, _ direction: PolicyChange.Direction) -> PolicyChange {
        let isNew = direction == .widened
        return PolicyChange(
            wish.grant.kind == .network ? .network : .files, direction, "request.\(wish.grant.kind.rawValue)",
            before: isNew ? nil : wish.grant.target, after: isNew ? wish.grant.target : nil,
            reason: isNew && !wish.reason.isEmpty ? wish.reason : nil)
    }
    for wish in new where !old.contains(where: { $0.grant.covers(wish.grant) }) { changes.append(change(wish, .widened)) }
    for wish in old where !new.contains(where: { $0.grant.covers(wish.grant) }) { changes.append(change(wish, .narrowed)) }
    return changes
}

extension AppRequest.Limit {
    fileprivate func words(_ amount: UInt64?) -> String {
        guard let amount else { return "as the policy" }
        if self == .processorTime { return "\(amount)s" }
        return isSize ? sizeText(amount) : "\(amount)"
    }
}
