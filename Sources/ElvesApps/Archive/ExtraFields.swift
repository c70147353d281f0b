/// The extra fields of a header: a list of id, length and bytes (APPNOTE 4.5).
///
/// Only those are accepted that say nothing about where or what an entry is. Refused are thereby the 64-bit sizes,
/// other names (Info-ZIP's Unicode path), links and modes of Unix, and encryption.
enum ExtraFields {
    private static let accepted: Set<UInt16> = [
        0x5455,  // times (Info-ZIP "UT")
        0x7875,  // owner (Info-ZIP "ux")
        0x7855,  // owner, older ("Ux")
        0x000A,  // times of NTFS
        0xCAFE,  // marks a Java archive; empty
    ]

    static func check(_ bytes: ArraySlice<UInt8>) throws(EntryRule) {
        var cursor = ZipCursor(bytes)
        while cursor.rest > 0 {
            guard let id = cursor.number16(), let length = cursor.number16(), cursor.bytes(Int(length)) != nil else {
                throw .malformedExtraFields
            }
            guard accepted.contains(id) else { throw .extraField(id) }
        }
    }
}
