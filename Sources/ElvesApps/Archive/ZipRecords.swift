/// Reads the little-endian numbers of ZIP records one after the other; past the end it gives nil.
struct ZipCursor {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    var rest: Int { bytes.endIndex - index }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest else { return nil }
        defer { index += count }
        return bytes[index..<index + count]
    }

    mutating func number16() -> UInt16? { bytes(2).map { $0.reversed().reduce(0) { $0 << 8 | UInt16($1) } } }
    mutating func number32() -> UInt32? { bytes(4).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } } }
}

/// The fields that a local and a central header share, in the order of the file format (APPNOTE 4.3.7 and 4.3.12).
struct ZipHeader {
    /// The version of the format that a reader needs, times ten; the upper byte has no meaning.
    var version: UInt16
    var flags: UInt16
    var method: UInt16
    var checksum: UInt32
    var compressed: UInt32
    var uncompressed: UInt32
    var nameLength: Int
    var extraLength: Int

    static let hasDataDescriptor: UInt16 = 0x0008
    static let isUTF8: UInt16 = 0x0800

    /// Reads from the version needed to the length of the extra fields.
    init?(_ cursor: inout ZipCursor) {
        guard let version = cursor.number16(), let flags = cursor.number16(), let method = cursor.number16(),
            cursor.bytes(4) != nil, let checksum = cursor.number32(), let compressed = cursor.number32(),
            let uncompressed = cursor.number32(), let nameLength = cursor.number16(),
            let extraLength = cursor.number16()
        else { return nil }
        self.version = version
        self.flags = flags
        self.method = method
        self.checksum = checksum
        self.compressed = compressed
        self.uncompressed = uncompressed
        self.nameLength = Int(nameLength)
        self.extraLength = Int(extraLength)
    }
}

extension ZipHeader {
    /// Version 2.0 has folders and deflate; what later ones brought is not accepted.
    func checkVersion() throws(EntryRule) {
        guard version & 0xFF <= 20 else { throw .newerFormat(version: version & 0xFF) }
    }
}

/// One entry of an archive whose structure is known to be sound.
struct ZipEntry {
    /// The name as it came.
    let rawName: [UInt8]
    let name: EntryName
    let isExecutable: Bool
    let checksum: UInt32
    let compressed: UInt64
    let uncompressed: UInt64
}
