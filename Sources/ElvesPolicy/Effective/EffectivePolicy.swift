package import ElvesModel

/// What a worker of one app gets on one host: what its policy says, and of what the app asks for, what the policy offers or
/// an operator has granted.
///
/// Nothing of it is partial: with a refusal the app is not run.
package struct EffectivePolicy: Sendable, Equatable {
    package let policy: Policy
    package let lines: [Line]
    package let refusals: [Refusal]
    /// What an operator granted and nothing comes of.
    package let idleGrants: [IdleGrant]

    /// What the policy offers to every app, and this one asks for.
    package let offeredPaths: [String]
    /// What the operator lets the app read beyond that.
    package let grantedPaths: [String]
    package let writablePaths: [String]
    /// Places that the agent's proxy connects to for the app.
    package let network: [Grant]

    /// One thing that a worker has, and who gave it.
    package struct Line: Sendable, Equatable {
        package let layer: PolicyChange.Layer
        /// The way of keys to it in the policy, or the request.
        package let key: String
        package let value: String
        package let origin: Origin
        package let reason: String?
    }

    package enum Origin: String, Sendable {
        /// Every app under the policy has it.
        case policy
        /// The app asked, and the policy offers it, or the app wants less than it may have.
        case request
        /// The app asked, and an operator granted it.
        case grant
    }

    /// What the app asks for and does not get.
    package struct Refusal: Sendable, Equatable {
        package let request: Grant
        package let cause: Cause

        package enum Cause: Sendable, Equatable {
            case noNetwork, notGranted
            /// Granted, but by more than the signed ceiling allows.
            case aboveCeiling
        }
    }

    package struct IdleGrant: Sendable, Equatable {
        package let grant: Grant
        package let cause: Cause

        package enum Cause: Sendable, Equatable {
            case notAsked, aboveCeiling
        }
    }

    /// - Parameters:
    ///   - grants: What an operator lets the app have on this host.
    ///   - ceiling: The most that this app may be granted; nil where nobody has signed any.
    package init(_ policy: Policy, request: AppRequest, grants: [Grant], ceiling: AppCeiling? = nil) {
        let counting = grants.filter { ceiling?.allows($0) ?? true }
        var lines = policyLines(policy, request)
        var refusals: [Refusal] = []
        var used: Set<Grant> = []
        var (offered, readable, writable, network): ([String], [String], [String], [Grant]) = ([], [], [], [])
        for wish in request.wishes {
            let asked = wish.grant
            let isOffered = asked.kind == .read && policy.filesystem.requestable.contains { $0.path == asked.target }
            let grant = counting.first { $0.covers(asked) }
            if isOffered {
                offered.append(asked.target)
            } else if asked.kind == .network, !policy.network.isProxy {
                refusals.append(Refusal(request: asked, cause: .noNetwork))
                continue
            } else if let grant {
                used.insert(grant)
                switch asked.kind {
                case .read: readable.append(asked.target)
                case .write: writable.append(asked.target)
                case .network: network.append(asked)
                }
            } else {
                let isAbove = grants.contains { $0.covers(asked) }
                refusals.append(Refusal(request: asked, cause: isAbove ? .aboveCeiling : .notGranted))
                continue
            }
            lines.append(
                Line(
                    layer: asked.kind == .network ? .network : .files, key: "request.\(asked)",
                    value: asked.kind == .network ? "connects to \(asked.target)" : "\(asked.kind.rawValue)s \(asked.target)",
                    origin: isOffered ? .request : .grant, reason: wish.reason.isEmpty ? nil : wish.reason))
        }
        self.policy = policy
        self.lines = PolicyChange.Layer.allCases.flatMap { layer in lines.filter { $0.layer == layer } }
        self.refusals = refusals
        idleGrants = grants.compactMap { grant in
            if !counting.contains(grant) { return IdleGrant(grant: grant, cause: .aboveCeiling) }
            return used.contains(grant) ? nil : IdleGrant(grant: grant, cause: .notAsked)
        }
        offeredPaths = offered
        grantedPaths = readable
        writablePaths = writable
        self.network = network
    }
}

extension Policy.Network {
    package var isProxy: Bool { if case .proxy = self { true } else { false } }
}

