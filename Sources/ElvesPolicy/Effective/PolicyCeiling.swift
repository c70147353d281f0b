package import ElvesModel

/// The most that operators may grant, app by app: the text of `grants.yaml`, which the repository's `policy` role signs.
///
/// An operator's grant counts as far as the ceiling goes; an app that no entry names may be granted nothing.
package struct PolicyCeiling: Sendable, Equatable {
    package static let schema = "elves.grants/v1"
    /// The longest text that is read, in bytes.
    package static let sizeLimit = 256 << 10

    package let version: Int
    package let summary: String
    package let entries: [Entry]

    package struct Entry: Sendable, Equatable {
        /// An app's name, or the beginning of one and `*`.
        package let apps: String
        package let grants: [Grant]
        /// What a policy of an operator's own may widen in the policy that it extends: keys such as
        /// `resources.memory`, which mean all below them.
        package let widenings: [String]
        package let reason: String
        package let approvedBy: String
    }

    /// What all entries for an app allow together.
    package func ceiling(for app: AppName) -> AppCeiling {
        let matching = entries.filter { entry in
            entry.apps.hasSuffix("*") ? app.text.hasPrefix(entry.apps.dropLast()) : entry.apps == app.text
        }
        return AppCeiling(grants: matching.flatMap(\.grants), widenings: matching.flatMap(\.widenings))
    }
}

/// The most that one app may be granted.
package struct AppCeiling: Sendable, Equatable {
    package let grants: [Grant]
    package let widenings: [String]

    package init(grants: [Grant], widenings: [String] = []) {
        self.grants = grants
        self.widenings = widenings
    }

    package func allows(_ grant: Grant) -> Bool { grants.contains { $0.covers(grant) } }

    /// What an operator's own policy widens in the one that it extends, and may not.
    package func refusedWidenings(in policy: PolicyDocument) -> [PolicyChange] {
        policy.widenings.filter { change in
            !widenings.contains { change.key == $0 || change.key.hasPrefix($0 + ".") }
        }
    }
}

extension PolicyCeiling {
    /// - Parameter file: What errors call the text.
    /// - Throws: `PolicyError` with the line and column of the first fault.
    package init(yaml: String, file: String) throws(PolicyError) {
        let top = try PolicyNode(node: composed(yaml, file), key: "", file: file).fields([
            "schema", "version", "summary", "apps",
        ])
        try top.require("schema").mustBe(Self.schema, "this build reads no other format")
        version = Int(try top.require("version").integer(in: 1...1_000_000))
        summary = try top.require("summary").word()
        _ = try top.require("apps")
        entries = try top.list("apps", Entry.init)
    }
}

extension PolicyCeiling.Entry {
    fileprivate init(_ node: PolicyNode) throws(PolicyError) {
        let fields = try node.fields(["name", "grants", "widenings", "reason", "approvedBy"])
        let nameNode = try fields.require("name")
        let pattern = try nameNode.word()
        let stem = pattern.hasSuffix("*") ? String(pattern.dropLast()) : pattern
        guard !stem.contains("*"), stem.isEmpty || (try? AppName(stem.hasSuffix("-") ? stem + "a" : stem)) != nil else {
            throw nameNode.bad("is \"\(pattern)\", must be the name of an app, or the beginning of one and *")
        }
        let grants = try fields.list("grants") { (node) throws(PolicyError) in
            let text = try node.text()
            do throws(InvalidName) { return try Grant(text) } catch { throw node.bad("is \"\(text)\", must be \(error.rule)") }
        }
        let widenings = try fields.list("widenings") { (node) throws(PolicyError) in
            let key = try node.text()
            guard let first = key.split(separator: ".").first, Policy.keys.contains(String(first)) else {
                throw node.bad("is \"\(key)\", must be a key of a policy such as resources.memory or syscalls.connect")
            }
            return key
        }
        self.init(
            apps: pattern, grants: grants, widenings: widenings, reason: try fields.require("reason").word(),
            approvedBy: try fields.require("approvedBy").word())
    }
}
