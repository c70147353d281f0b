import ElvesAgent
import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesSandbox
import ElvesTestSupport
import ElvesWorkers
import Foundation
import Logging
import NIOPosix
import Testing

/// Calls that somebody ends, in real sandboxes: what they have started ends with them.
@Suite struct CancelledCallTests {
    @Test(arguments: [("stubborn", "resident"), ("stubborn", "fresh"), ("stubborn", "zygote"), ("stubborn-legacy", "stay")])
    func `of a worker that forks twice, has its own session and ignores signals nothing is left`(
        fixture: String, function: String
    ) async throws {
        try await withRuntime(fixture) { runtime, folder in
            let call = try RunningCall(of: function, on: runtime)
            await call.settled()
            #expect(ProcessTable().sandboxed(below: folder).count >= 2)

            runtime.cancel(call.id)
            let answer = await call.answer()

            #expect(ProcessTable().sandboxed(below: folder) == [])
            #expect(answer.flag == .error && answer.reason == .cancelled)
            #expect(answer.result.stringValue == "cancelled: the worker was ended with all its processes")
        }
    }

    @Test func `a function that listens may still say how far it came, and its worker serves the next call`() async throws {
        try await withRuntime("stubborn") { runtime, folder in
            let first = try RunningCall(of: "polite", on: runtime)
            await first.settled()
            let workers = ProcessTable().sandboxed(below: folder)

            runtime.cancel(first.id)
            runtime.cancel(TaskID("none"))
            let answer = await first.answer()
            let second = try RunningCall(of: "polite", on: runtime)
            await second.settled()

            #expect(answer.flag == .error && answer.reason == .cancelled && answer.result.stringValue == "half of it")
            #expect(!workers.isEmpty && ProcessTable().sandboxed(below: folder) == workers)
            runtime.cancel(second.id)
            _ = await second.answer()
        }
    }

    /// - Parameter body: Gets the app, and the folder below which everything that its sandboxes show of it lies.
    private func withRuntime(_ fixture: String, _ body: (AppRuntime, String) async throws -> Void) async throws {
        let scratch = try ScratchFolder()
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.path)
        let folder = try Checkout.fixture(fixture, into: scratch)
        let manifest = try Manifest(yaml: bytes(of: folder + "/app.yaml"))
        let app = InstalledApp(manifest: manifest, folder: folder, digest: Digest(bytes: [UInt8](repeating: 7, count: 32)))
        if manifest.runtime != .legacy {
            try FileManager.default.createDirectory(atPath: folder + "/.elves", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "\(Checkout.root)/sdk/\(manifest.language.rawValue)/src", toPath: app.sdkFolder)
        }
        let installation = try Installation.find(
            executable: Checkout.binary, environment: ProcessInfo.processInfo.environment)
        let factory = RuntimeFactory(
            policies: installation.policies, host: try SandboxHost(launcher: installation.launcher), sockets: scratch.path,
            secrets: .given([:]), loop: MultiThreadedEventLoopGroup.singleton.next(), clocks: .system(),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let runtime = try await factory.prepare(app, grants: [])
        let result: Result<Void, any Error>
        do { result = .success(try await body(runtime, scratch.path)) } catch { result = .failure(error) }
        await withCheckedContinuation { continuation in runtime.drain { continuation.resume() } }
        try result.get()
    }
}

/// A call that tells when it has done what it wants to be cancelled in the middle of.
private struct RunningCall {
    let id: TaskID
    private let lines: AsyncStream<String>
    private let answers: AsyncStream<WorkerAnswer>

    init(of function: String, on runtime: AppRuntime) throws {
        let id = TaskID("\(function)-\(UUID().uuidString)")
        let (lines, line) = AsyncStream<String>.makeStream()
        let (answers, answer) = AsyncStream<WorkerAnswer>.makeStream()
        var caller = WorkerHost.Caller(
            started: {},
            answered: {
                answer.yield($0)
                answer.finish()
                line.finish()
            })
        caller.logged = { line.yield($1) }
        (self.id, self.lines, self.answers) = (id, lines, answers)
        let called = try #require(runtime.app.manifest.function(function))
        runtime.run(WorkerCall(id: id, function: function, param: .emptyObject, timeout: called.timeout), called, caller)
    }

    /// Returns at once where the call is over.
    func settled() async {
        for await line in lines where line == "settled" { return }
        Issue.record("the call ended before it was settled: \(await answer())")
    }

    func answer() async -> WorkerAnswer {
        for await answer in answers { return answer }
        return .error(.noResult, "the answer was asked for before")
    }
}
