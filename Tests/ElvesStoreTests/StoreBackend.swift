import ElvesStore
import Foundation
import Testing

/// A place where a center can keep its state. A new one adds itself to `available`.
struct StoreBackend: Sendable, CustomTestStringConvertible {
    let name: String
    /// Opens the store in a folder, or makes it there.
    let open: @Sendable (_ folder: String) throws -> any CenterStore

    var testDescription: String { name }

    static let available = [StoreBackend(name: "SQLite") { try SQLiteStore(path: $0 + "/center.db") }]

    /// Gives `body` a folder of its own, which is removed afterwards.
    func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
        let folder = FileManager.default.temporaryDirectory.appending(path: "elves-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.path(percentEncoded: false))
    }

    func withEmptyStore<T>(_ body: (any CenterStore) async throws -> T) async throws -> T {
        try await withFolder { try await body(open($0)) }
    }
}
