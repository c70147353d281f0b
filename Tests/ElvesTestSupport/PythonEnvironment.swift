import Foundation

/// A Python of its own for tests, with packages from PyPI: made once beside the program under test, and kept.
package enum PythonEnvironment {
    /// The path of a `python` that has python-tuf.
    ///
    /// - Throws: `CommandFailed` with what pip said, where the packages cannot be had: a test that needs them fails then.
    package static func tuf(_ scratch: ScratchFolder) async throws -> String {
        try await python("tuf-7.0.1", ["tuf==7.0.1", "securesystemslib[crypto]==1.6.0"], scratch)
    }

    /// The path of a `python` that has the library of Standard Webhooks.
    ///
    /// - Throws: As `tuf`.
    package static func webhooks(_ scratch: ScratchFolder) async throws -> String {
        try await python("standardwebhooks-1.1.0", ["standardwebhooks==1.1.0"], scratch)
    }

    /// - Parameter packages: What is in it. Another list is another environment.
    private static func python(_ name: String, _ packages: [String], _ scratch: ScratchFolder) async throws -> String {
        let folder = "\(BuildFolder.path)/python-\(name)"
        try await BuildFolder.make(folder, from: packages.joined(separator: "\n")) {
            try await run("/usr/bin/python3", ["-m", "venv", folder], scratch, limit: .seconds(120)).succeeded()
            let pip = ["-m", "pip", "--quiet", "--disable-pip-version-check", "install"] + packages
            do {
                try await run("\(folder)/bin/python", pip, scratch, limit: .seconds(300)).succeeded()
            } catch {
                throw CommandFailed(
                    description: "these tests need \(packages.joined(separator: " and ")) from PyPI, and pip failed: \(error)")
            }
        }
        return "\(folder)/bin/python"
    }
}

/// What tests keep from one run to the next lies beside the program under test.
package enum BuildFolder {
    package static let path = URL(filePath: Checkout.binary).resolvingSymlinksInPath().deletingLastPathComponent()
        .path(percentEncoded: false)

    /// Makes a folder, unless it was made from the same `recipe` before. Whoever comes first makes it; the others wait, in this
    /// process and in others.
    package static func make(_ folder: String, from recipe: String, _ body: () async throws -> Void) async throws {
        let lock = open("\(folder).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw CommandFailed(description: "\(folder).lock: \(String(cString: strerror(errno)))") }
        defer { close(lock) }
        try await onOwnThread { while flock(lock, LOCK_EX) != 0, errno == EINTR {} }
        let mark = "\(folder)/made-from"
        if text(of: mark) == recipe { return }
        try? FileManager.default.removeItem(atPath: folder)
        try await body()
        try recipe.write(toFile: mark, atomically: true, encoding: .utf8)
    }
}
