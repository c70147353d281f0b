/// Reads the headers of an archive and accepts only those that every ZIP reader understands in the same way.
///
/// One disk, one end record at the very end, no byte that belongs to no record, entries in the order of the central
/// directory and each beginning where the one before ends, both headers of an entry equal. Nothing is unpacked here;
/// that the contents are what the headers say is `ArchiveContent`'s to check.
struct ZipStructure {
    let limits: ArchiveLimits

    private static let endLength: UInt64 = 22
    private static let endSignature: [UInt8] = [0x50, 0x4B, 5, 6]
    /// More than 4,096 headers with the longest accepted names and the extra fields of common tools.
    private static let directoryLimit: UInt64 = 8 << 20

    /// - Returns: The entries in the order of the file.
    /// - Throws: `ArchiveError` naming the entry and the rule.
    func entries(of file: borrowing Descriptor) throws(ArchiveError) -> [ZipEntry] {
        let size = try ArchiveError.telling { () throws(FileError) in try file.size() }
        guard size <= limits.archiveBytes else { throw .tooLarge(bytes: size, limit: limits.archiveBytes) }
        let end = try endRecord(of: file, size: size)
        let directory = try bytes(file, at: end.offset, count: Int(end.size))
        var cursor = ZipCursor(directory)
        var names = EntryNames()
        var entries: [ZipEntry] = []
        var expected: UInt64 = 0
        var total: UInt64 = 0
        for _ in 0..<end.count {
            let central = try CentralHeader(&cursor, limits: limits)
            guard central.offset == expected else {
                throw .entry(central.label, .notContiguous(at: central.offset, expected: expected))
            }
            try names.insert(central.entry.name)
            total += central.entry.uncompressed
            guard total <= limits.totalBytes else { throw .unpackedTooLarge(limit: limits.totalBytes) }
            expected = try LocalHeader.check(against: central, in: file, directoryOffset: end.offset)
            entries.append(central.entry)
        }
        guard cursor.rest == 0 else {
            throw .notPlainZip(reason: "its central directory has more than the \(end.count) entries it counts")
        }
        guard expected == end.offset else {
            throw .notPlainZip(reason: "bytes between the last entry and the central directory belong to no entry")
        }
        return entries
    }

    private func endRecord(of file: borrowing Descriptor, size: UInt64) throws(ArchiveError)
        -> (count: Int, offset: UInt64, size: UInt64)
    {
        guard size >= Self.endLength else { throw .notPlainZip(reason: "shorter than an empty archive") }
        let directoryEnd = size - Self.endLength
        let record = try bytes(file, at: directoryEnd, count: Int(Self.endLength))
        var cursor = ZipCursor(record)
        guard let signature = cursor.bytes(4), signature.elementsEqual(Self.endSignature),
            let disk = cursor.number16(), let directoryDisk = cursor.number16(),
            let countHere = cursor.number16(), let count = cursor.number16(),
            let directorySize = cursor.number32(), let offset = cursor.number32(), let comment = cursor.number16()
        else {
            throw .notPlainZip(reason: "no end record at the very end: cut off, or with a comment or trailing bytes")
        }
        guard comment == 0 else { throw .notPlainZip(reason: "its end record announces a comment") }
        guard disk == 0, directoryDisk == 0, countHere == count else {
            throw .notPlainZip(reason: "it is one of several disks")
        }
        guard count != .max, directorySize != .max, offset != .max else {
            throw .notPlainZip(reason: "its sizes are those of the 64-bit form, which is not accepted")
        }
        guard Int(count) <= limits.entries else { throw .tooManyEntries(Int(count), limit: limits.entries) }
        guard UInt64(offset) + UInt64(directorySize) == directoryEnd else {
            throw .notPlainZip(
                reason: "its central directory does not end at the end record: prepended, missing or extra bytes")
        }
        guard UInt64(directorySize) <= Self.directoryLimit else {
            throw .notPlainZip(reason: "its central directory has more than \(Self.directoryLimit) bytes")
        }
        return (Int(count), UInt64(offset), UInt64(directorySize))
    }
}

/// All `count` bytes at `offset`.
func bytes(_ file: borrowing Descriptor, at offset: UInt64, count: Int) throws(ArchiveError) -> [UInt8] {
    let result = try ArchiveError.telling { () throws(FileError) in try file.read(at: offset, count: count) }
    guard result.count == count else { throw .notPlainZip(reason: "it ends before byte \(offset + UInt64(count))") }
    return result
}
