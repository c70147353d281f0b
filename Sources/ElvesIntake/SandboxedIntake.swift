package import ElvesApps
import ElvesModel
package import ElvesPolicy
package import ElvesSandbox
import Glibc

/// Takes archives in, in a process of their own that sees the archive and the folder it unpacks into, and nothing else.
///
/// Whatever an archive can make its reader do is over with that process: it has no network, no other file, few system calls
/// and little time. This process never looks into an archive; it believes the other one only what it can compare.
package struct SandboxedIntake: Intake {
    private let launcher: Launcher
    private let policy: CompiledPolicy
    private let program: String
    private let identity: SandboxIdentity

    /// How long one archive may take, in all; also the most processor time.
    private static let seconds: UInt64 = 10
    /// Of the one line; a record of 4,096 files with long names has less than 4 MiB.
    private static let answerLimit = 8 << 20

    /// - Parameters:
    ///   - installation: With the launcher and the policy `intake`.
    ///   - program: The program that runs `IntakeChild`: this one.
    /// - Throws: `SandboxError` with the place of a fault in the policy.
    package init(installation: Installation, program: String) throws(SandboxError) {
        launcher = Launcher(path: installation.launcher)
        policy = try CompiledPolicy(contentsOf: installation.policy("intake"))
        self.program = LoadedLibraries.realPath(program) ?? program
        let ids = HostIdentityRange()
        // The last pair: apps count from the first.
        identity = geteuid() == 0 ? (try? ids.identity(ids.pairs - 1)) ?? .single : .single
    }

    package func check(
        archive path: String, name: String, expected: ExpectedArchive
    ) throws(ArchiveError) -> CheckedArchive {
        try take(path, name, expected, into: nil)
    }

    package func unpack(
        archive path: String, name: String, expected: ExpectedArchive, into folder: String
    ) throws(ArchiveError) -> CheckedArchive {
        try take(path, name, expected, into: folder)
    }

    private func take(
        _ path: String, _ name: String, _ expected: ExpectedArchive, into folder: String?
    ) throws(ArchiveError) -> CheckedArchive {
        _ = try ArchiveName(name)
        let identity = try CheckedArchive.identity(of: path, expected: expected)
        let answer = try ask(path, name, folder)
        if let reason = answer.refused { throw .refused(reason: reason) }
        if let reason = answer.failed { throw .notChecked(reason: reason) }
        guard let taken = answer.taken else { throw .notChecked(reason: "its reader said nothing") }
        return try CheckedArchive(
            claimed: taken.files, manifest: Array(taken.manifest.utf8), identity: identity, name: name)
    }

    private func ask(_ archive: String, _ name: String, _ folder: String?) throws(ArchiveError) -> IntakeAnswer {
        let file = open(archive, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .notChecked(reason: "the archive cannot be opened (errno \(errno))") }
        defer { close(file) }
        let reader: LaunchedProcess
        do {
            let sandbox = try PreparedSandbox(plan(writing: folder), filter: policy.filter)
            reader = try launcher.launch(
                sandbox, arguments: [IntakeChild.command, name] + (folder.map { [$0] } ?? []), input: file)
        } catch { throw .notChecked(reason: "\(error)") }
        let end = ReaderEnd(reader, seconds: Int64(Self.seconds), answerLimit: Self.answerLimit)
        guard let line = end.answer else { throw .notChecked(reason: end.reason) }
        guard let answer = IntakeAnswer(line: line) else {
            throw .notChecked(reason: "its reader's answer makes no sense: \(end.reason)")
        }
        return answer
    }

    private func plan(writing folder: String?) -> SandboxPlan {
        var plan = SandboxPlan(
            policy: policy.policy, appFolder: nil,
            additions: [.init(source: program, target: program)]
                + LoadedLibraries.files().map { .init(source: $0.source, target: $0.target) },
            arguments: [], identity: identity, hostname: "intake")
        plan.program = program
        plan.processorSeconds = Self.seconds
        if let folder, let slash = folder.lastIndex(of: "/") { plan.writablePaths = [String(folder[..<slash])] }
        return plan
    }
}
