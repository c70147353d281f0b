import Foundation

/// The files of an app's folder, as far as they count: hidden ones do not, and neither does `bin`, where a build writes.
///
/// Looks every 50 milliseconds, which a folder of an author's size costs nothing and which works on every file system.
actor WatchedFolder {
    private let path: String
    private var known: [String: Stamp]

    private struct Stamp: Equatable {
        let size: Int64
        let modified: Date
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
            // Of a symbolic link the attributes are its own.
            guard let found = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)") else { continue }
            let kind = found[.type] as? FileAttributeType
            if last.hasPrefix(".") || last == "__pycache__" || name == "bin" {
                if kind == .typeDirectory { files.skipDescendants() }
                continue
            }
            guard kind == .typeRegular else { continue }
            stamps[name] = Stamp(
                size: (found[.size] as? NSNumber)?.int64Value ?? 0, modified: found[.modificationDate] as? Date ?? .distantPast)
        }
        return stamps
    }
}
