package import ElvesJSON
import ElvesSeccomp

/// How exposed a host is by a worker under a policy: 0 is safe, 10 is open. A figure to compare policies by, not a proof.
package struct PolicyScore: Sendable, Equatable {
    package let items: [Item]

    package struct Item: Sendable, Equatable {
        package let name: String
        /// How much it counts, in parts of the sum of all.
        package let weight: Int
        /// From 0, nothing to object to, to 100.
        package let exposure: Int
        package let sentence: String
    }

    /// Tenths, from 0 to 100.
    package var tenths: Int {
        let all = items.reduce(0) { $0 + $1.weight }
        let exposed = items.reduce(0) { $0 + $1.weight * $1.exposure }
        // Rounded up: what is not quite safe is not told as safe.
        return all == 0 ? 0 : (exposed + all - 1) / all
    }

    /// As in `2.5`.
    package var text: String { "\(tenths / 10).\(tenths % 10)" }

    package init(_ document: PolicyDocument, on day: PolicyDate) {
        let policy = document.policy
        items = [
            network(policy), calls(document), dangerousCalls(document), code(document), reading(policy), writing(policy),
            programs(policy), layers(policy, day), violations(policy), memoryOfCalls(policy), amounts(policy),
        ]
    }

    /// The figure, then a line for each item, the worst first.
    package var table: String {
        let sorted = items.sorted { $0.weight * $0.exposure > $1.weight * $1.exposure }
        let lines = sorted.map { item in
            let mark = item.exposure == 0 ? "good" : item.exposure < 67 ? "fair" : "bad "
            return "  \(mark)  \(item.name): \(item.sentence) (weight \(item.weight), exposure \(item.exposure) of 100)"
        }
        return (["exposure \(text) of 10 (0 is safe, 10 is open)"] + lines).joined(separator: "\n")
    }

    package var json: RawJSON {
        .object { object in
            object.add("exposure", text)
            object.add(
                "items",
                items.map { item in
                    .object { object in
                        object.add("name", item.name)
                        object.add("weight", item.weight)
                        object.add("exposure", item.exposure)
                        object.add("sentence", item.sentence)
                    }
                })
        }
    }
}

private typealias Item = PolicyScore.Item

private func network(_ policy: Policy) -> Item {
    let (exposure, sentence) =
        switch policy.network {
        case .none: (0, "no app can reach anything")
        case .loopback: (10, "apps reach themselves only")
        case .proxy: (40, "apps reach what an operator granted them, by name, through the agent")
        }
    return Item(name: "network", weight: 12, exposure: exposure, sentence: sentence)
}

private func calls(_ document: PolicyDocument) -> Item {
    let profile = document.proxyProfile ?? document.profile
    let refusing = profile.defaultAction.openness < 2
    let allowed = Set(profile.rules.filter { $0.action.openness == 2 }.flatMap(\.names)).count
    let known = SystemCallTable.shared.entries.count
    let exposure = refusing ? min(100, allowed * 100 / known) : 100
    return Item(
        name: "system calls", weight: 12, exposure: exposure,
        sentence: refusing
            ? "\(allowed) of \(known) are allowed, the others refused"
            : "what is not listed is allowed, so nothing is known")
}

private func dangerousCalls(_ document: PolicyDocument) -> Item {
    let profile = document.proxyProfile ?? document.profile
    let listed = Set(profile.rules.filter { $0.action.openness == 2 }.flatMap(\.names)).intersection(TripwireCalls.names)
    let open = profile.defaultAction.openness == 2 ? TripwireCalls.names : listed
    return Item(
        name: "dangerous calls", weight: 15, exposure: open.isEmpty ? 0 : 100,
        sentence: open.isEmpty
            ? "none of those that lead out of sandboxes is allowed"
            : "allows \(open.sorted().prefix(5).joined(separator: ", "))")
}

