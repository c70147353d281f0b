package import ElvesJSON
import ElvesModel

extension RequestProposal {
    /// The keys `sandbox` and `limits` of the manifest as they are proposed, for a person to copy.
    ///
    /// A wish without a reason has an empty one, which no manifest may have: who asks says why.
    package var yaml: String {
        var lines: [String] = []
        let groups: [(Grant.Kind, key: String)] = [(.read, "path"), (.write, "path"), (.network, "host")]
        var sandbox: [String] = []
        var files: [String] = []
        for (kind, key) in groups {
            let wishes = proposed.wishes.filter { $0.grant.kind == kind }
            guard !wishes.isEmpty else { continue }
            let depth = kind == .network ? "  " : "    "
            var list = ["\(depth)\(kind.rawValue):"]
            for wish in wishes {
                list.append("\(depth)  - \(key): \(RawJSON.string(wish.grant.target))")
                list.append(
                    "\(depth)    reason: \(RawJSON.string(wish.reason))" + (wish.reason.isEmpty ? "  # say what for" : ""))
            }
            if kind == .network { sandbox += list } else { files += list }
        }
        if !files.isEmpty { sandbox = ["  filesystem:"] + files + sandbox }
        if !sandbox.isEmpty { lines += ["sandbox:"] + sandbox }
        let limits = AppRequest.Limit.allCases.compactMap { limit in proposed.limits[limit].map { (limit, $0) } }
        if !limits.isEmpty {
            lines.append("limits:")
            for (limit, amount) in limits {
                lines.append("  \(limit.rawValue): \(limit.isSize ? sizeText(amount) : "\(amount)")")
            }
        }
        return lines.isEmpty ? "# nothing beside the policy: neither sandbox nor limits" : lines.joined(separator: "\n")
    }

    package var json: RawJSON {
        .object { object in
            object.add("equal", isEqual)
            object.add("wishes", proposed.wishes.map(\.grant.description))
            object.add("limits") { limits in
                for limit in AppRequest.Limit.allCases {
                    if let amount = proposed.limits[limit] { limits.add(limit.rawValue, amount) }
                }
            }
            object.add("diff", diff.json)
            object.add("beyond", beyond)
            object.add("notes", notes)
            object.add("yaml", yaml)
        }
    }
}
