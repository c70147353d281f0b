extension PolicyDiff {
    /// - Parameters:
    ///   - before: What was approved, or what is extended.
    ///   - after: What is asked about.
    package init(from before: PolicyDocument, to after: PolicyDocument) {
        let (old, new) = (before.policy, after.policy)
        var changes = runtimeChanges(old.runtime, new.runtime)
        changes += fileChanges(old.filesystem, new.filesystem)
        changes += numberChanges(old, new)
        changes += choiceChanges(old, new)
        changes += environmentChanges(old.environment, new.environment)
        changes += requirementChanges(old, new)
        changes += violationChanges(old.onViolation, new.onViolation)
        changes += CallComparison(before.profile, after.profile, reasons: after).changes
        if before.proxyProfile != nil || after.proxyProfile != nil {
            // Where one of them has no proxy, all that the profile of the other adds is a difference.
            let comparison = CallComparison(
                before.proxyProfile ?? before.profile, after.proxyProfile ?? after.profile, reasons: after)
            let plain = Set(changes.map(\.key))
            changes += comparison.changes.filter { !plain.contains($0.key) }
        }
        self.init(changes: changes)
    }
}

private func runtimeChanges(_ old: Policy.Runtime, _ new: Policy.Runtime) -> [PolicyChange] {
    var changes: [PolicyChange] = []
    for (key, before, after) in [
        ("interpreter", old.interpreters.joined(separator: " or "), new.interpreters.joined(separator: " or ")),
        ("arguments", old.arguments.joined(separator: " "), new.arguments.joined(separator: " ")),
        ("sdk", old.sdk ?? "none", new.sdk ?? "none"),
    ] where before != after {
        changes.append(PolicyChange(.runtime, .changed, "runtime.\(key)", before: before, after: after))
    }
    // Workers that answer more than one call may carry something from one to the next; fresh ones cannot.
    for mode in Policy.Runtime.knownIsolations {
        let (had, has) = (old.isolations.contains(mode), new.isolations.contains(mode))
        guard had != has else { continue }
        let direction: PolicyChange.Direction = mode == "fresh" ? .changed : has ? .widened : .narrowed
        changes.append(
            PolicyChange(
                .runtime, direction, "runtime.isolation", before: had ? mode : nil, after: has ? mode : nil,
                reason: has ? new.reason : nil, sectionReason: "runtime.reason"))
    }
    return changes
}

/// What a worker may do with a path, in rising order.
private enum Access: Int, Comparable {
    case none, offered, shown, read, write

    var words: String? {
        switch self {
        case .none: nil
        case .offered: "read by every app that asks"
        case .shown: "read"
        case .read: "read as its owner reads it"
        case .write: "written as its owner"
        }
    }

    static func < (left: Access, right: Access) -> Bool { left.rawValue < right.rawValue }
}

extension Policy.Filesystem {
    fileprivate var places: [(key: String, access: Access, place: Policy.Place)] {
        roots.map { ("roots", .shown, $0) } + optional.map { ("optional", .shown, $0) }
            + requestable.map { ("requestable", .offered, $0) } + read.map { ("read", .read, $0) }
            + write.map { ("write", .write, $0) }
    }

    /// The most that any of its places gives; a folder gives what lies in it, an offer only what it names.
    fileprivate func access(to path: String) -> Access {
        places.filter { $0.access == .offered ? $0.place.path == path : isPath(path, at: $0.place.path) }
            .map(\.access).max() ?? .none
    }
}

private func fileChanges(_ old: Policy.Filesystem, _ new: Policy.Filesystem) -> [PolicyChange] {
    var changes: [PolicyChange] = []
    var seen: Set<String> = []
    for (key, _, place) in new.places + old.places where seen.insert(place.path).inserted {
        let (before, after) = (old.access(to: place.path), new.access(to: place.path))
        guard before != after else { continue }
        changes.append(
            PolicyChange(
                .files, after > before ? .widened : .narrowed, "filesystem.\(key).\(place.path)", before: before.words,
                after: after.words, reason: after > before ? place.reason : nil))
    }
    let links = (Dictionary(uniqueKeysWithValues: old.links.map { ($0.path, $0.value) }), new.links)
    for link in new.links where links.0[link.path] != link.value {
        changes.append(
            PolicyChange(
                .files, .changed, "filesystem.links.\(link.path)", before: links.0[link.path].map { "a link to \($0)" },
                after: "a link to \(link.value)"))
    }
    for link in old.links where !new.links.contains(where: { $0.path == link.path }) {
        changes.append(
            PolicyChange(.files, .changed, "filesystem.links.\(link.path)", before: "a link to \(link.value)", after: nil))
    }
    return changes
}

private func environmentChanges(
    _ old: [Policy.EnvironmentValue], _ new: [Policy.EnvironmentValue]
) -> [PolicyChange] {
    var changes: [PolicyChange] = []
    let names = new.map(\.name) + old.map(\.name).filter { name in !new.contains { $0.name == name } }
    for name in names {
        let (before, after) = (old.first { $0.name == name }?.value, new.first { $0.name == name }?.value)
        guard before != after else { continue }
        changes.append(
            PolicyChange(
                .environment, .changed, "environment.\(name)", before: before.map { "\"\($0)\"" },
                after: after.map { "\"\($0)\"" }))
    }
    return changes
}

private func requirementChanges(_ old: Policy, _ new: Policy) -> [PolicyChange] {
    var changes: [PolicyChange] = []
    for layer in SandboxLayer.allCases {
        let before = old.requires.first { $0.layer == layer }
        let after = new.requires.first { $0.layer == layer }
        guard before != after else { continue }
        let isStronger = before == nil || after != nil && (before?.minimum ?? 0) < (after?.minimum ?? 0)
        changes.append(
            PolicyChange(
                .requirements, isStronger ? .narrowed : .widened, "requires.\(layer)",
                before: before.map { "\($0) required" }, after: after.map { "\($0) required" }))
    }
    for layer in SandboxLayer.optional {
        let before = old.optOuts.first { $0.layer == layer }
        let after = new.optOuts.first { $0.layer == layer }
        guard before?.expires != after?.expires else { continue }
        let isLonger = after.map { after in before.map { $0.expires < after.expires } ?? true } ?? false
        changes.append(
            PolicyChange(
                .requirements, isLonger ? .widened : .narrowed, "optOut.\(layer)",
                before: before.map { "missing until \($0.expires)" }, after: after.map { "may be missing until \($0.expires)" },
                reason: isLonger ? after?.reason : nil))
    }
    return changes
}

private func violationChanges(_ old: Policy.ViolationRule, _ new: Policy.ViolationRule) -> [PolicyChange] {
    var changes: [PolicyChange] = []
    for (key, before, after) in [
        ("default", old.standard, new.standard), ("tripwire", old.tripwire, new.tripwire),
    ] where before != after {
        changes.append(
            PolicyChange(
                .violations, after == .deny ? .widened : .narrowed, "onViolation.\(key)", before: before.rawValue,
                after: after.rawValue, reason: after == .deny ? new.reason : nil, sectionReason: "onViolation.reason"))
    }
    if old.killAfter != new.killAfter {
        let isWider = new.killAfter > old.killAfter
        changes.append(
            PolicyChange(
                .violations, isWider ? .widened : .narrowed, "onViolation.killAfter",
                before: "killed after \(old.killAfter) refusals", after: "after \(new.killAfter)",
                reason: isWider ? new.reason : nil, sectionReason: "onViolation.reason"))
    }
    return changes
}
