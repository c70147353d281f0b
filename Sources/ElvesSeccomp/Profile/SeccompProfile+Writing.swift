import ElvesJSON

extension SeccompProfile {
    /// The profile as an OCI `LinuxSeccomp` object, one rule a line, which reads back as the same profile.
    ///
    /// - Parameter comment: For people; runtimes pass it over.
    package func json(comment: String? = nil) -> [UInt8] {
        var members: [String] = []
        if let comment { members.append("\"comment\": \(RawJSON.string(comment))") }
        members += defaultAction.members(action: "defaultAction", errno: "defaultErrnoRet")
        if !architectures.isEmpty { members.append("\"architectures\": \(list(architectures))") }
        let lines = rules.map { "    {\($0.members.joined(separator: ", "))}" }
        members.append(lines.isEmpty ? "\"syscalls\": []" : "\"syscalls\": [\n\(lines.joined(separator: ",\n"))\n  ]")
        return Array("{\n\(members.map { "  \($0)" }.joined(separator: ",\n"))\n}\n".utf8)
    }
}

extension SeccompRule {
    fileprivate var members: [String] {
        var members = ["\"names\": \(list(names))"] + action.members(action: "action", errno: "errnoRet")
        if !conditions.isEmpty {
            members.append("\"args\": [\(conditions.map(\.object).joined(separator: ", "))]")
        }
        if let comment { members.append("\"comment\": \(RawJSON.string(comment))") }
        return members
    }
}

extension SeccompCondition {
    fileprivate var object: String {
        let second = comparison == .maskedEqual ? ", \"valueTwo\": \(secondValue)" : ""
        return "{\"index\": \(index), \"value\": \(value)\(second), \"op\": \"\(comparison.rawValue)\"}"
    }
}

extension SeccompAction {
    fileprivate func members(action key: String, errno errnoKey: String) -> [String] {
        let name = "\"\(key)\": \"\(ociName)\""
        return if case .fail(let errno) = self { [name, "\"\(errnoKey)\": \(errno)"] } else { [name] }
    }
}

private func list(_ texts: [String]) -> String { "[\(texts.map { "\(RawJSON.string($0))" }.joined(separator: ", "))]" }
