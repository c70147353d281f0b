import Crypto
import ElvesFiles
package import ElvesModel
package import ElvesSeccomp

/// A policy with everything it refers to read in: what people ask about, and what filters are made of.
package struct PolicyDocument: Sendable {
    package let policy: Policy
    /// Where each part of the policy stands, by the way of keys to it, such as `filesystem.roots./usr/lib/python3.11`;
    /// what is inherited stands in the file it comes from.
    package let places: [String: PolicyPlace]
    /// The system calls of every worker.
    package let profile: SeccompProfile
    /// For apps that were granted a network through the agent's proxy; nil where the policy offers none.
    package let proxyProfile: SeccompProfile?
    /// What is wider in it, and in each policy that it extends, than in the next one below; empty if it extends none.
    package private(set) var widenings: [PolicyChange] = []
    /// What the policy takes away although no profile allows it.
    let idleRemovals: [String]
    /// The policy as it is stored and signed: canonical JSON, with the digest of each system call profile.
    package let canonicalJSON: [UInt8]
    /// Over the canonical JSON: what records, signatures and `extends` call the policy by.
    package let digest: ElvesModel.Digest

    /// How many policies may stand on each other.
    package static let depthLimit = 8

    /// Reads and checks a policy file, those it extends and the profiles it names, all in one folder.
    ///
    /// - Throws: `SandboxError` with the place of the fault.
    package init(contentsOf path: String) throws(SandboxError) {
        try self.init(contentsOf: path, depth: Self.depthLimit)
    }

    private init(contentsOf path: String, depth: Int) throws(SandboxError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let text = String(decoding: try read(path, limit: Policy.sizeLimit), as: UTF8.self)
        var base: PolicyDocument?
        let node: PolicyNode
        do {
            node = PolicyNode(node: try composed(text, path), key: "", file: path)
            policy = try Policy(node) { (node) throws(PolicyError) in
                let found = try Self.parent(node, in: folder, depth: depth)
                base = found
                return (found.policy, Policy.Parent(name: found.policy.name, digest: found.digest.hex))
            }
        } catch {
            throw .policy(error)
        }
        places = (base?.places ?? [:]).merging(node.places) { $1 }

        var files = ProfileFolder(path: folder)
        var whole = try files.profile(policy.systemCalls.profiles[0])
        for profile in policy.systemCalls.profiles.dropFirst() { whole = whole.adding(try files.profile(profile)) }
        let allowed = Set(whole.rules.filter { $0.action.openness == 2 }.flatMap(\.names))
        idleRemovals = policy.systemCalls.removals.filter { !allowed.contains($0) }
        whole = whole.changed(by: policy.systemCalls)
        profile = whole
        if case .proxy(let name, let reason) = policy.network {
            let added = try files.profile(.init(file: name, reason: reason, digest: nil))
            proxyProfile = whole.withoutRefusals(of: added.allowedNames).adding(added)
        } else {
            proxyProfile = nil
        }
        canonicalJSON = try policy.canonicalJSON(profiles: files.digests)
        digest = ElvesModel.Digest(bytes: SHA256.hash(data: canonicalJSON))
        guard let base else { return }
        // Who extends a signed policy has to say what for, before anything runs.
        let widened = PolicyDiff(from: base, to: self).widened
        widenings = base.widenings + widened
        let unreasoned = widened.first { change in
            // A reason that is inherited was given for less.
            change.reason == nil || change.sectionReason.map { places[$0]?.file != path } ?? false
        }
        if let widening = unreasoned {
            throw .policy(
                .badValue(
                    place(of: widening.key), key: widening.key,
                    reason: "widens policy \"\(base.policy.name)\" without a reason (\(widening.inWords)): say why"))
        }
    }

    /// The policy that `extends` names, if it is still the one that was meant.
    private static func parent(_ node: PolicyNode, in folder: String, depth: Int) throws(PolicyError) -> PolicyDocument {
        let fields = try node.fields(["name", "digest"])
        let nameNode = try fields.require("name")
        let name = try nameNode.policyName()
        let digestNode = try fields.require("digest")
        let wanted = try digestNode.digest()
        guard depth > 1 else { throw nameNode.bad("is the \(depthLimit + 1)th policy in a row: do they extend each other?") }
        let found: PolicyDocument
        do {
            found = try PolicyDocument(contentsOf: "\(folder)\(name).yaml", depth: depth - 1)
        } catch .policy(let error) {
            throw error
        } catch {
            throw nameNode.bad("cannot be used: \(error)")
        }
        guard found.digest.hex == wanted else {
            throw digestNode.bad(
                "is sha256:\(wanted), but policy \"\(name)\" here is sha256:\(found.digest.hex): look at what changed, then "
                    + "name that digest")
        }
        return found
    }

    /// Where a part of the policy stands, or the part that it belongs to.
    package func place(of key: String) -> PolicyPlace {
        var key = key[...]
        while true {
            if let place = places[String(key)] { return place }
            guard let end = key.lastIndex(where: { $0 == "." || $0 == "/" || $0 == "[" }) else { break }
            key = key[..<end]
        }
        return places[""] ?? PolicyPlace(file: policy.name, line: 1, column: 1)
    }
}

