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
