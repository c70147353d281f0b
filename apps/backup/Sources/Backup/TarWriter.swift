import ElvesDigest
import Glibc

/// Writes entries one after the other and digests the whole archive on the way.
struct TarWriter {
    private(set) var written = 0
    private var hash = SHA256()
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)

    mutating func add(_ bytes: [UInt8], to archive: borrowing File) throws {
        try add(bytes[...], to: archive)
    }

    /// Adds a file: exactly as many bytes as its header says, filled up with zeros when it has become shorter.
    ///
    /// - Parameter step: Called with the bytes of this file so far.
    /// - Returns: The digest of what is in the archive, and whether the file had the size it was seen with.
    mutating func add(
        _ entry: Entry, _ file: borrowing File, to archive: borrowing File, step: (Int) throws -> Void
    ) throws -> (digest: [UInt8], isWhole: Bool) {
        try add(TarHeader.bytes(of: entry), to: archive)
        var digest = SHA256()
        var count = 0
        var isWhole = true
        while count < entry.size {
            var piece = try file.read(into: &buffer, limit: entry.size - count)
            if piece == 0 {
                isWhole = false
                piece = min(buffer.count, entry.size - count)
                for index in 0..<piece { buffer[index] = 0 }
            }
            buffer.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<piece])) }
            try add(buffer[..<piece], to: archive)
            count += piece
            try step(count)
        }
        isWhole = try isWhole && file.info().st_size == entry.size
        try add([UInt8](repeating: 0, count: TarHeader.padding(entry.size)), to: archive)
        return (digest.finish(), isWhole)
    }

    /// Ends the archive, with whole records of 20 blocks as tar has them, and returns its digest.
    mutating func finish(_ archive: borrowing File) throws -> [UInt8] {
        let record = 20 * TarHeader.block
        let end = written + 2 * TarHeader.block
        try add([UInt8](repeating: 0, count: (end + record - 1) / record * record - written), to: archive)
        return hash.finish()
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>, to archive: borrowing File) throws {
        try archive.write(bytes)
        bytes.withUnsafeBytes { hash.update($0) }
        written += bytes.count
    }
}
