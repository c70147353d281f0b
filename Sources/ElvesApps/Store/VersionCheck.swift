/// Compares the files of a version with its record, byte by byte.
enum VersionCheck {
    /// What differs, one line each: changed, missing or added files; empty when all is as it was.
    ///
    /// - Throws: `FileError` where the disk or the process is at fault, not the version.
    static func differences(_ record: InstalledRecord, in files: borrowing Descriptor) throws(FileError) -> [String] {
        var result: [String] = []
        for file in record.files {
            do {
                let found = try files.file(below: file.path).digest()
                if found.digest != file.digest { result.append("\"\(printable(file.path))\" has other content") }
            } catch {
                guard error.isOfTheFile else { throw error }
                result.append("\"\(printable(file.path))\" is missing, or no regular file")
            }
        }
        return try result + strangers(in: files, beside: record.files).map { "\"\(printable($0))\" was added" }
    }

    /// The paths of what is neither a folder nor one of these files.
    static func strangers(in folder: borrowing Descriptor, beside files: [ArchivedFile]) throws(FileError) -> [String] {
        let known = Set(files.map(\.path))
        var result: [String] = []
        try visit(folder, below: "") { path in if !known.contains(path) { result.append(path) } }
        return result
    }

    private static func visit(
        _ folder: borrowing Descriptor, below path: String, _ body: (String) -> Void
    ) throws(FileError) {
        for entry in try folder.entries() {
            let name = path + entry.name
            if entry.kind == .folder {
                try visit(folder.folder(entry.name), below: name + "/", body)
            } else {
                body(name)
            }
        }
    }
}
