import CArchive
import Glibc

/// Writes a reproducible ZIP file by libarchive: deflate, modes 0644 and 0755, owner 0, and 1980-01-01
/// for every time, which libarchive puts where an entry has none.
///
/// Deflate's fourth level: an author packs at every save, and a program of 6 MB takes 0.1 s so, 0.5 s at the ninth, for 3 %.
/// The same names and bytes in the same order give the same archive under one version of libarchive and zlib.
final class ArchiveWriter {
    private let writer: OpaquePointer
    private let regular: mode_t = S_IFREG

    deinit { archive_write_free(writer) }

    /// Writes to `file`, which must stay open.
    init(to file: borrowing Descriptor) throws(PackError) {
        guard let writer = archive_write_new() else { throw .writer(reason: "out of memory") }
        self.writer = writer
        let isReady =
            archive_write_set_format_zip(writer) == ARCHIVE_OK
            && archive_write_set_options(writer, "zip:compression=deflate,zip:compression-level=4") == ARCHIVE_OK
            && archive_write_set_bytes_in_last_block(writer, 1) == ARCHIVE_OK
            && archive_write_open_fd(writer, file.raw) == ARCHIVE_OK
        guard isReady else { throw .writer(reason: ArchiveContent.reason(writer)) }
    }

    /// Adds a file that is not on the disk as it is to be in the archive.
    func add(_ name: String, _ bytes: [UInt8]) throws(PackError) {
        let file = SourceFile(name: name, path: [], isExecutable: false, size: UInt64(bytes.count))
        try begin(file) { () throws(PackError) in
            let written = bytes.withUnsafeBytes { archive_write_data(writer, $0.baseAddress, $0.count) }
            guard written == bytes.count else { throw failure(file) }
        }
    }

    /// Adds a file.
    ///
    /// - Throws: `PackError.writer`, also where the source has another size than it had when it was listed.
    func add(_ file: SourceFile, from source: borrowing Descriptor) throws(PackError) {
        try begin(file) { () throws(PackError) in
            var offset: UInt64 = 0
            while true {
                let bytes: [UInt8]
                do throws(FileError) { bytes = try source.read(at: offset, count: 256 << 10) } catch {
                    throw PackError.file(error)
                }
                if bytes.isEmpty { break }
                let written = bytes.withUnsafeBytes { archive_write_data(writer, $0.baseAddress, $0.count) }
                guard written == bytes.count else { throw failure(file) }
                offset += UInt64(bytes.count)
            }
            guard offset == file.size else {
                throw PackError.writer(reason: "\"\(printable(file.name))\" changed while it was packed")
            }
        }
    }

    /// Writes an entry's header, what `body` writes, and its end.
    private func begin(_ file: SourceFile, _ body: () throws(PackError) -> Void) throws(PackError) {
        guard let entry = archive_entry_new() else { throw .writer(reason: "out of memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, file.name)
        archive_entry_set_filetype(entry, regular)
        archive_entry_set_perm(entry, file.isExecutable ? 0o755 : 0o644)
        archive_entry_set_size(entry, Int64(file.size))
        guard archive_write_header(writer, entry) == ARCHIVE_OK else { throw failure(file) }
        try body()
        guard archive_write_finish_entry(writer) == ARCHIVE_OK else { throw failure(file) }
    }

    /// Writes the central directory.
    func close() throws(PackError) {
        guard archive_write_close(writer) == ARCHIVE_OK else { throw .writer(reason: ArchiveContent.reason(writer)) }
    }

    private func failure(_ file: SourceFile) -> PackError {
        .writer(reason: "\"\(printable(file.name))\": \(ArchiveContent.reason(writer))")
    }
}
