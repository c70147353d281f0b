package import ElvesJSON
import ElvesSeccomp

/// A whole policy in sentences, layer by layer, each with the line it comes from.
package struct PolicyExplanation: Sendable, Equatable {
    package let title: String
    package let sentences: [Sentence]

    package struct Sentence: Sendable, Equatable {
        package let layer: PolicyChange.Layer
        package let text: String
        /// Why, as the policy says.
        package let reason: String?
        package let place: String
    }

    package init(_ document: PolicyDocument) {
        let policy = document.policy
        title =
            "\(policy.name), version \(policy.version): \(policy.summary) (sha256:\(document.digest))"
            + (policy.parent.map { " It extends \($0.name) (sha256:\($0.digest))." } ?? "")
        var sentences: [Sentence] = []
        func say(_ layer: PolicyChange.Layer, _ key: String, _ text: String, _ reason: String? = nil) {
            sentences.append(Sentence(layer: layer, text: text, reason: reason, place: document.place(of: key).inFolder))
        }
        for part in policy.sentences { say(part.layer, part.key, part.text, part.reason) }
        let refused = document.profile.defaultAction
        for profile in policy.systemCalls.profiles {
            say(.systemCalls, "syscalls.profiles", "may make the calls that \(profile.file) allows", profile.reason)
        }
        for addition in policy.systemCalls.additions {
            sentences.append(
                Sentence(
                    layer: .systemCalls,
                    text: "may call \(addition.names.joined(separator: ", "))"
                        + (addition.conditions.isEmpty ? "" : " with certain arguments"), reason: addition.reason,
                    place: addition.place.inFolder))
        }
        if !policy.systemCalls.removals.isEmpty {
            say(.systemCalls, "syscalls.remove", "may not call \(policy.systemCalls.removals.joined(separator: ", "))")
        }
        say(.systemCalls, "syscalls", "every other call is \(refused.effect)")
        self.sentences = PolicyChange.Layer.allCases.flatMap { layer in sentences.filter { $0.layer == layer } }
    }

    package var text: String {
        var lines = [title]
        for layer in PolicyChange.Layer.allCases {
            lines.append("")
            lines.append(layer.rawValue)
            for sentence in sentences where sentence.layer == layer {
                lines.append("  - \(sentence.text)" + (sentence.reason.map { ": \($0)" } ?? "") + "  [\(sentence.place)]")
            }
        }
        return lines.joined(separator: "\n")
    }

    package var json: RawJSON {
        .object { object in
            object.add("title", title)
            object.add(
                "sentences",
                sentences.map { sentence in
                    .object { object in
                        object.add("layer", sentence.layer.rawValue)
                        object.add("text", sentence.text)
                        object.add("reason", ifPresent: sentence.reason)
                        object.add("place", sentence.place)
                    }
                })
        }
    }
}

extension PolicyPlace {
    /// Without the folder, in which all that a policy extends lies as well.
    fileprivate var inFolder: String {
        PolicyPlace(file: file.split(separator: "/").last.map(String.init) ?? file, line: line, column: column).description
    }
}

private typealias Part = (layer: PolicyChange.Layer, key: String, text: String, reason: String?)

