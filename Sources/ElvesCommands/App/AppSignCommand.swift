import ArgumentParser
import ElvesApps
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesRepository
import ElvesTUF
import Foundation

struct AppSignCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign an archive as one of its app's authors: writes ARCHIVE.signed.json.",
        discussion: """
            Where two must sign, the second one runs the same command on archive and ARCHIVE.signed.json. With --repository it \
            works without a center; else the center says which versions were signed before.
            """)

    @Argument(help: "The archive, from `elves app pack`.")
    var archive: String
    @Option(name: .customLong("key"), help: "A private key of an author; repeatable.")
    var keys: [String]
    @Option(help: "The lowest version that an agent may go back to once it has had this one; default: as before.")
    var floor: String?
    @Option(name: .customLong("repository"), help: "The repository's folder, instead of a center.")
    var repository: String?
    @OptionGroup var center: CenterOptions
    @OptionGroup var passphrases: PassphraseOptions
    @OptionGroup var output: JSONOption

    func run() async throws {
        let floor = try floor.map { try AppVersion($0) }
        let name = URL(filePath: archive).lastPathComponent
        let contents = try ArchiveIntake().check(archive: archive, name: name)
        let app = contents.manifest.name
        var editor = try await start(app)
        let started = try SignedBeside.load(archive, role: AppRole.name(of: app))
        if editor.leftBehind, started == nil {
            printError("elves: what was signed before is not by today's authors of \(app): its versions are left behind")
        }
        if floor == nil,
            editor.isPublished(contents.manifest.version, digest: contents.digest, now: Clocks.systemWall())
        {
            return say(editor)
        }
        if let started { try editor.resume(started) }
        try editor.add(contents, floor: floor)
        for path in keys {
            let key = try KeyFile.signing(path, passphrases)
            do { try editor.sign(with: key) } catch let error as EditError {
                throw CommandFailure(.refused, "\(path): \(error)")
            }
        }
        try SignedBeside.save(editor.file, beside: archive)
        if let repository, editor.signatures.missing == 0 {
            try RepositoryFolder(path: repository).write(AppRole.name(of: app), editor.file)
        }
        say(editor)
    }

    private func start(_ app: AppName) async throws -> AppRoleEditor {
        guard let repository else {
            return try await center.withCenter { try await MetadataTransfer(client: $0).editor(of: app) }
        }
        let folder = RepositoryFolder(path: repository)
        return try AppRoleEditor(
            app: app, targets: folder.load().targets.role, current: folder.app(app), now: Clocks.systemWall())
    }

    private func say(_ editor: AppRoleEditor) {
        guard output.json else { return printLine(editor.progress) }
        printJSON(
            .object { members in
                members.add("role", AppRole.name(of: editor.app))
                members.add("version", editor.file.role.version)
                members.add("expires", editor.file.role.expires.description)
                members.add("complete", editor.signatures.missing == 0)
                members.add("signatures", RepositoryPrinting.signatures(editor.signatures))
            })
    }
}
