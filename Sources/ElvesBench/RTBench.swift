import ElvesApps
package import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesPolicy
package import ElvesProtocol
package import ElvesSandbox
import Foundation

/// Measures a signed `rt/exec` of a resident Python worker in its sandbox, beside the floors it stands on, in one run.
package struct RTBench: Sendable {
    private let executable: String
    private let installation: Installation
    private let archive: String
    private let folder: String
    /// Measured calls of each kind; interpreters are started a fiftieth as often.
    private let calls: Int
    private let publish: @Sendable (CenterClient) async throws -> PublishReply

    /// - Parameters:
    ///   - executable: The program to start as center and agent.
    ///   - archive: The packed `apptest`.
    ///   - folder: A scratch folder.
    ///   - publish: Signs and publishes the archive.
    package init(
        executable: String, installation: Installation, archive: String, folder: String, calls: Int,
        publish: @escaping @Sendable (CenterClient) async throws -> PublishReply
    ) {
        self.executable = executable
        self.installation = installation
        self.archive = archive
        self.folder = folder
        self.calls = calls
        self.publish = publish
    }

    /// - Parameter progress: Told what is measured now.
    package func run(progress: (String) -> Void) async throws -> RTReport {
        var report = RTReport()
        progress("worker floor")
        report.floors.append(.init("worker: JSON line over bare pipes, sandboxed Python", try workerFloor()))
        progress("link floor")
        report.floors.append(.init("link: framed echo over mutual TLS", try await LinkFloor().measure(calls)))

        let site = try await BenchSite(executable: executable, folder: folder, publish: publish)
        defer { site.stop() }
        let (center, agent, caller, port) = (site.center, site.agent, site.caller, site.port)

        progress("HTTP floor")
        let plain = try HTTPCaller(port: port)
        for _ in 0..<200 { _ = try plain.get("/livez") }
        report.floors.insert(.init("HTTP: hello of the same server", try measure(calls) { _ = try plain.get("/livez") }), at: 0)

        for callers in [1, 8, 32] {
            progress("rt/exec, \(callers) callers")
            _ = try caller.measure(max(200, callers * 20), callers: callers, port: port)
            let before = center.processorTime + agent.processorTime
            let latencies = try caller.measure(calls, callers: callers, port: port)
            let used = center.processorTime + agent.processorTime - before
            report.calls.append(.init(callers: callers, latencies, processorTimePerCall: used / latencies.count))
        }
        progress("interpreter floor")
        let interpreter = "/usr/bin/python3"
        report.interpreter = .init(
            "fork+exec of a Python interpreter per call",
            try InterpreterFloor.measure(max(20, calls / 50), interpreter: interpreter))
        progress("memory after a pause of two heartbeats")
        try await Task.sleep(for: .seconds(21))
        report.centerBytes = center.residentBytes
        report.agentBytes = agent.residentBytes
        return report
    }

    private func workerFloor() throws -> Latencies {
        let store = try AppStore.open(at: folder + "/store")
        let checked = try ArchiveIntake().check(archive: archive, name: URL(filePath: archive).lastPathComponent)
        let app = try store.install(archive: archive, app: checked.manifest.name, version: checked.manifest.version)
        let policy = try CompiledPolicy(contentsOf: installation.policy("python"))
        let plan = SandboxPlan(
            policy: policy.policy, appFolder: app.folder, entry: app.manifest.entry,
            identity: geteuid() == 0 ? try HostIdentityRange().identity(0) : .single)
        return try WorkerFloor(
            sandbox: PreparedSandbox(plan, filter: policy.filter), launcher: Launcher(path: installation.launcher),
            hello: WorkerHello(
                app: app.manifest.name, version: app.manifest.version, entry: app.manifest.entry, isolation: "resident",
                limits: JSONLimits()),
            function: "helloword", param: RawJSON(validating: "{\"my\":\"toryzen\"}")
        ).measure(calls)
    }
}
