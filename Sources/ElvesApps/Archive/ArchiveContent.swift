import CArchive
import ElvesModel
import Glibc

import struct Crypto.SHA256

/// The contents of an archive whose structure `ZipStructure` has accepted, unpacked by libarchive in its order.
///
/// Not more bytes than announced are handed on for an entry, and each entry's size and checksum are compared with its
/// header at its end. Whoever uses the bytes before that must be ready to throw them away.
final class ArchiveContent {
    private let reader: OpaquePointer

    deinit { archive_read_free(reader) }

    /// Reads from the beginning of `file`, whose position moves with it and which must stay open.
    init(of file: borrowing Descriptor) throws(ArchiveError) {
        guard let reader = archive_read_new() else { throw .file(FileError("read", file.path, code: ENOMEM)) }
        self.reader = reader
        guard archive_read_support_format_zip_seekable(reader) == ARCHIVE_OK,
            lseek(file.raw, 0, SEEK_SET) == 0, archive_read_open_fd(reader, file.raw, 64 << 10) == ARCHIVE_OK
        else { throw .notPlainZip(reason: Self.reason(reader)) }
    }

    /// Hands on the content of the next entry, which must be `entry`, in blocks.
    ///
    /// - Returns: The content's SHA-256.
    func read(
        _ entry: ZipEntry, block: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
    ) throws(ArchiveError) -> Digest {
        let label = entry.name.text
        try next(entry)
        var hash = SHA256()
        var checksum = CRC32()
        var size: UInt64 = 0
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: Int64 = 0
            let result = archive_read_data_block(reader, &start, &count, &offset)
            if result == ARCHIVE_EOF { break }
            guard result == ARCHIVE_OK else { throw .entry(label, .unreadable(reason: Self.reason(reader))) }
            let bytes = UnsafeRawBufferPointer(start: start, count: count)
            guard offset == Int64(size), UInt64(count) <= entry.uncompressed - size else {
                throw .entry(label, .wrongUnpackedSize(expected: entry.uncompressed))
            }
            size += UInt64(count)
            hash.update(bufferPointer: bytes)
            checksum.update(bytes)
            try block(bytes)
        }
        guard size == entry.uncompressed else {
            throw .entry(label, .wrongUnpackedSize(expected: entry.uncompressed))
        }
        guard checksum.value == entry.checksum else { throw .entry(label, .wrongChecksum) }
        return Digest(bytes: hash.finalize())
    }

    /// Makes sure that libarchive sees no entry beyond those read.
    func end() throws(ArchiveError) {
        var header: OpaquePointer?
        guard archive_read_next_header(reader, &header) == ARCHIVE_EOF else {
            throw .notPlainZip(reason: "libarchive finds more entries than its central directory has")
        }
    }

    private func next(_ entry: ZipEntry) throws(ArchiveError) {
        let label = entry.name.text
        var header: OpaquePointer?
        guard archive_read_next_header(reader, &header) == ARCHIVE_OK, let header else {
            throw .entry(label, .unreadable(reason: Self.reason(reader)))
        }
        guard let name = archive_entry_pathname_utf8(header), String(cString: name).utf8.elementsEqual(entry.rawName)
        else { throw .entry(label, .headersDiffer(field: "name, as libarchive reads it")) }
        let type: mode_t = entry.name.isFolder ? S_IFDIR : S_IFREG
        guard archive_entry_filetype(header) == type, archive_entry_hardlink(header) == nil,
            archive_entry_symlink(header) == nil
        else { throw .entry(label, .special(type: UInt16(truncatingIfNeeded: archive_entry_filetype(header)))) }
    }

    static func reason(_ archive: OpaquePointer) -> String {
        guard let text = archive_error_string(archive) else { return "libarchive gives no reason" }
        return String(cString: text).split(whereSeparator: \.isNewline).joined(separator: "; ")
    }
}

/// Runs `body` with this thread's character set being UTF-8, whatever the environment says: libarchive converts names
/// by it. Where the system has no such locale, names beyond ASCII are refused by libarchive.
func withUTF8Locale<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    guard let locale = newlocale(LC_CTYPE_MASK_, "C.UTF-8", nil) else { return try body() }
    let previous = uselocale(locale)
    defer {
        uselocale(previous)
        freelocale(locale)
    }
    return try body()
}

/// `LC_CTYPE_MASK` of locale.h, a macro that Swift does not import.
private let LC_CTYPE_MASK_: Int32 = 1 << LC_CTYPE
