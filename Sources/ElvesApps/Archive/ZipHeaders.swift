/// One header of the central directory, with everything checked that it says by itself.
struct CentralHeader {
    let header: ZipHeader
    let entry: ZipEntry
    /// Where the entry begins.
    let offset: UInt64

    /// The name for messages.
    var label: String { String(decoding: entry.rawName, as: UTF8.self) }

    init(_ cursor: inout ZipCursor, limits: ArchiveLimits) throws(ArchiveError) {
        guard let signature = cursor.bytes(4), signature.elementsEqual([0x50, 0x4B, 1, 2]),
            cursor.bytes(2) != nil, let header = ZipHeader(&cursor), let commentLength = cursor.number16(),
            let disk = cursor.number16(), cursor.bytes(2) != nil, let attributes = cursor.number32(),
            let offset = cursor.number32(), let name = cursor.bytes(header.nameLength),
            let extra = cursor.bytes(header.extraLength), cursor.bytes(Int(commentLength)) != nil
        else { throw .notPlainZip(reason: "its central directory is cut off or malformed") }
        let label = String(decoding: name, as: UTF8.self)
        do throws(EntryRule) {
            guard disk == 0 else { throw EntryRule.headersDiffer(field: "disk number") }
            try Self.check(header, name: name, extra: extra)
            let entryName = try Self.name(name, limits)
            let isExecutable = try Self.isExecutable(UInt16(attributes >> 16), dos: attributes, entryName)
            try Self.checkSizes(header, entryName, limits)
            entry = ZipEntry(
                rawName: Array(name), name: entryName, isExecutable: isExecutable, checksum: header.checksum,
                compressed: UInt64(header.compressed), uncompressed: UInt64(header.uncompressed))
        } catch {
            throw .entry(label, error)
        }
        self.header = header
        self.offset = UInt64(offset)
    }

    private static func name(_ bytes: ArraySlice<UInt8>, _ limits: ArchiveLimits) throws(EntryRule) -> EntryName {
        do { return try EntryName(Array(bytes), limits: limits) } catch { throw .name(error) }
    }

    private static func check(
        _ header: ZipHeader, name: ArraySlice<UInt8>, extra: ArraySlice<UInt8>
    ) throws(EntryRule) {
        guard header.flags & 0x2041 == 0 else { throw .encrypted }
        try header.checkVersion()
        // Bits 1 and 2 tell how hard deflate tried.
        let known = 0x0006 | ZipHeader.hasDataDescriptor | ZipHeader.isUTF8
        guard header.flags & ~known == 0 else { throw .unknownFlags(header.flags & ~known) }
        guard header.method == 0 || header.method == 8 else { throw .unknownMethod(header.method) }
        guard header.flags & ZipHeader.isUTF8 != 0 || name.allSatisfy({ $0 < 0x80 }) else {
            throw .nameNotMarkedUTF8
        }
        try ExtraFields.check(extra)
    }

    /// The type and permission bits of Unix; zero where the archive comes from another system.
    private static func isExecutable(_ mode: UInt16, dos: UInt32, _ name: EntryName) throws(EntryRule) -> Bool {
        let type = mode & 0o170000
        let isFolderByName = name.isFolder
        switch type {
        case 0: break
        case 0o100000: guard !isFolderByName else { throw .special(type: type) }
        case 0o040000: guard isFolderByName else { throw .special(type: type) }
        default: throw .special(type: type)
        }
        guard mode & 0o7000 == 0 else { throw .privilegedMode(mode) }
        // The folder bit of MS-DOS.
        guard dos & 0x10 == 0 || isFolderByName else { throw .special(type: 0o040000) }
        return mode & 0o100 != 0
    }