/// What the policy gives, and where the app is content with less.
private func policyLines(_ policy: Policy, _ request: AppRequest) -> [EffectivePolicy.Line] {
    var lines: [EffectivePolicy.Line] = []
    func add(_ layer: PolicyChange.Layer, _ key: String, _ value: String, _ reason: String? = nil) {
        lines.append(.init(layer: layer, key: key, value: value, origin: .policy, reason: reason))
    }
    func limit(_ layer: PolicyChange.Layer, _ key: String, _ own: UInt64, _ wanted: UInt64?, _ words: (UInt64) -> String) {
        let isLess = wanted.map { $0 < own } ?? false
        lines.append(
            .init(
                layer: layer, key: key, value: words(min(own, wanted ?? own)), origin: isLess ? .request : .policy,
                reason: isLess ? "the app wants no more; the policy has \(words(own))" : nil))
    }
    let offered = policy.runtime.isolations
    let modes = request.isolations.isEmpty ? offered : offered.filter(request.isolations.contains)
    add(.runtime, "runtime.interpreter", policy.runtime.interpreters.joined(separator: " or "))
    add(.runtime, "runtime.isolation", modes.joined(separator: ", "), policy.runtime.reason)
    let files = policy.filesystem
    for (key, places) in [("roots", files.roots), ("optional", files.optional)] {
        for place in places { add(.files, "filesystem.\(key).\(place.path)", "reads \(place.path)", place.reason) }
    }
    for place in files.read { add(.files, "filesystem.read.\(place.path)", "reads \(place.path) as its owner", place.reason) }
    for place in files.write { add(.files, "filesystem.write.\(place.path)", "writes \(place.path)", place.reason) }
    limit(.files, "filesystem.scratch", files.scratch.bytes, request.limits[.scratch]) {
        "\(sizeText($0)) and \(files.scratch.inodes) files in /tmp"
    }
    switch policy.network {
    case .none: add(.network, "network", "none")
    case .loopback(let reason): add(.network, "network", "within the sandbox only", reason)
    case .proxy: add(.network, "network", "none but what is granted")
    }
    limit(.process, "process.max", policy.process.max, request.limits[.processes]) { "\($0) processes and threads" }
    if case .allow(let reason) = policy.process.writableCode {
        add(.process, "process.writableCode", "memory that was written may be run", reason)
    }
    let resources = policy.resources
    limit(.resources, "resources.memory", resources.memory, request.limits[.memory]) { "\(sizeText($0)) of memory" }
    limit(.resources, "resources.files", resources.files, request.limits[.files]) { "\($0) open files" }
    limit(.resources, "resources.stdout", UInt64(resources.stdout), request.limits[.output]) { "\(sizeText($0)) of output" }
    limit(.resources, "resources.stderr", UInt64(resources.stderr), request.limits[.output]) { "\(sizeText($0)) of errors" }
    add(.resources, "resources.cpu", "\(processorText(resources.cpu)) processors")
    limit(.resources, "resources.cpuTime", resources.cpuTime, request.limits[.processorTime]) {
        "\($0)s of processor time for a call"
    }
    add(.resources, "resources.wall", "\(resources.wall)s by the clock for a call")
    add(.resources, "resources.fileSize", "files of \(sizeText(resources.fileSize))")
    for name in request.secrets.sorted() { lines.append(secretLine(name, policy)) }
    for profile in policy.systemCalls.profiles {
        add(.systemCalls, "syscalls.profiles", "what \(profile.file) allows", profile.reason)
    }
    for addition in policy.systemCalls.additions {
        add(.systemCalls, "syscalls.add", addition.names.joined(separator: ", "), addition.reason)
    }
    for requirement in policy.requires { add(.requirements, "requires", "\(requirement)") }
    for optOut in policy.optOuts {
        add(.requirements, "optOut", "may run without \(optOut.layer) until \(optOut.expires)", optOut.reason)
    }
    return lines
}

private func secretLine(_ name: String, _ policy: Policy) -> EffectivePolicy.Line {
    let isOffered = policy.secrets != .none
    return .init(
        layer: .secrets, key: "secrets",
        value: isOffered ? "reads secret \"\(name)\"" : "secret \"\(name)\" is not passed on: the policy offers none",
        origin: .request, reason: nil)
}
