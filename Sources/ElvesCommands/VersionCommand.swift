import ArgumentParser
import ElvesJSON
import ElvesModel
import ElvesProtocol

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    @OptionGroup var output: JSONOption

    func run() {
        guard output.json else { return printLine("elves \(ElvesVersion.current)") }
        printJSON(
            .object { members in
                members.add("version", ElvesVersion.current)
                members.add("link_protocols", LinkProtocol.versions.map { .integer($0) })
                members.add("worker_protocols", WorkerProtocol.versions.map { .integer($0) })
            })
    }
}
