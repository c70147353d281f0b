import ElvesDigest
import Glibc

/// Makes an archive of a folder.
package struct Creation: Sendable {
    let source: String
    let target: String
    let name: ArchiveName
    let patterns: Patterns
    /// Whether what cannot be read is left out; otherwise it ends the creation.
    let skipsUnreadable: Bool

    package init(source: String, target: String, name: ArchiveName, patterns: Patterns, skipsUnreadable: Bool) {
        self.source = source
        self.target = target
        self.name = name
        self.patterns = patterns
        self.skipsUnreadable = skipsUnreadable
    }

    /// What was made.
    package struct Created: Sendable {
        /// SHA-256 of the archive, in hexadecimal.
        package fileprivate(set) var digest = ""
        package fileprivate(set) var archiveBytes = 0
        package fileprivate(set) var files = 0
        package fileprivate(set) var skipped: [Skipped]
        /// Files that became shorter or longer while they were read.
        package fileprivate(set) var changed: [String] = []
    }

    /// Writes aside, syncs, renames; whatever ends it early, nothing stays.
    ///
    /// - Parameter step: Called with the bytes read so far and in all; what it throws ends the creation.
    package func run(step: (_ done: Int, _ total: Int) throws -> Void) throws -> Created {
        let source = try File(folder: source)
        let target = try File(folder: target)
        try Leftovers.remove(in: target)
        let tree = try FileTree(source, patterns: patterns, without: target)
        if !skipsUnreadable, let first = tree.skipped.first { throw Unreadable(first, count: tree.skipped.count) }
        guard try target.info(of: name.archive) == nil else {
            throw FileFailure("create", "\(target.path)/\(name.archive)", code: EEXIST)
        }
        let part = try target.create(name.part)
        do {
            _ = part.lock()
            let created = try write(tree, from: source, to: part, in: target, step: step)
            try target.rename(name.part, to: name.archive)
            try target.sync()
            return created
        } catch {
            for file in [name.part, name.list, name.sum] { try? target.remove(file) }
            throw error
        }
    }

    private func write(
        _ tree: FileTree, from source: borrowing File, to part: borrowing File, in target: borrowing File,
        step: (Int, Int) throws -> Void
    ) throws -> Created {
        var writer = TarWriter()
        var list: [UInt8] = []
        var created = Created(skipped: tree.skipped)
        var done = 0
        for entry in tree.entries {
            guard entry.kind == .file else {
                try writer.add(TarHeader.bytes(of: entry), to: part)
                continue
            }
            let file: File
            do throws(FileFailure) {
                file = try source.open(below: entry.path)
            } catch {
                let skipped = Skipped(path: entry.path, reason: error.reason)
                guard skipsUnreadable else { throw Unreadable(skipped, count: 1) }
                created.skipped.append(skipped)
                continue
            }
            let before = done
            let (digest, isWhole) = try writer.add(entry, file, to: part) { count in
                done = before + count
                try step(done, tree.bytes)
            }
            if !isWhole { created.changed.append(entry.path) }
            created.files += 1
            list += Array(DigestList.line(entry.path, digest).utf8)
        }
        let digest = try writer.finish(part)
        try part.sync()
        try put(list, name.list, in: target)
        try put(Array(DigestList.line(name.archive, digest).utf8), name.sum, in: target)
        created.digest = Hexadecimal.text(digest)
        created.archiveBytes = writer.written
        return created
    }

    private func put(_ bytes: [UInt8], _ name: String, in target: borrowing File) throws {
        let file = try target.create(name)
        try file.write(bytes[...])
        try file.sync()
    }
}

/// A creation that ended since something could not be read: a backup that lacks files without a word is none.
package struct Unreadable: Error, CustomStringConvertible {
    let first: Skipped
    let count: Int

    init(_ first: Skipped, count: Int) {
        self.first = first
        self.count = count
    }

    package var description: String {
        let others = count > 1 ? ", and \(count - 1) more" : ""
        return "cannot archive \(first.path): \(first.reason)\(others); "
            + "exclude it, or pass \"skip_unreadable\": true to leave such things out"
    }
}

/// What a creation that was killed has left.
enum Leftovers {
    /// Removes it, unless its maker is still at work.
    static func remove(in target: borrowing File) throws(FileFailure) {
        for case let file? in try target.names() {
            guard let name = ArchiveName(part: file), try target.open(file).lock() else { continue }
            if try target.info(of: name.archive) == nil {
                try target.remove(name.list)
                try target.remove(name.sum)
            }
            try target.remove(file)
        }
    }
}