extension Policy {
    /// Everything but the system calls.
    fileprivate var sentences: [Part] {
        var parts: [Part] = [
            (.runtime, "runtime.interpreter", "runs \(runtime.interpreters.joined(separator: " or, without it, "))", nil),
            (
                .runtime, "runtime.isolation",
                runtime.isolations.isEmpty
                    ? "is for no app: it offers no isolation mode"
                    : "an app may choose among \(runtime.isolations.joined(separator: ", "))", runtime.reason
            ),
        ]
        parts += filesystem.sentences
        switch network {
        case .none: parts.append((.network, "network", "has a network of its own with nothing in it", nil))
        case .loopback(let reason): parts.append((.network, "network", "may connect to itself, and to nothing else", reason))
        case .proxy(_, let reason):
            parts.append(
                (.network, "network", "has no network; an app that was granted places reaches them through the agent", reason))
        }
        parts.append((.process, "process.max", "may have \(process.max) processes and threads at a time", process.reason))
        switch process.writableCode {
        case .deny: parts.append((.process, "process.writableCode", "may not run memory that it has written", nil))
        case .allow(let reason):
            parts.append((.process, "process.writableCode", "may run memory that it has written", reason))
        }
        parts += resources.sentences
        for value in environment {
            parts.append((.environment, "environment.\(value.name)", "\(value.name) is \"\(value.value)\"", nil))
        }
        parts.append((.environment, "environment", "nothing of the agent's environment is passed on", nil))
        switch secrets {
        case .none: parts.append((.secrets, "secrets", "is given none", nil))
        case .descriptor(let reason):
            parts.append(
                (.secrets, "secrets", "reads those that the app names and the operator has set, from a descriptor", reason))
        }
        for requirement in requires {
            parts.append(
                (.requirements, "requires", "is not started where \(requirement) is missing: \(requirement.layer.purpose)", nil)
            )
        }
        for optOut in optOuts {
            parts.append(
                (
                    .requirements, "optOut",
                    "may run without \(optOut.layer) until \(optOut.expires), as \(optOut.approvedBy) has approved",
                    optOut.reason
                ))
        }
        let rule = onViolation
        let standard = rule.standard == .kill ? "ends the worker" : "is refused and recorded"
        let tripwire = rule.tripwire == .kill ? "ends the worker" : "is refused and recorded"
        parts.append((.violations, "onViolation.default", "a call that is not allowed \(standard)", rule.reason))
        parts.append((.violations, "onViolation.tripwire", "one on the tripwire list \(tripwire)", nil))
        parts.append(
            (.violations, "onViolation.killAfter", "after \(rule.killAfter) refusals in one run the worker is ended", nil))
        return parts
    }
}

extension Policy.Filesystem {
    fileprivate var sentences: [Part] {
        var parts: [Part] = []
        func tell(_ key: String, _ places: [Policy.Place], _ words: (String) -> String) {
            for place in places { parts.append((.files, "filesystem.\(key).\(place.path)", words(place.path), place.reason)) }
        }
        tell("roots", roots) { "reads \($0)" }
        tell("optional", optional) { "reads \($0), where it exists" }
        tell("read", read) { "reads \($0) as its owner reads it" }
        tell("write", write) { "writes \($0) as its owner" }
        tell("requestable", requestable) { "reads \($0), if the app asks for it" }
        for link in links {
            parts.append((.files, "filesystem.links.\(link.path)", "\(link.path) leads to \(link.value)", nil))
        }
        parts.append(
            (
                .files, "filesystem.scratch",
                "has \(sizeText(scratch.bytes)) and \(scratch.inodes) files of its own in /tmp, gone with the worker",
                scratch.reason
            ))
        parts.append((.files, "filesystem", "sees the app's folder, read-only, and nothing else of the host", nil))
        return parts
    }
}

extension Policy.Resources {
    fileprivate var sentences: [Part] {
        [
            (.resources, "resources.memory", "\(sizeText(memory)) of memory", reason),
            (.resources, "resources.cpu", "\(processorText(cpu)) processors", nil),
            (.resources, "resources.cpuTime", "\(cpuTime) s of processor time for a call", nil),
            (.resources, "resources.wall", "\(wall) s by the clock for a call", nil),
            (.resources, "resources.files", "\(files) open files in each process", nil),
            (.resources, "resources.fileSize", "files of at most \(sizeText(fileSize))", nil),
            (
                .resources, "resources.stdout",
                "\(sizeText(UInt64(stdout))) of output, in lines of at most \(sizeText(UInt64(stdoutLine)))", nil
            ),
            (.resources, "resources.stderr", "\(sizeText(UInt64(stderr))) of error output is kept", nil),
        ]
    }
}