private func code(_ document: PolicyDocument) -> Item {
    let open = WritableCodeWays.open(in: document.profile)
    return Item(
        name: "writable code", weight: 10, exposure: open.isEmpty ? 0 : 100,
        sentence: open.isEmpty
            ? "memory that was written is never run"
            : "allowed are \(open.joined(separator: ", ")): holes in native code are easier to use")
}

private func reading(_ policy: Policy) -> Item {
    let files = policy.filesystem
    let shown = files.roots.count + files.optional.count
    if let first = files.read.first {
        return Item(
            name: "files read", weight: 10, exposure: 70, sentence: "every app reads \(first.path) as its owner reads it")
    }
    return Item(
        name: "files read", weight: 10, exposure: shown == 0 ? 0 : min(40, 10 + shown / 4),
        sentence: shown == 0 ? "nothing of the host is in view" : "\(shown) paths are in view, as everybody reads them")
}

private func writing(_ policy: Policy) -> Item {
    let paths = policy.filesystem.write.map(\.path)
    return Item(
        name: "files written", weight: 12, exposure: paths.isEmpty ? 0 : 100,
        sentence: paths.isEmpty
            ? "nothing of the host can be written without a grant" : "every app writes \(paths.joined(separator: ", "))")
}

private func programs(_ policy: Policy) -> Item {
    let folders = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local"]
    let programs = (policy.filesystem.roots + policy.filesystem.optional).filter { place in
        folders.contains { isPath(place.path, at: $0) || isPath($0, at: place.path) }
    }
    return Item(
        name: "programs", weight: 6, exposure: programs.isEmpty ? 0 : programs.count == 1 ? 20 : 70,
        sentence: programs.isEmpty
            ? "none is in view but the app's own and its runtime"
            : "\(programs.count) of the host in view, to be used by an attacker")
}

private func layers(_ policy: Policy, _ day: PolicyDate) -> Item {
    let required = Set(policy.requirements(on: day).map(\.layer))
    let missing = SandboxLayer.allCases.filter { !required.contains($0) }
    return Item(
        name: "layers", weight: 15, exposure: min(100, missing.count * 34),
        sentence: missing.isEmpty
            ? "all \(SandboxLayer.allCases.count) are required"
            : "may run without \(missing.map(\.rawValue).joined(separator: ", "))")
}

private func violations(_ policy: Policy) -> Item {
    let rule = policy.onViolation
    let exposure = rule.tripwire == .deny ? 100 : rule.killAfter > 1000 ? 60 : rule.standard == .kill ? 0 : 20
    let sentence =
        rule.tripwire == .deny
        ? "who tries a way out may try the next"
        : "a way out that is tried ends the worker, others after \(rule.killAfter) refusals"
    return Item(name: "violations", weight: 4, exposure: exposure, sentence: sentence)
}

private func memoryOfCalls(_ policy: Policy) -> Item {
    let modes = policy.runtime.isolations
    let (exposure, sentence) =
        modes.contains("resident")
        ? (50, "an app may choose workers that keep state from call to call")
        : modes.contains("zygote")
            ? (20, "calls run in clean copies of one process") : (0, "every call has a process of its own")
    return Item(name: "state", weight: 4, exposure: exposure, sentence: sentence)
}

private func amounts(_ policy: Policy) -> Item {
    let resources = policy.resources
    var much: [String] = []
    if resources.memory > 1 << 30 { much.append("\(sizeText(resources.memory)) of memory") }
    if resources.cpu > 1000 { much.append("\(processorText(resources.cpu)) processors") }
    if policy.process.max > 256 { much.append("\(policy.process.max) processes") }
    if resources.cpuTime > 600 { much.append("\(resources.cpuTime)s of processor time") }
    if resources.wall > 86_400 { much.append("\(resources.wall)s for a call") }
    if policy.filesystem.scratch.bytes > 1 << 30 { much.append("\(sizeText(policy.filesystem.scratch.bytes)) in /tmp") }
    return Item(
        name: "amounts", weight: 6, exposure: min(100, much.count * 25),
        sentence: much.isEmpty ? "a worker cannot starve the host" : "much: \(much.joined(separator: ", "))")
}
