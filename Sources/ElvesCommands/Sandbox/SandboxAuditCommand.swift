import ArgumentParser
import ElvesHTTPClient
import ElvesJSON
import ElvesProtocol

struct SandboxAuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract:
            "List every policy that is in use, who published and approved, what is opted out of, and which hosts are weaker.",
        discussion: "A page for the record: `elves sandbox audit --format html > audit.html`; it needs nothing beside itself.")

    enum Format: String, ExpressibleByArgument, CaseIterable { case markdown, json, html }

    @Option(help: "markdown, json or html.")
    var format = Format.markdown
    @OptionGroup var center: CenterOptions

    func run() async throws {
        let audit = try await center.withCenter { try await $0.get("admin/v1/sandbox/audit", as: SandboxAudit.self) }
        switch format {
        case .json: try printJSON(audit)
        case .markdown: printLine(AuditReport(audit).markdown)
        case .html: printLine(AuditReport(audit).html)
        }
    }
}
