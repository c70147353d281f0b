import ArgumentParser
import ElvesJSON
import ElvesPolicy
import ElvesSandbox
import Foundation

struct SandboxRecordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "Learn from a run which system calls a policy of its own would have to allow.",
        discussion: """
            The folder of an app: its golden cases run in its sandbox, watched. A policy: what --from and --strace recorded is \
            measured against it. Prints a policy that extends it by what was made and is not allowed, and the diff. It is never \
            applied by itself, and each addition has an empty reason, with which no reader takes it, until a person fills it in.
            """)

    @Argument(help: "The folder of an app, a built-in policy or the file of one.")
    var source: String?
    @Option(name: .customLong("from"), help: "A recording that was saved before; repeatable.")
    var recordings: [String] = []
    @Option(name: .customLong("strace"), help: "A log of `strace -f -X raw`; repeatable.")
    var straces: [String] = []
    @Option(parsing: .upToNextOption, help: "Only print what these recordings show together.")
    var merge: [String] = []
    @Option(help: "Where the recording goes, for --from and --merge.")
    var save: String?
    @Option(help: "What the proposed policy is called.")
    var name: String?
    @OptionGroup var output: JSONOption

    func run() async throws {
        guard merge.isEmpty else {
            guard source == nil, recordings.isEmpty, straces.isEmpty else {
                throw CommandFailure(.usage, "--merge takes recordings alone")
            }
            let merged = try merge.map(readRecording).reduce(nil as Recording?) { $0?.merged(with: $1) ?? $1 }
            guard let merged else { return }
            if let save { try write(merged, to: save) } else { printJSON(merged.json) }
            return
        }
        guard let source else { throw CommandFailure(.usage, "say which app or policy it is about") }
        var parts: [Recording] = []
        let base: PolicyDocument
        if isFolder(source) {
            let learned = try await AppRecording.make(of: source)
            base = learned.policy
            parts.append(learned.recording)
        } else {
            base = try PolicySource(name: source).document()
        }
        parts += try recordings.map(readRecording)
        parts += try straces.map { try readStrace($0, base) }
        guard let recording = parts.dropFirst().reduce(parts.first, { $0?.merged(with: $1) ?? $1 }) else {
            throw CommandFailure(.usage, "\(source) is a policy: say what was recorded, by --from or --strace")
        }
        if let save { try write(recording, to: save) }
        let proposal = PolicyProposal(
            named: name ?? "\(base.policy.name)-learned", extending: base, withProxy: true, from: recording,
            on: try nativeArchitecture())
        try print(proposal, recording, base)
    }

    private func print(_ proposal: PolicyProposal, _ recording: Recording, _ base: PolicyDocument) throws {
        let diff = try difference(of: proposal, to: base)
        if output.json {
            return printJSON(
                .object { object in
                    object.add("policy", proposal.yaml())
                    object.add("diff", diff.json)
                    object.add("partial", !recording.gaps.isEmpty)
                    object.add("gaps", recording.gaps.sorted())
                    object.add("withheld", proposal.withheld)
                })
        }
        for gap in recording.gaps.sorted() { printLine("# partial: \(gap)") }
        if proposal.isEmpty {
            printLine("# \(base.policy.name) allows all that was recorded and can be proposed")
        } else {
            printLine(proposal.yaml())
            printLine("# what would change:")
            for line in diff.marked { printLine("#   \(line)") }
        }
        if !proposal.withheld.isEmpty { printLine("# not proposed:") }
        for line in proposal.withheld { printLine("#   \(line)") }
    }

    /// Reads the proposal as it would be read beside its base, as if every reason were given.
    private func difference(of proposal: PolicyProposal, to base: PolicyDocument) throws -> PolicyDiff {
        let folder = (base.place(of: "").file as NSString).deletingLastPathComponent
        let scratch = FileManager.default.temporaryDirectory.path + "/elves-record-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: scratch) }
        for file in try FileManager.default.contentsOfDirectory(atPath: folder)
        where file.hasSuffix(".yaml") || file.hasSuffix(".json") {
            try FileManager.default.copyItem(atPath: "\(folder)/\(file)", toPath: "\(scratch)/\(file)")
        }
        let path = "\(scratch)/\(proposal.name).yaml"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(.badInput, "there is a policy \"\(proposal.name)\" already: choose another --name")
        }
        try Data(proposal.yaml(reason: "recorded").utf8).write(to: URL(filePath: path))
        do { return PolicyDiff(from: base, to: try PolicyDocument(contentsOf: path)) } catch {
            throw CommandFailure(.badInput, "\(error)")
        }
    }

    private func readRecording(_ path: String) throws -> Recording {
        try Recording(json: try bytes(of: path), file: path)
    }

    private func readStrace(_ path: String, _ base: PolicyDocument) throws -> Recording {
        let bytes = try bytes(of: path)
        guard bytes.count <= StraceLog.sizeLimit else {
            throw CommandFailure(
                .badInput, "\(path) has \(bytes.count) bytes, more than the \(StraceLog.sizeLimit) allowed: split it")
        }
        let profile = base.proxyProfile ?? base.profile
        return try StraceLog.recording(
            of: String(decoding: bytes, as: UTF8.self), file: path, choosing: profile.argumentsToKeep(of:))
    }

    private func bytes(of path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(.badInput, "\(path) cannot be read")
        }
        return Array(data)
    }

    private func write(_ recording: Recording, to path: String) throws {
        try (recording.json.bytes + [0x0A]).withUnsafeBytes { try Data($0).write(to: URL(filePath: path), options: .atomic) }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
    }
}
