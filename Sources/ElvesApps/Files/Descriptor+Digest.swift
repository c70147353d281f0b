import ElvesModel

import struct Crypto.SHA256

extension Descriptor {
    /// The SHA-256 and the number of all bytes, read in pieces of 256 KiB.
    func digest() throws(FileError) -> (digest: Digest, size: UInt64) {
        var hash = SHA256()
        var offset: UInt64 = 0
        while true {
            let bytes = try read(at: offset, count: 256 << 10)
            if bytes.isEmpty { return (Digest(bytes: hash.finalize()), offset) }
            bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
            offset += UInt64(bytes.count)
        }
    }

    /// Copies the bytes into `other`, at most `limit` of them, read in pieces of 256 KiB.
    ///
    /// - Returns: SHA-256 and number of the bytes copied.
    func copy(to other: borrowing Descriptor, limit: UInt64) throws(FileError) -> (digest: Digest, size: UInt64) {
        var hash = SHA256()
        var offset: UInt64 = 0
        while true {
            let bytes = try read(at: offset, count: Int(min(256 << 10, limit - offset)))
            if bytes.isEmpty { return (Digest(bytes: hash.finalize()), offset) }
            bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
            try other.write(bytes)
            offset += UInt64(bytes.count)
        }
    }
}
