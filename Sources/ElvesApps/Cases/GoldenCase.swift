package import ElvesJSON

/// One example of what a function of an app must answer, from the `tests/cases.yaml` of the app's folder.
package struct GoldenCase: Sendable {
    /// Where an app's folder has its cases.
    package static let fileName = "tests/cases.yaml"

    /// A line for people, unique in its file.
    package let name: String
    package let function: String
    /// `{}` where the file gives none.
    package let param: RawJSON
    /// What the app sees at its granted and requested paths, by path: the content of a file.
    package let files: [String: [UInt8]]
    package let secrets: [String: String]
    /// What places in the network answer, by `HOST:PORT`.
    package let network: [String: Answer]
    /// Less than the function's own timeout, in seconds; nil leaves it at that.
    package let timeoutSeconds: Int?
    package let expectation: Expectation

    /// A plain HTTP answer.
    package struct Answer: Sendable, Equatable {
        package let status: Int
        package let headers: [String: String]
        package let body: String
    }
}

/// What an answer must be, and the files after it; what is nil or empty is not looked at.
package struct Expectation: Sendable {
    package var flag: Bool?
    package var result: JSONValue?
    /// Objects: at least these members, at any depth. Texts: a part. Lists: each element is found in one of the result's.
    package var contains: JSONValue?
    /// A pattern that is found in a result that is a text.
    package var matches: Pattern?
    package var reason: String?
    /// Each is a part of some log line.
    package var logs: [String] = []
    /// What files below granted paths hold after the call, by path.
    package var files: [String: [UInt8]] = [:]

    package struct Pattern: Sendable {
        package let text: String
    }

    /// What differs in an answer, a sentence each; empty when all is as expected.
    ///
    /// - Parameter logs: The lines the worker logged during the call.
    package func differences(flag: Bool, result: RawJSON, reason: String?, logs: [String]) -> [String] {
        var found: [String] = []
        if let wanted = self.flag, wanted != flag {
            found.append("flag is \(flag), expected \(wanted)\(reason.map { "; the reason is \($0)" } ?? "")")
        }
        if let wanted = self.reason, wanted != reason {
            found.append("reason is \(reason ?? "none"), expected \(wanted)")
        }
        // A worker's result is known to be JSON; only a number beyond all measure cannot be held as a tree.
        let value = try? JSONValue(result)
        if let wanted = self.result, value != wanted {
            found.append("result is \(shortened(result.text)), expected \(shortened(wanted.json.text))")
        }
        if let wanted = contains, value.map({ wanted.isPart(of: $0) }) != true {
            found.append("result is \(shortened(result.text)), which does not contain \(shortened(wanted.json.text))")
        }
        if let pattern = matches, !pattern.isFound(in: result.stringValue) {
            found.append("result is \(shortened(result.text)), which does not match \(pattern.text)")
        }
        for line in self.logs where !logs.contains(where: { $0.contains(line) }) {
            found.append("no log line has \"\(line)\"; there is \(logs.isEmpty ? "none" : logs.joined(separator: " | "))")
        }
        return found
    }

    private func shortened(_ text: String) -> String { text.count <= 400 ? text : text.prefix(400) + "…" }
}

extension Expectation.Pattern {
    /// - Throws: What is wrong with the pattern.
    package init(_ text: String) throws {
        _ = try Regex(text)
        self.text = text
    }

    func isFound(in text: String?) -> Bool {
        guard let text, let pattern = try? Regex(self.text) else { return false }
        return text.firstMatch(of: pattern) != nil
    }
}

extension JSONValue {
    /// Whether all that this value says holds for the other as well.
    fileprivate func isPart(of other: JSONValue) -> Bool {
        switch (self, other) {
        case (.object(let wanted), .object(let there)):
            wanted.allSatisfy { member in there[member.key].map { member.value.isPart(of: $0) } ?? false }
        case (.array(let wanted), .array(let there)):
            wanted.allSatisfy { element in there.contains { element.isPart(of: $0) } }
        case (.string(let wanted), .string(let there)): there.text.contains(wanted.text)
        default: self == other
        }
    }
}
