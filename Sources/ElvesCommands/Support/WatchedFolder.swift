import Foundation
import Glibc

/// The files of an app's folder, as far as they count: hidden ones do not, and neither does `bin`, where a build writes.
///
/// Looks every 50 milliseconds, which a folder of an author's size costs nothing and which works on every file system.
actor WatchedFolder {
    private let path: String
    private var known: [String: Stamp]

    private struct Stamp: Equatable {
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    init(path: String) {
        self.path = path
        known = Self.stamps(of: path)
    }

    /// Waits until a file was added, changed or removed since the last call returned, and then until the folder has come to rest.
    func nextChange() async throws {
        var current = Self.stamps(of: path)
        while current == known {
            try await Task.sleep(for: .milliseconds(50))
            current = Self.stamps(of: path)
        }
        // An editor may write in several steps.
        var before = current
        repeat {
            before = current
            try await Task.sleep(for: .milliseconds(20))
            current = Self.stamps(of: path)
        } while current != before
        known = current
    }

    private static func stamps(of path: String) -> [String: Stamp] {
        guard let files = FileManager.default.enumerator(atPath: path) else { return [:] }
        var stamps: [String: Stamp] = [:]
        for case let name as String in files {
            let last = (name as NSString).lastPathComponent
            var state = stat()
            guard lstat("\(path)/\(name)", &state) == 0 else { continue }
            if last.hasPrefix(".") || last == "__pycache__" || name == "bin" {
                if state.st_mode & S_IFMT == S_IFDIR { files.skipDescendants() }
                continue
            }
            guard state.st_mode & S_IFMT == S_IFREG else { continue }
            stamps[name] = Stamp(
                size: Int64(state.st_size), seconds: state.st_mtim.tv_sec, nanoseconds: state.st_mtim.tv_nsec)
        }
        return stamps
    }
}
