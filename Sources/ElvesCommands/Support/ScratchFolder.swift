import Foundation

/// Gives `body` a new folder of its own and removes it afterwards.
func withScratchFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = FileManager.default.temporaryDirectory.appending(path: "elves-\(UUID().uuidString.prefix(13))")
    try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let result: Result<T, any Error>
    do { result = .success(try await body(folder.path(percentEncoded: false))) } catch { result = .failure(error) }
    try? FileManager.default.removeItem(at: folder)
    return try result.get()
}
