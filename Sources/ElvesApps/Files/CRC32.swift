/// The checksum of ZIP entries: CRC-32 of ISO 3309, polynomial 0xEDB88320 reflected.
struct CRC32 {
    private var state: UInt32 = 0xFFFF_FFFF

    var value: UInt32 { ~state }

    /// Takes eight bytes a step: one at a time, the checksum is the dearest part of reading a large archive.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        state = Self.tables.withUnsafeBufferPointer { tables in
            func entry(_ table: Int, _ word: UInt32, _ shift: UInt32) -> UInt32 {
                tables[table << 8 | Int(word >> shift & 0xFF)]
            }
            var state = state
            var offset = 0
            while bytes.count - offset >= 8 {
                let low = state ^ UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                let high = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
                state = entry(7, low, 0) ^ entry(6, low, 8) ^ entry(5, low, 16) ^ entry(4, low, 24)
                state ^= entry(3, high, 0) ^ entry(2, high, 8) ^ entry(1, high, 16) ^ entry(0, high, 24)
                offset += 8
            }
            for byte in bytes[offset...] { state = entry(0, state ^ UInt32(byte), 0) ^ (state >> 8) }
            return state
        }
    }

    /// Eight tables one after the other: number `n` has what a byte becomes when `n` zero bytes follow it.
    private static let tables: [UInt32] = {
        var tables: [UInt32] = (0..<256).map { index in
            (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
        }
        for index in 256..<8 * 256 {
            let before = tables[index - 256]
            tables.append(tables[Int(before & 0xFF)] ^ (before >> 8))
        }
        return tables
    }()
}
