import ElvesAgent
import ElvesApps
import ElvesEgress
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesSandbox
import Foundation
import Synchronization

/// One golden case on its way through the sandbox: the files, secrets and answers it prepares stand in the place of the host's.
struct CaseRun {
    let golden: GoldenCase
    let local: LocalApp
    /// Learns from the run; nil runs it as ever.
    var recorder: RunRecorder?

    func run() async throws -> CaseVerdict {
        try await withScratchFolder { scratch in
            let function = try local.function(golden.function)
            let lines = LogLines()
            let started = ContinuousClock.now
            // A test shows the app all it asks for; nothing of it is the host's.
            recorder?.expect(golden.function)
            let answer = try await local.prepared(
                grants: local.manifest.requests(), secrets: .given(secrets), stage: stage(in: scratch)
            ) { calls in
                await calls.call(
                    function, golden.param, limit: golden.timeoutSeconds.map { .seconds($0) },
                    started: { [recorder] in recorder?.started() }, logged: { lines.add($1) })
            }
            let differences = golden.expectation.differences(
                flag: answer.flag == .succeeded, result: answer.result, reason: answer.reason?.word, logs: lines.all)
            return CaseVerdict(
                name: golden.name, milliseconds: (ContinuousClock.now - started).milliseconds,
                differences: differences + fileDifferences(in: scratch))
        }
    }

    /// Secrets that a case says nothing about are empty texts.
    private var secrets: [String: String] {
        Dictionary(local.manifest.secrets.map { ($0, "") }) { first, _ in first }.merging(golden.secrets) { $1 }
    }

    private func stage(in scratch: String) throws -> AppStage {
        var standIns: [String: String] = [:]
        // Workers have other ids than the test.
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch)
        for (path, content) in golden.files {
            guard try local.manifest.requests().contains(where: { $0.kind != .network && covers($0.target, path) }) else {
                throw CommandFailure(
                    .badInput,
                    "case \"\(golden.name)\": the app asks for no path that has \(path); add it to sandbox.filesystem")
            }
            let file = scratch + path
            try FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(content).write(to: URL(filePath: file))
        }
        for request in try local.manifest.requests() where request.kind != .network {
            let place = scratch + request.target
            if !FileManager.default.fileExists(atPath: place) {
                // What a policy offers to everybody is no secret and shows the host, unless the case has something else.
                if request.kind == .read, request.target.hasPrefix("/proc/") { continue }
                try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            }
            standIns[request.target] = place
        }
        let network = golden.network.mapValues {
            PreparedAnswer(status: $0.status, headers: $0.headers, body: $0.body)
        }
        return AppStage(files: standIns, network: network, recorder: recorder)
    }

    private func fileDifferences(in scratch: String) -> [String] {
        golden.expectation.files.sorted { $0.key < $1.key }.compactMap { path, wanted in
            guard let found = FileManager.default.contents(atPath: scratch + path) else { return "\(path) is not there" }
            let text = String(decoding: found.prefix(400), as: UTF8.self)
            return Array(found) == wanted ? nil : "\(path) holds \(RawJSON.string(text)), which is not what was expected"
        }
    }

    private func covers(_ folder: String, _ path: String) -> Bool { path == folder || path.hasPrefix(folder + "/") }
}

/// What a worker has logged, from whichever thread.
private final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
