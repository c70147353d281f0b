/// One amount of a policy.
private struct Amount {
    let layer: PolicyChange.Layer
    let key: String
    let value: @Sendable (Policy) -> UInt64
    let words: @Sendable (UInt64) -> String

    static let all: [Amount] = [
        Amount(layer: .files, key: "filesystem.scratch.size", value: { $0.filesystem.scratch.bytes }, words: sizeText),
        Amount(layer: .files, key: "filesystem.scratch.inodes", value: { $0.filesystem.scratch.inodes }, words: { "\($0)" }),
        Amount(layer: .process, key: "process.max", value: { $0.process.max }, words: { "\($0)" }),
        Amount(layer: .resources, key: "resources.memory", value: { $0.resources.memory }, words: sizeText),
        Amount(layer: .resources, key: "resources.cpu", value: { $0.resources.cpu }, words: processorText),
        Amount(layer: .resources, key: "resources.cpuTime", value: { $0.resources.cpuTime }, words: { "\($0)s" }),
        Amount(layer: .resources, key: "resources.wall", value: { $0.resources.wall }, words: { "\($0)s" }),
        Amount(layer: .resources, key: "resources.files", value: { $0.resources.files }, words: { "\($0)" }),
        Amount(layer: .resources, key: "resources.fileSize", value: { $0.resources.fileSize }, words: sizeText),
        Amount(
            layer: .resources, key: "resources.stdoutLine", value: { UInt64($0.resources.stdoutLine) }, words: sizeText),
        Amount(layer: .resources, key: "resources.stdout", value: { UInt64($0.resources.stdout) }, words: sizeText),
        Amount(layer: .resources, key: "resources.stderr", value: { UInt64($0.resources.stderr) }, words: sizeText),
    ]
}

func numberChanges(_ old: Policy, _ new: Policy) -> [PolicyChange] {
    Amount.all.compactMap { amount in
        let (before, after) = (amount.value(old), amount.value(new))
        guard before != after else { return nil }
        let (reason, section) =
            switch amount.layer {
            case .files: (new.filesystem.scratch.reason, "filesystem.scratch.reason")
            case .process: (new.process.reason, "process.reason")
            default: (new.resources.reason, "resources.reason")
            }
        return PolicyChange(
            amount.layer, after > before ? .widened : .narrowed, amount.key, before: amount.words(before),
            after: amount.words(after), reason: after > before ? reason : nil, sectionReason: section)
    }
}

/// What is one of a few words, the strictest first.
func choiceChanges(_ old: Policy, _ new: Policy) -> [PolicyChange] {
    func change(
        _ layer: PolicyChange.Layer, _ key: String, _ before: (rank: Int, words: String, reason: String?),
        _ after: (rank: Int, words: String, reason: String?)
    ) -> PolicyChange? {
        guard before.words != after.words else { return nil }
        let direction: PolicyChange.Direction =
            after.rank > before.rank ? .widened : after.rank < before.rank ? .narrowed : .changed
        return PolicyChange(
            layer, direction, key, before: before.words, after: after.words,
            reason: direction == .widened ? after.reason : nil)
    }
    return [
        change(.network, "network", old.network.choice, new.network.choice),
        change(.process, "process.writableCode", old.process.writableCode.choice, new.process.writableCode.choice),
        change(.secrets, "secrets", old.secrets.choice, new.secrets.choice),
    ].compactMap { $0 }
}

extension Policy.Network {
    fileprivate var choice: (rank: Int, words: String, reason: String?) {
        switch self {
        case .none: (0, "none", nil)
        case .loopback(let reason): (1, "loopback", reason)
        case .proxy(let profile, let reason): (2, "granted places through the agent's proxy (\(profile))", reason)
        }
    }
}

extension Policy.WritableCode {
    fileprivate var choice: (rank: Int, words: String, reason: String?) {
        switch self {
        case .deny: (0, "memory that was written is never run", nil)
        case .allow(let reason): (1, "memory that was written may be run", reason)
        }
    }
}

extension Policy.Secrets {
    fileprivate var choice: (rank: Int, words: String, reason: String?) {
        switch self {
        case .none: (0, "none", nil)
        case .descriptor(let reason): (1, "through a descriptor", reason)
        }
    }
}
