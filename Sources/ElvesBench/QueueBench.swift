package import ElvesHTTPClient
import ElvesJSON
import ElvesModel
package import ElvesProtocol
import Foundation
import Synchronization

/// Measures stored tasks that do nothing, from the request to the record, beside the disk and the instant calls of the same run.
package struct QueueBench: Sendable {
    private let executable: String
    private let folder: String
    private let tasks: Int
    private let publish: @Sendable (CenterClient) async throws -> PublishReply
    /// Clients that submit at once.
    private static let callers = 32
    /// Tasks of a chain.
    static let links = 5

    /// - Parameters:
    ///   - executable: The program to start as center and agent.
    ///   - folder: A scratch folder, on the disk that is measured.
    ///   - publish: Signs and publishes apptest.
    package init(
        executable: String, folder: String, tasks: Int,
        publish: @escaping @Sendable (CenterClient) async throws -> PublishReply
    ) {
        self.executable = executable
        self.folder = folder
        self.tasks = tasks
        self.publish = publish
    }

    /// - Parameter progress: Told what is measured now.
    package func run(progress: (String) -> Void) async throws -> QueueReport {
        progress("disk floor")
        let disk = try diskFloor()
        let site = try await BenchSite(executable: executable, folder: folder, publish: publish)
        defer { site.stop() }
        progress("rt/exec, 1 caller")
        _ = try site.caller.measure(200, callers: 1, port: site.port)
        let instant = try site.caller.measure(1000, callers: 1, port: site.port)
        progress("\(tasks) tasks, \(Self.callers) callers")
        _ = try await submit(Self.callers * 10, site)
        let (created, wall) = try await submit(tasks, site)
        progress("chains of \(Self.links)")
        let chains = try await chains(max(20, tasks / 100), site)
        return QueueReport(
            disk: .init("append 4 KiB and fdatasync", disk), instant: .init("signed rt/exec, 1 caller", instant),
            created: .init("queue/qksqueue until it is stored, \(Self.callers) callers", created),
            chain: .init("a queue of \(Self.links), one after the other", chains),
            tasksPerSecond: Double(created.count) / (wall / .seconds(1)), centerBytes: site.center.residentBytes,
            agentBytes: site.agent.residentBytes)
    }

    private func diskFloor() throws -> Latencies {
        let path = folder + "/floor"
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchError("\(path) cannot be written to") }
        defer { close(file) }
        let page = [UInt8](repeating: 0x55, count: 4096)
        return try measure(200) {
            guard write(file, page, page.count) == page.count, fdatasync(file) == 0 else {
                throw BenchError("\(path) cannot be written to")
            }
        }
    }

    /// Submits tasks, each in a queue of its own.
    ///
    /// - Returns: How long each took to be stored, and the time from the first request to the end of the last task.
    private func submit(_ count: Int, _ site: BenchSite) async throws -> (Latencies, Duration) {
        let began = Clocks.systemWall()
        let created = try site.caller.measure(
            count, callers: Self.callers, port: site.port, path: "/api/v2/queue/qksqueue", expecting: "\"task_id\"")
        let ended = try await ends(created.count, site, since: began)
        return (created, ended - began)
    }

    /// Waits until so many tasks have ended since then, and says when the last one did.
    private func ends(_ count: Int, _ site: BenchSite, since began: Timestamp) async throws -> Timestamp {
        for _ in 0..<600 {
            let reply = try await site.ask { try await $0.getJSON("admin/v1/tasks?limit=\(min(count, 10_000))") }
            let reports = try (JSONObject(.object { $0.add("tasks", reply) }).array("tasks") ?? [])
                .map { try TaskView(JSONObject($0)).report }
                .filter { $0.endedAt >= began }
            if let failure = reports.first(where: { $0.flag != .succeeded }) {
                throw BenchError("a task ended with \(failure.flag), \(failure.result.text)")
            }
            if reports.count >= min(count, 10_000) { return reports.map(\.endedAt).max() ?? began }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BenchError("\(count) tasks did not end within a minute")
    }

    /// Commits queues whose tasks come one after the other, and takes the time until the last task of each has ended.
    private func chains(_ count: Int, _ site: BenchSite) async throws -> Latencies {
        let caller = try HTTPCaller(port: site.port)
        var times: [Int64] = []
        let start = ContinuousClock.now
        for _ in 0..<count {
            let queue = try site.caller.ask(caller, "/api/v2/queue/create", ["app": "apptest"], "id")
            var last = ""
            for _ in 0..<Self.links {
                last = try site.caller.ask(
                    caller, "/api/v2/queue/addtask",
                    [
                        "queue_id": queue, "func": "helloword", "ip": "127.0.0.1", "param": "{\"my\":\"toryzen\"}",
                        "depend_task_id": last,
                    ], "id")
            }
            let began = Clocks.systemWall()
            _ = try caller.post("/api/v2/queue/commit", form: site.caller.form("/api/v2/queue/commit", ["queue_id": queue]))
            let ended = try await end(of: last, site)
            times.append((ended - began).nanoseconds)
        }
        return Latencies(times, wall: ContinuousClock.now - start)
    }

    private func end(of task: String, _ site: BenchSite) async throws -> Timestamp {
        for _ in 0..<1000 {
            let reply = try await site.ask { try await $0.getJSON("admin/v1/tasks/\(task)") }
            if let view = try? TaskView(JSONObject(reply)) { return view.report.endedAt }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw BenchError("task \(task) did not end within 10 s")
    }
}
