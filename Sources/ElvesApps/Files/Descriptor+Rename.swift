import Glibc

extension Descriptor {
    /// Renames an entry of this folder, replacing a file of that name, and syncs the folder.
    func rename(_ name: String, to newName: String) throws(FileError) {
        try rename(name, to: newName, in: self)
    }

    /// Moves an entry of this folder into another one of the same disk, and syncs that one. An existing file is
    /// replaced, an existing folder only if it is empty.
    func rename(_ name: String, to newName: String, in other: borrowing Descriptor) throws(FileError) {
        guard renameat(raw, name, other.raw, newName) == 0 else {
            throw FileError("rename to \"\(other.path)/\(newName)\"", "\(path)/\(name)")
        }
        try other.sync()
    }

    /// Renames an entry of this folder, replacing a file of that name; whoever calls syncs the folder later, if at all.
    func rename(_ name: String, to newName: String, isSynced: Bool) throws(FileError) {
        if isSynced { return try rename(name, to: newName) }
        guard renameat(raw, name, raw, newName) == 0 else { throw FileError("rename to \"\(newName)\"", "\(path)/\(name)") }
    }

    /// Gives a file of this folder a second name in another one of the same disk.
    ///
    /// - Returns: Whether it has it; false if the name is taken, or the file can have no more names.
    func link(_ name: String, to newName: String, in other: borrowing Descriptor) throws(FileError) -> Bool {
        if linkat(raw, name, other.raw, newName, 0) == 0 { return true }
        guard errno == EEXIST || errno == EMLINK else {
            throw FileError("link as \"\(other.path)/\(newName)\"", "\(path)/\(name)")
        }
        return false
    }

    /// Says that the folder was used now: sets the time of its last change.
    func touch() throws(FileError) {
        guard futimens(raw, nil) == 0 else { throw FileError("set the time of", path) }
    }

    /// When the folder was changed last, in nanoseconds since 1970.
    func changedAt() throws(FileError) -> Int64 {
        let status = try status()
        return Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
    }

    /// Replaces the file `name` by one with these bytes: the old or the new content is there at any time.
    func replace(_ name: String, with bytes: [UInt8]) throws(FileError) {
        let temporary = ".\(name).\(uniqueName())"
        do {
            let file = try newFile(temporary, mode: 0o644)
            try file.write(bytes)
            try file.sync()
            try rename(temporary, to: name)
        } catch {
            try? removeTree(temporary)
            throw error
        }
    }
}

/// 16 hexadecimal characters that nobody else uses.
func uniqueName() -> String {
    let text = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
}
