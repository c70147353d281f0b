import Foundation

/// The repository that these tests are part of, and the program under test.
package enum Checkout {
    package static let root = (0..<3).reduce(URL(filePath: #filePath).resolvingSymlinksInPath()) { url, _ in
        url.deletingLastPathComponent()
    }.path(percentEncoded: false).trimmingSlash

    /// `ELVES_BIN`, or the release build of this checkout.
    package static let binary = ProcessInfo.processInfo.environment["ELVES_BIN"] ?? "\(root)/.build/release/elves"

    package static let apptest = "\(root)/apps/apptest"
    package static let hostile = "\(root)/Tests/Fixtures/apps/hostile"

    /// Whether the program under test was built for a sanitizer, and is many times slower.
    package static let isSanitized = ProcessInfo.processInfo.environment["ELVES_SANITIZED"] != nil

    /// What every `elves` of a test has in its environment: nothing of the tester's own configuration.
    package static func environment(_ scratch: ScratchFolder) -> [String: String] {
        let passedOn = ["PATH", "HOME", "LANG", "ELVES_POLICIES", "ELVES_SDK", "ELVES_SANDBOX", "ASAN_OPTIONS", "TSAN_OPTIONS"]
        var environment = ProcessInfo.processInfo.environment.filter { passedOn.contains($0.key) }
        environment["TMPDIR"] = scratch.file("tmp")
        return environment
    }

    /// Copies an app's folder with another version in its manifest.
    ///
    /// - Returns: The copy's path.
    package static func copy(_ app: String, version: String, into scratch: ScratchFolder) throws -> String {
        let copy = scratch.file("app-\(version)")
        try FileManager.default.copyItem(atPath: app, toPath: copy)
        let manifest = try String(contentsOfFile: copy + "/app.yaml", encoding: .utf8)
        try manifest.replacing("version: 1.0.0", with: "version: \(version)", maxReplacements: 1)
            .write(toFile: copy + "/app.yaml", atomically: false, encoding: .utf8)
        return copy
    }
}

extension String {
    fileprivate var trimmingSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
