import ElvesModel
import ElvesProtocol

/// An audit as a document: a title, sections, and in each a sentence and a table.
struct AuditReport {
    struct Section {
        let title: String
        /// What it means, or that there is nothing to list.
        let sentence: String
        let header: [String]
        let rows: [[String]]
    }

    let title: String
    let sections: [Section]

    init(_ audit: SandboxAudit) {
        title = "Sandboxes in use, \(audit.madeAt.iso8601)"
        sections = [Self.policies(audit), Self.apps(audit), Self.optOuts(audit), Self.weaker(audit), Self.unknown(audit)]
    }

    // MARK: Sections

    private static func policies(_ audit: SandboxAudit) -> Section {
        let byPolicy = Dictionary(grouping: audit.uses) { $0.policy.digest }
        let rows = byPolicy.values.map { uses in
            let policy = uses[0].policy
            return [
                "\(policy.name) \(policy.version)", policy.digest.hex, "\(Set(uses.map(\.app)).count)",
                "\(Set(uses.map(\.agent)).count)",
            ]
        }.sorted { $0[0] < $1[0] }
        return Section(
            title: "Policies",
            sentence: rows.isEmpty
                ? "No app is online on a host that has a link."
                : "A policy with two digests is not the same on all hosts: compare them with `elves sandbox diff`.",
            header: ["policy", "digest", "apps", "hosts"], rows: rows)
    }

    private static func apps(_ audit: SandboxAudit) -> Section {
        let hosts = Dictionary(audit.hosts.map { ($0.agent, $0) }) { first, _ in first }
        let rows: [[String]] = audit.uses.map { use in
            let grants = use.grants.map(\.description).joined(separator: ", ")
            let approval = use.approvedBy.map { "\($0), \(use.approvedAt?.iso8601 ?? "")" }
            return [
                "\(use.app) \(use.version)", hosts[use.agent].map { "\($0.ip) \($0.hostName)" } ?? use.agent.text,
                "\(use.policy.name) \(use.policy.version)",
                grants.isEmpty ? "nothing" : grants, use.publishedBy?.text ?? "not recorded",
                approval ?? "asked for nothing new",
            ]
        }.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
        return Section(
            title: "Apps",
            sentence: rows.isEmpty
                ? "No app is online." : "What each app has beside its policy, who published it and who approved that.",
            header: ["app", "host", "policy", "granted", "published by", "approved by"], rows: rows)
    }

    private static func optOuts(_ audit: SandboxAudit) -> Section {
        let rows = audit.uses.flatMap { use in
            use.policy.optOuts.map { optOut in
                [
                    optOut.expires, optOut.layer, "\(use.app) \(use.version)", use.agent.text, optOut.approvedBy,
                    optOut.reason,
                ]
            }
        }.sorted { $0.joined(separator: " ") < $1.joined(separator: " ") }
        return Section(
            title: "Opt-outs by expiry",
            sentence: rows.isEmpty
                ? "No layer is opted out of." : "Each ends by itself on its day; the first to end come first.",
            header: ["expires", "layer", "app", "agent", "approved by", "reason"], rows: rows)
    }

    private static func weaker(_ audit: SandboxAudit) -> Section {
        let rows = audit.hosts.flatMap { host in
            host.missingLayers.map { ["\(host.ip) \(host.hostName)", $0.name, $0.why] }
        }
        return Section(
            title: "Weaker hosts",
            sentence: rows.isEmpty
                ? "Every host that has a link has every layer."
                : "An app is not run where a layer is missing that its policy asks for and does not opt out of.",
            header: ["host", "layer", "why, and what would change it"], rows: rows)
    }

    private static func unknown(_ audit: SandboxAudit) -> Section {
        let rows = audit.hosts.filter { !$0.isLinked }.map { ["\($0.ip) \($0.hostName)", $0.agent.text] }
        return Section(
            title: "Hosts that were not asked",
            sentence: rows.isEmpty ? "Every agent has a link." : "They have no link: what runs there is not in this page.",
            header: ["host", "agent"], rows: rows)
    }
}

extension AuditReport {
    var markdown: String {
        func line(_ cells: [String]) -> String {
            // A cell is text of others: it ends no row and no cell.
            "| "
                + cells.map { $0.replacing("\\", with: "\\\\").replacing("|", with: "\\|").replacing("\n", with: " ") }
                .joined(separator: " | ") + " |"
        }
        return sections.reduce("# \(title)\n") { text, section in
            var text = text + "\n## \(section.title)\n\n\(section.sentence)\n"
            if !section.rows.isEmpty {
                let rule = "|" + section.header.map { _ in " --- |" }.joined()
                text += "\n" + ([line(section.header), rule] + section.rows.map(line)).joined(separator: "\n") + "\n"
            }
            return text
        }
    }

    /// One page without any other file: no script, no font, no image.
    var html: String {
        let body = sections.map { section in
            let table =
                section.rows.isEmpty
                ? ""
                : "<table><thead>\(row("th", section.header))</thead><tbody>"
                    + section.rows.map { row("td", $0) }.joined(separator: "\n") + "</tbody></table>"
            return "<section><h2>\(escaped(section.title))</h2><p>\(escaped(section.sentence))</p>\(table)</section>"
        }.joined(separator: "\n")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(escaped(title))</title>
            <style>
            :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
            body { max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
            section { overflow-x: auto; }
            table { border-collapse: collapse; width: 100%; }
            th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8886;
              overflow-wrap: anywhere; }
            </style></head>
            <body><h1>\(escaped(title))</h1>
            \(body)
            </body></html>
            """
    }

    private func row(_ tag: String, _ cells: [String]) -> String {
        "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