/// Reads system call profiles beside a policy and remembers their digests.
private struct ProfileFolder {
    let path: String
    /// By file name, 64 hexadecimal digits.
    var digests: [String: String] = [:]

    mutating func profile(_ wanted: Policy.SystemCalls.Profile) throws(SandboxError) -> SeccompProfile {
        let file = path + wanted.file
        let json = try read(file, limit: SeccompProfile.sizeLimit)
        let digest = ElvesModel.Digest(bytes: SHA256.hash(data: json)).hex
        if let expected = wanted.digest, expected != digest { throw .changed(file: file, wanted: expected, found: digest) }
        digests[wanted.file] = digest
        do { return try SeccompProfile(json: json, file: wanted.file) } catch { throw .seccomp(file: file, error) }
    }
}

private func read(_ path: String, limit: Int) throws(SandboxError) -> [UInt8] {
    do { return try readFile(path, limit: limit) } catch { throw .policy(.unreadable(error)) }
}

extension SeccompProfile {
    /// With what a policy adds to its profiles and takes away from them.
    fileprivate func changed(by calls: Policy.SystemCalls) -> SeccompProfile {
        let kept = rules.compactMap { $0.without(calls.removals, where: { $0 == .allow || $0 == .log }) }
        let added = calls.additions.enumerated().map { index, addition in
            SeccompRule(
                names: addition.names, action: .allow,
                conditions: addition.conditions.map {
                    SeccompCondition(index: $0.argument, comparison: .maskedEqual, value: $0.mask, secondValue: $0.value)
                }, comment: addition.reason,
                position: SourcePosition(
                    file: addition.place.file, line: addition.place.line, column: addition.place.column), index: index)
        }
        return replacingRules(kept).withoutRefusals(of: Set(calls.additions.flatMap(\.names))).addingRules(added)
    }

    /// What is allowed on purpose is not also refused by name.
    fileprivate func withoutRefusals(of names: Set<String>) -> SeccompProfile {
        replacingRules(rules.compactMap { $0.without(Array(names), where: { $0 != .allow && $0 != .log }) })
    }

    fileprivate var allowedNames: Set<String> { Set(rules.filter { $0.action == .allow }.flatMap(\.names)) }

    private func addingRules(_ more: [SeccompRule]) -> SeccompProfile { replacingRules(rules + more) }

    private func replacingRules(_ rules: [SeccompRule]) -> SeccompProfile {
        SeccompProfile(
            defaultAction: defaultAction, defaultPosition: defaultPosition, architectures: architectures, rules: rules)
    }
}

extension SeccompRule {
    /// Without these calls, if its action is meant; nil if none is left.
    fileprivate func without(_ calls: [String], where isMeant: (SeccompAction) -> Bool) -> SeccompRule? {
        guard isMeant(action), names.contains(where: calls.contains) else { return self }
        let rest = names.filter { !calls.contains($0) }
        guard !rest.isEmpty else { return nil }
        return SeccompRule(
            names: rest, action: action, conditions: conditions, comment: comment, position: position, index: index)
    }
}
