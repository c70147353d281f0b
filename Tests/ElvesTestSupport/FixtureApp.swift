import Foundation

extension Checkout {
    /// Copies an app of `Tests/Fixtures/apps`.
    ///
    /// - Parameters:
    ///   - lines: Added at the end of its manifest.
    ///   - version: In the place of 1.0.0.
    /// - Returns: The copy's path.
    package static func fixture(
        _ name: String, adding lines: String = "", version: String = "1.0.0", into scratch: ScratchFolder
    ) throws -> String {
        let copy = scratch.file("\(name)-\(UUID().uuidString.prefix(8))")
        try FileManager.default.copyItem(atPath: "\(root)/Tests/Fixtures/apps/\(name)", toPath: copy)
        let manifest = text(of: copy + "/app.yaml").replacing("version: 1.0.0", with: "version: \(version)")
        try (manifest + lines).write(toFile: copy + "/app.yaml", atomically: false, encoding: .utf8)
        return copy
    }
}

extension Agent {
    /// Writes the secrets of an app on this agent's host.
    package func write(secrets: String, of app: String, mode: Int = 0o600) throws {
        let folder = data + "/secrets"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = "\(folder)/\(app).json"
        try Data(secrets.utf8).write(to: URL(filePath: file))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    }
}

extension ScratchFolder {
    /// Makes a folder that processes with other ids may look into.
    package func makeSharedFolder(_ name: String) throws -> String {
        let path = try makeFolder(name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }
}
