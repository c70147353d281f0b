import ArgumentParser
import ElvesAgent
import ElvesApps
import ElvesJSON
import ElvesModel
import ElvesPolicy
import Foundation

extension AppCommand {
    struct Learn: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Watch an app's golden cases and propose the smallest request for its manifest.",
            discussion: """
                Runs tests/cases.yaml in the app's sandbox with every system call watched, and prints what `sandbox` and `limits` \
                of app.yaml would have to say for it: what it tried and does not ask for, what it asks for and never tried, and \
                limits with headroom. Nothing is changed. The proposal knows only what the cases did; system calls that the policy \
                does not allow are carried out meanwhile, so do this with apps that you would run anyway.
                """)

        @Argument(help: "The app's folder.")
        var folder = "."
        @Flag(help: "Exit with 1 if the proposal is not what the manifest says.")
        var check = false
        @OptionGroup var output: JSONOption

        func run() async throws {
            let learned = try await AppRecording.make(of: folder)
            let calls = try learned.policyProposal(named: "\(learned.policy.policy.name)-learned")
            let proposal = RequestProposal(
                try AppRequest(learned.manifest), under: learned.policy.policy, from: learned.recording,
                beyond: calls.additions.map(\.inWords) + calls.tripwires, presence: presence(of:))
            if output.json {
                printJSON(
                    .object { object in
                        object.add("app", learned.manifest.name.text)
                        object.add("version", learned.manifest.version.text)
                        object.add("partial", !learned.recording.gaps.isEmpty)
                        object.add("gaps", learned.recording.gaps.sorted())
                        object.add("called", learned.recording.functions.sorted())
                        object.add("proposal", proposal.json)
                    })
            } else {
                printText(learned, proposal)
            }
            if check, !proposal.isEqual { throw ExitCode(Exit.refused.rawValue) }
        }

        private func printText(_ learned: AppRecording, _ proposal: RequestProposal) {
            for line in learned.coverage { printLine("# \(line)") }
            for gap in learned.recording.gaps.sorted() { printLine("# partial: \(gap)") }
            printLine("")
            printLine(proposal.yaml)
            printSection(
                "what would change (+ used and not asked for, - asked for and not used)",
                proposal.diff.changes.isEmpty ? ["nothing"] : proposal.diff.marked)
            printSection(
                "what no request can give: change the app, or see `elves sandbox record`", proposal.beyond)
            printSection("what to know", proposal.notes)
        }

        private func printSection(_ title: String, _ lines: [String]) {
            guard !lines.isEmpty else { return }
            printLine("")
            printLine("# \(title):")
            for line in lines { printLine("#   \(line)") }
        }
    }
}

/// What is at a path of this host.
private func presence(of path: String) -> RequestProposal.Presence? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return nil }
    return isFolder.boolValue ? .folder : .file
}
