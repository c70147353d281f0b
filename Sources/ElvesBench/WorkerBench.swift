import ElvesAgent
import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesProtocol
package import ElvesSandbox
import Foundation
import Logging
import NIOCore
import NIOPosix

/// Measures one function in each language and each isolation mode its policy offers, in its sandbox as an agent runs it,
/// beside the same worker over bare pipes.
package struct WorkerBench: Sendable {
    private let installation: Installation
    private let policies: PolicyCatalog
    private let author: AppAuthor
    private let folder: String
    private let calls: Int
    private let loop = MultiThreadedEventLoopGroup.singleton.next()

    /// Both sides are measured in turn, so that what else the machine does meets both; of each the best round counts.
    private static let rounds = 5
    private static let callersAtOnce = 8

    /// - Parameters:
    ///   - folder: A scratch folder with a short path.
    ///   - calls: Measured calls of each kind; those that start a process are a fiftieth.
    package init(installation: Installation, author: AppAuthor, folder: String, calls: Int) {
        self.installation = installation
        policies = PolicyCatalog(folder: installation.policies)
        self.author = author
        self.folder = folder
        self.calls = calls
    }

    /// - Parameter progress: Told what is measured now.
    /// - Throws: `BenchError` if no language can be measured here.
    package func run(_ languages: [String], progress: (String) -> Void) async throws -> WorkerReport {
        var report = WorkerReport(rounds: Self.rounds, processors: ProcessInfo.processInfo.activeProcessorCount)
        for language in languages {
            do {
                try await measure(language, into: &report, progress: progress)
            } catch {
                report.missing.append(.init(language: language, reason: "\(error)"))
            }
        }
        guard !report.lines.isEmpty else {
            throw BenchError(report.missing.map { "\($0.language): \($0.reason)" }.joined(separator: "\n"))
        }
        return report
    }

    private func measure(_ language: String, into report: inout WorkerReport, progress: (String) -> Void) async throws {
        let policy = try policies.policy(for: language).policy
        progress("\(language): a new app, built and installed")
        let place = "\(folder)/\(language)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
        let app = try SampleApp(language: language, in: place, author: author)
        let factory = RuntimeFactory(
            policies: installation.policies, host: try SandboxHost(launcher: installation.launcher), sockets: folder,
            secrets: .given([:]),
            loop: loop, clocks: .system(), log: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
        for name in policy.runtime.isolations {
            guard let isolation = Manifest.Isolation(rawValue: name) else { continue }
            let installed = try app.isolated(isolation)
            let command = try BareCommand(installed, policy: policy)
            let runtime = try await factory.prepare(installed, grants: [])
            let result: Result<[WorkerReport.Line], any Error>
            do {
                result = .success(
                    try await measure(language, isolation, command: command, runtime: runtime, progress: progress))
            } catch { result = .failure(error) }
            await withCheckedContinuation { continuation in runtime.drain { continuation.resume() } }
            report.lines += try result.get()
        }
    }

    private func measure(
        _ language: String, _ isolation: Manifest.Isolation, command: BareCommand, runtime: AppRuntime,
        progress: (String) -> Void
    ) async throws -> [WorkerReport.Line] {
        let manifest = runtime.app.manifest
        guard let function = manifest.function(SampleApp.function) else {
            throw BenchError("the template of \(language) has no function \(SampleApp.function)")
        }
        let param = try RawJSON(validating: "{\"name\":\"Ada\"}")
        let floor = BareCalls(
            command: command,
            hello: WorkerHello(
                app: manifest.name, version: manifest.version, entry: manifest.entry, isolation: isolation.rawValue,
                limits: JSONLimits()),
            call: WorkerCall(
                id: TaskID("0123456789ABCDEF"), function: function.name, param: param, timeout: function.timeout))
        let hosted = AppCalls(runtime: runtime, function: function, param: param, loop: loop)
        var lines: [WorkerReport.Line] = []
        for callers in isolation == .resident ? [1, Self.callersAtOnce] : [1] {
            let name = "\(language), \(isolation.rawValue)\(callers == 1 ? "" : ", \(callers) at a time")"
            progress(name)
            let count = isolation == .fresh ? max(20, calls / 50) : calls
            var bare: [Latencies] = []
            var sandboxed: [Latencies] = []
            _ = try await hosted.make(callers * 10, atOnce: callers)
            for _ in 0..<Self.rounds {
                let share = max(callers, count / Self.rounds)
                bare.append(
                    isolation == .fresh ? try floor.starting(share) : try floor.keeping(share, callers: callers))
                sandboxed.append(try await hosted.make(share, atOnce: callers).latencies)
            }
            lines.append(
                .init(
                    name: name, isolation: isolation, callers: callers, bare: .best(of: bare, callers: callers),
                    sandboxed: .best(of: sandboxed, callers: callers),
                    callsOfOneProcess: try await callsOfOneProcess(runtime)))
        }
        return lines
    }

    /// The most calls that one process served; nil where the app does not count them.
    private func callsOfOneProcess(_ runtime: AppRuntime) async throws -> Int64? {
        guard let counter = runtime.app.manifest.function(SampleApp.counter) else { return nil }
        let calls = AppCalls(runtime: runtime, function: counter, param: .emptyObject, loop: loop)
        return try await calls.make(20, atOnce: 1).results.compactMap { Int64($0.text) }.max()
    }
}