    private static func checkSizes(
        _ header: ZipHeader, _ name: EntryName, _ limits: ArchiveLimits
    ) throws(EntryRule) {
        let (packed, unpacked) = (UInt64(header.compressed), UInt64(header.uncompressed))
        guard packed != UInt64(UInt32.max), unpacked != UInt64(UInt32.max), unpacked <= limits.fileBytes else {
            throw .tooLarge(bytes: max(packed, unpacked), limit: limits.fileBytes)
        }
        guard !name.isFolder || (packed == 0 && unpacked == 0 && header.method == 0) else {
            throw .folderWithContent
        }
        guard header.method != 0 || packed == unpacked else { throw .sizesDisagree }
        guard unpacked <= limits.ratioFloor || unpacked <= packed * limits.ratio else {
            throw .compressedTooWell(ratio: unpacked / max(packed, 1), limit: limits.ratio)
        }
    }
}

/// The header in front of an entry's data.
enum LocalHeader {
    /// Checks that it says what the central directory says, and what follows the data.
    ///
    /// - Returns: The offset of the first byte behind the entry.
    static func check(
        against central: CentralHeader, in file: borrowing Descriptor, directoryOffset: UInt64
    ) throws(ArchiveError) -> UInt64 {
        let label = central.label
        let fixedLength: UInt64 = 30
        guard central.offset + fixedLength <= directoryOffset else { throw .entry(label, .noLocalHeader) }
        var cursor = ZipCursor(try bytes(file, at: central.offset, count: Int(fixedLength)))
        guard let signature = cursor.bytes(4), signature.elementsEqual([0x50, 0x4B, 3, 4]),
            let local = ZipHeader(&cursor)
        else { throw .entry(label, .noLocalHeader) }
        let namesLength = UInt64(local.nameLength + local.extraLength)
        let dataOffset = central.offset + fixedLength + namesLength
        let dataEnd = dataOffset + central.entry.compressed
        guard dataEnd <= directoryOffset else { throw .entry(label, .headersDiffer(field: "lengths")) }
        let names = try bytes(file, at: central.offset + fixedLength, count: Int(namesLength))
        do throws(EntryRule) {
            guard names.prefix(local.nameLength).elementsEqual(central.entry.rawName) else {
                throw EntryRule.headersDiffer(field: "name")
            }
            try local.checkVersion()
            try compare(local, central.header)
            try ExtraFields.check(names.dropFirst(local.nameLength))
        } catch {
            throw .entry(label, error)
        }
        guard local.flags & ZipHeader.hasDataDescriptor != 0 else { return dataEnd }
        return try dataDescriptorEnd(central, in: file, at: dataEnd, directoryOffset: directoryOffset)
    }

    private static func compare(_ local: ZipHeader, _ central: ZipHeader) throws(EntryRule) {
        guard local.flags == central.flags else { throw .headersDiffer(field: "flags") }
        guard local.method == central.method else { throw .headersDiffer(field: "method") }
        // With a data descriptor the sizes were not known yet: zero, or already right (libarchive).
        let mayBeZero = local.flags & ZipHeader.hasDataDescriptor != 0
        func agree(_ here: UInt32, _ there: UInt32) -> Bool { here == there || (mayBeZero && here == 0) }
        guard agree(local.checksum, central.checksum) else { throw .headersDiffer(field: "checksum") }
        guard agree(local.compressed, central.compressed) else { throw .headersDiffer(field: "packed size") }
        guard agree(local.uncompressed, central.uncompressed) else { throw .headersDiffer(field: "unpacked size") }
    }

    /// The descriptor has a signature or not; its length follows from which of the two repeats the numbers.
    private static func dataDescriptorEnd(
        _ central: CentralHeader, in file: borrowing Descriptor, at offset: UInt64, directoryOffset: UInt64
    ) throws(ArchiveError) -> UInt64 {
        let available = min(16, Int(directoryOffset - offset))
        let found = try bytes(file, at: offset, count: available)
        for signature in [[0x50, 0x4B, 7, 8], []] as [[UInt8]] where found.starts(with: signature) {
            var cursor = ZipCursor(found.dropFirst(signature.count))
            if cursor.number32() == central.header.checksum, cursor.number32() == central.header.compressed,
                cursor.number32() == central.header.uncompressed
            {
                return offset + UInt64(signature.count) + 12
            }
        }
        throw .entry(central.label, .badDataDescriptor)
    }
}
