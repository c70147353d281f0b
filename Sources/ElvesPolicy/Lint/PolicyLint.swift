package import ElvesJSON

/// What a careful reader would object to in a policy.
package struct PolicyLint: Sendable, Equatable {
    package let findings: [Finding]

    package struct Finding: Sendable, Equatable {
        package let rule: Rule
        /// The file, and where it can be told, line and column.
        package let place: String
        package let text: String
    }

    package enum Rule: String, Sendable, CaseIterable {
        case reasonMissing = "reason-missing"
        case unknownCall = "unknown-call"
        case deadRule = "dead-rule"
        case writableCode = "writable-code"
        case writableProgram = "writable-program"
        case broadPath = "broad-path"
        case narrowArgument = "narrow-argument"
        case dangerousCall = "dangerous-call"
        case optOut = "opt-out"
    }

    package var isClean: Bool { findings.isEmpty }

    /// - Parameters:
    ///   - strictest: The policy beyond which everything needs a reason.
    ///   - day: Today, in UTC.
    package init(_ document: PolicyDocument, strictest: PolicyDocument, on day: PolicyDate) {
        var findings = reasonFindings(document, strictest)
        findings += fileFindings(document)
        findings += callFindings(document)
        findings += writableCodeFindings(document)
        for optOut in document.policy.optOuts {
            let place = "\(document.place(of: "optOut"))"
            if let problem = optOut.problem(on: day) {
                findings.append(Finding(rule: .optOut, place: place, text: problem))
            } else if !document.policy.requires.contains(where: { $0.layer == optOut.layer }) {
                let text = "opts out of \(optOut.layer), which the policy does not require"
                findings.append(Finding(rule: .deadRule, place: place, text: text))
            }
        }
        self.findings = findings
    }

    package var json: RawJSON {
        .object { object in
            object.add("clean", isClean)
            object.add(
                "findings",
                findings.map { finding in
                    .object { object in
                        object.add("rule", finding.rule.rawValue)
                        object.add("place", finding.place)
                        object.add("text", finding.text)
                    }
                })
        }
    }

    /// A line for each finding, as compilers write them.
    package var text: String {
        findings.map { "\($0.place): \($0.text) [\($0.rule.rawValue)]" }.joined(separator: "\n")
    }
}

private func reasonFindings(_ document: PolicyDocument, _ strictest: PolicyDocument) -> [PolicyLint.Finding] {
    PolicyDiff(from: strictest, to: document).widenedWithoutReason.map { change in
        let waysOut =
            switch change.layer {
            case .requirements: "require it; where it cannot be had, an optOut says so for a time"
            default: "say why, or stay within \"\(strictest.policy.name)\""
            }
        return PolicyLint.Finding(
            rule: .reasonMissing, place: "\(document.place(of: change.key))",
            text: "\(change.inWords): more than the strictest policy, without a reason: \(waysOut)")
    }
}

/// Folders that hold much more than any app needs, and what they give away.
private let broadFolders = [
    "/": "the whole host", "/boot": "the kernel", "/etc": "the settings of the host, and /etc/shadow where the owner is root",
    "/home": "the files of people", "/lib": "all libraries", "/lib64": "all libraries", "/media": "other disks",
    "/mnt": "other disks", "/opt": "other programs", "/root": "the files of the administrator",
    "/run": "the sockets of the host's services", "/srv": "the data of all services", "/sys": "the devices",
    "/usr": "all programs", "/usr/bin": "all programs", "/usr/sbin": "all programs", "/usr/lib": "all libraries",
    "/var": "the data of all services", "/var/lib": "the data of all services", "/var/log": "the logs of all services",
    "/var/run": "the sockets of the host's services",
]

private func fileFindings(_ document: PolicyDocument) -> [PolicyLint.Finding] {
    let files = document.policy.filesystem
    let readable = [("roots", files.roots), ("optional", files.optional), ("read", files.read)]
    let all = readable + [("requestable", files.requestable), ("write", files.write)]
    var findings: [PolicyLint.Finding] = []
    func found(_ rule: PolicyLint.Rule, _ key: String, _ text: String) {
        findings.append(.init(rule: rule, place: "\(document.place(of: "filesystem.\(key)"))", text: text))
    }
    for (key, places) in all {
        for place in places {
            let folder = broadFolders[place.path].map { "is \($0)" }
            let people = ["/home", "/root"].contains { isPath(place.path, at: $0) } ? "are files of people" : nil
            guard let what = folder ?? people else { continue }
            found(.broadPath, "\(key).\(place.path)", "\(place.path) \(what): name the files that are needed")
        }
    }
    for write in files.write {
        for (_, places) in readable {
            for place in places where isPath(place.path, at: write.path) || isPath(write.path, at: place.path) {
                found(
                    .writableProgram, "write.\(write.path)",
                    "\(write.path) can be written, and \(place.path) is shown to be read and run: keep the two apart")
            }
        }
    }
    // A folder that is shown shows what lies in it.
    for (key, places) in readable + [("requestable", files.requestable)] {
        for place in places {
            let folder = (files.roots + files.read).first { $0.path != place.path && isPath(place.path, at: $0.path) }
            guard let folder else { continue }
            found(.deadRule, "\(key).\(place.path)", "\(place.path) is shown already, with \(folder.path): take it out")
        }
    }
    return findings
}
