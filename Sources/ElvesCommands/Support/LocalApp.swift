import ElvesAgent
import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesProtocol
import ElvesSandbox
import ElvesSchema
import ElvesWorkers
import Foundation
import Logging
import NIOPosix

/// An app installed in a scratch folder of this process: called here, in its sandbox, without agent or center.
struct LocalApp {
    let manifest: Manifest
    private let installed: InstalledApp
    private let factory: RuntimeFactory

    /// Installs the app of a folder or an archive for as long as `body` runs.
    static func with<T>(_ path: String, _ body: (LocalApp) async throws -> T) async throws -> T {
        try await AppSource(path: path).withArchive { archive in
            try await withScratchFolder { scratch in
                let installation = try findInstallation()
                let manifest = archive.contents.manifest
                let store = try AppStore.open(at: scratch + "/store")
                let installed = try store.install(archive: archive.path, app: manifest.name, version: manifest.version)
                let factory = RuntimeFactory(
                    policies: installation.policies, host: try SandboxHost(launcher: installation.launcher),
                    sockets: scratch, secrets: .given([:]), loop: MultiThreadedEventLoopGroup.singleton.next(),
                    clocks: .system(), log: LogfmtHandler.logger("call", level: .error))
                return try await body(LocalApp(manifest: manifest, installed: installed, factory: factory))
            }
        }
    }

    /// The function of that name.
    ///
    /// - Throws: `CommandFailure` that names those there are.
    func function(_ name: String) throws -> Manifest.Function {
        try FunctionHelp(manifest: manifest).function(name)
    }

    /// Makes the app ready to be called, as the host is or as a test shows it, for as long as `body` runs.
    func prepared<T>(
        grants: [Grant], secrets: AppSecrets, stage: AppStage? = nil, _ body: (Calls) async throws -> T
    ) async throws -> T {
        let runtime = try await factory.prepare(installed, grants: grants, secrets: secrets, stage: stage)
        let result: Result<T, any Error>
        do { result = .success(try await body(Calls(runtime: runtime))) } catch { result = .failure(error) }
        await withCheckedContinuation { continuation in runtime.drain { continuation.resume() } }
        return try result.get()
    }

    /// What can be called.
    struct Calls {
        fileprivate let runtime: AppRuntime

        /// Calls a function and waits for its answer.
        ///
        /// - Parameters:
        ///   - limit: Less than the function's own timeout, or nil.
        ///   - started: Told when a worker has the call.
        ///   - logged: Hears each line the worker logs: level and text.
        ///   - progressed: Hears how far the call is.
        func call(
            _ function: Manifest.Function, _ param: RawJSON, limit: Duration? = nil,
            started: @escaping @Sendable () -> Void = {},
            logged: @escaping @Sendable (String, String) -> Void = { _, _ in },
            progressed: @escaping @Sendable (Int64?, String?) -> Void = { _, _ in }
        ) async -> WorkerAnswer {
            if let refusal = function.parameterSchema?.refusal(of: param) { return .error(.badParameter, refusal) }
            let call = WorkerCall(
                id: Randomness.system.id(), function: function.name, param: param,
                timeout: min(limit ?? function.timeout, function.timeout))
            return await withCheckedContinuation { continuation in
                var caller = WorkerHost.Caller(started: started, answered: { continuation.resume(returning: $0) })
                caller.logged = logged
                caller.progressed = progressed
                runtime.run(call, function, caller)
            }
        }
    }
}
