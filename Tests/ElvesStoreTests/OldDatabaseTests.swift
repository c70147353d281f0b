import ElvesJSON
import ElvesModel
import ElvesStore
import Foundation
import GRDB
import Testing

/// A center that starts on the database of a release before.
@Suite struct OldDatabaseTests {
    private static let fixtures = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/store")

    @Test func `a database without manifests opens, keeps what it has, and takes a manifest when the version comes again`()
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appending(path: "elves-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "center.db").path(percentEncoded: false)
        try await Self.makeDatabase(path, "1-first-light.sql")

        let store = try SQLiteStore(path: path)
        let before = try await store.snapshot()

        #expect(before.versions.map(\.version.text) == ["1.0.0"])
        #expect(before.versions.map(\.manifest) == [nil])
        #expect(before.agents.count == 1 && before.online.count == 1 && before.bindings.count == 1 && before.keys.count == 1)

        try await store.publish(version("1.0.0"))

        let after = try await SQLiteStore(path: path).snapshot()
        #expect(after.versions.map { $0.manifest?.text } == [#"{"title":"Hällo"}"#])
        #expect(after.versions.map(\.title) == ["Hello"])
    }

    private static func makeDatabase(_ path: String, _ name: String) async throws {
        let sql = try String(contentsOf: fixtures.appending(path: name), encoding: .utf8)
        let queue = try DatabaseQueue(path: path)
        try await queue.write { try $0.execute(sql: sql) }
        try queue.close()
    }
}
