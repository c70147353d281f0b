import ElvesAgent
import ElvesApps
import ElvesModel
import ElvesPolicy
import ElvesSandbox
import ElvesSeccomp
import Foundation

/// What an app did while its golden cases ran in its sandbox, watched.
struct AppRecording {
    let manifest: Manifest
    /// Of its language.
    let policy: PolicyDocument
    let recording: Recording
    let verdicts: [CaseVerdict]

    /// Builds the app and runs all its cases.
    ///
    /// - Throws: `CommandFailure` for an app without cases; what an app that cannot be run is refused for.
    static func make(of folder: String) async throws -> AppRecording {
        let manifest = try AppBuild.manifest(of: folder)
        let cases = try GoldenCase.all(of: folder, manifest)
        let policy = try PolicyCatalog(folder: findInstallation().policies).policy(for: manifest.language.rawValue).document
        let recorder = RunRecorder(base: policy.proxyProfile ?? policy.profile, on: try nativeArchitecture())
        let verdicts = try await LocalApp.with(folder) { local in
            var verdicts: [CaseVerdict] = []
            for golden in cases { verdicts.append(try await CaseRun(golden: golden, local: local, recorder: recorder).run()) }
            return verdicts
        }
        var recording = recorder.recording(of: "\(manifest.name) \(manifest.version)")
        let uncalled = manifest.functions.map(\.name).filter { !recording.functions.contains($0) }
        if !uncalled.isEmpty { recording.gaps.insert("no case calls \(uncalled.joined(separator: ", "))") }
        for verdict in verdicts where !verdict.differences.isEmpty {
            recording.gaps.insert("case \"\(verdict.name)\" failed, so what it does after that was not seen")
        }
        return AppRecording(manifest: manifest, policy: policy, recording: recording, verdicts: verdicts)
    }

    /// The policy that the system calls of the run would need.
    func policyProposal(named name: String) throws -> PolicyProposal {
        PolicyProposal(
            named: name, extending: policy, withProxy: true, from: recording, on: try nativeArchitecture())
    }

    /// What a person has to know of the run before they believe what follows from it.
    var coverage: [String] {
        let called = manifest.functions.map { function in
            "\(function.name): \(recording.functions.contains(function.name) ? "called" : "no case")"
        }
        return ["\(verdicts.count) cases; " + called.joined(separator: ", ")]
    }
}

extension GoldenCase {
    /// The cases of an app's folder.
    ///
    /// - Throws: `CommandFailure` if there are none, `GoldenCaseError` if they cannot be read.
    static func all(of folder: String, _ manifest: Manifest) throws -> [GoldenCase] {
        guard let bytes = FileManager.default.contents(atPath: "\(folder)/\(fileName)") else {
            throw CommandFailure(
                .badInput, "\(folder) has no \(fileName): write a case for each function, as apps/README.md shows")
        }
        return try read(Array(bytes), of: manifest)
    }
}

func nativeArchitecture() throws -> SeccompArchitecture {
    guard let architecture = SeccompArchitecture.native else {
        throw CommandFailure(.badInput, "the system calls of this machine are not known here: run it on x86_64 or aarch64")
    }
    return architecture
}
