import ElvesJSON
import ElvesModel
import ElvesTUF
import ElvesTestSupport
import Foundation
import Testing

/// Repositories that python-tuf made, honest and hostile, as Tests/Fixtures/tuf describes them.
@Suite struct ScenarioTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    @Test func `there are scenarios, and enough hostile ones among them`() async throws {
        let scenarios = try await Scenario.all()

        #expect(scenarios.filter { !$0.name.hasPrefix("hostile") }.count >= 100)
        #expect(scenarios.filter { $0.name.hasPrefix("hostile") }.count >= 100)
    }

    @Test(arguments: try await Scenario.all())
    func `a client makes of a repository what it should`(scenario: Scenario) async throws {
        let metadata = try scratch.makeFolder("metadata")
        let targets = try scratch.makeFolder("targets")
        _ = try TrustedFolder(metadata).write("root.json", bytes(of: "\(scenario.folder)/root.json"))

        let steps = try scenario.steps()
        #expect(!steps.isEmpty)
        for (index, step) in steps.enumerated() {
            let state = "\(scenario.folder)/\(index + 1)"
            let fetcher = RecordingFetcher(FolderFetcher(metadata: "\(state)/metadata", targets: "\(state)/targets"))
            let before = try contents(of: metadata)
            let refusal = await refusal(of: step, metadata, targets, fetcher)
            let place = Comment(rawValue: "step \(index + 1)")
            #expect((refusal == nil) == step.ok, "\(place): \(refusal ?? "accepted")")
            if let cause = step.cause { #expect(refusal?.contains(cause) == true, "\(place): \(refusal ?? "accepted")") }
            if let requests = step.requests { #expect(fetcher.requests == requests, place) }
            if let trusted = step.trusted { #expect(try versions(in: metadata) == trusted, place) }
            if let files = step.files { #expect(try contents(of: targets).mapValues(text(of:)) == files, place) }
            try checkServed(metadata, by: state, before: before, place)
        }
    }

    /// What a client that is made for this step alone says; nil if it did what it was asked.
    private func refusal(
        of step: Scenario.Step, _ metadata: String, _ targets: String, _ fetcher: any Fetcher
    ) async -> String? {
        do {
            let folder = try TrustedFolder(metadata)
            defer { folder.unlock() }
            let client = try RepositoryClient(
                folder: folder, fetcher: fetcher, now: Timestamp(microseconds: step.now * 1_000_000))
            guard step.action == "download" else {
                try await client.refresh()
                return nil
            }
            let destination = try TrustedFolder(targets)
            defer { destination.unlock() }
            for target in step.targets ?? [] { try await client.download(target, into: destination) }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Each trusted file is one that the repository served, byte by byte, or was there before.
    private func checkServed(_ metadata: String, by state: String, before: [String: [UInt8]], _ place: Comment) throws {
        let served = Set(try contents(of: "\(state)/metadata").values)
        for (name, bytes) in try contents(of: metadata) where before[name] != bytes {
            #expect(served.contains(bytes), "\(place): \(name) is no file of the repository")
        }
    }

    private func versions(in folder: String) throws -> [String: Int64] {
        var versions: [String: Int64] = [:]
        for (name, bytes) in try contents(of: folder) {
            let signed = try JSONObject(parsing: bytes, limits: JSONLimits(bytes: .max)).raw("signed")
            versions[String(name.dropLast(5))] = try signed.flatMap { try JSONObject($0).integer("version") }
        }
        return versions
    }

    private func contents(of folder: String) throws -> [String: [UInt8]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return Dictionary(uniqueKeysWithValues: names.map { ($0, bytes(of: "\(folder)/\($0)")) })
    }

    private func text(of bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
