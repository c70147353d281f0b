/// Writes ZIP files byte by byte, right ones and wrong ones: every field of every record can be bent.
struct ZipBuilder {
    /// The fields that both headers of an entry have.
    struct Fields {
        var name: [UInt8]
        var version: UInt16 = 20
        var flags: UInt16 = 0
        var method: UInt16 = 0
        var checksum: UInt32
        var compressed: UInt32
        var uncompressed: UInt32
        var extra: [UInt8] = []
    }

    struct Entry {
        /// As it lies in the archive: compressed already if the method says so.
        var data: [UInt8]
        var mode: UInt32 = 0o100644
        var dosAttributes: UInt32 = 0
        /// Bytes in front of the local header that belong to nothing.
        var gap: [UInt8] = []
        /// What follows the data.
        var descriptor: [UInt8] = []
        var local: Fields
        var central: Fields
        /// Where the central header says the entry begins, instead of where it does.
        var offset: UInt32?

        init(_ name: String, _ content: String = "x") { self.init(Array(name.utf8), Array(content.utf8)) }

        init(_ name: [UInt8], _ content: [UInt8]) {
            data = content
            local = Fields(
                name: name, checksum: crc32(content), compressed: UInt32(content.count),
                uncompressed: UInt32(content.count))
            if name.contains(where: { $0 >= 0x80 }) { local.flags = 0x0800 }
            if name.last == UInt8(ascii: "/") { mode = 0o040755 }
            central = local
        }

        /// The same entry with both headers changed alike.
        func both(_ change: (inout Fields) -> Void) -> Entry {
            var copy = self
            change(&copy.local)
            change(&copy.central)
            return copy
        }

        func with(_ change: (inout Entry) -> Void) -> Entry {
            var copy = self
            change(&copy)
            return copy
        }

        /// Method deflate with the content in stored blocks; `isEnded` false leaves the stream open.
        func deflated(isEnded: Bool = true) -> Entry {
            var copy = self
            copy.data = []
            var rest = data[...]
            repeat {
                let block = rest.prefix(65_535)
                rest = rest.dropFirst(block.count)
                let length = UInt16(block.count)
                copy.data += [isEnded && rest.isEmpty ? 1 : 0] + little(length) + little(~length) + block
            } while !rest.isEmpty
            return copy.both {
                $0.method = 8
                $0.compressed = UInt32(copy.data.count)
            }
        }

        /// Sizes and checksum behind the data instead of in the local header.
        func withDescriptor(signed: Bool) -> Entry {
            var copy = both { $0.flags |= 8 }
            copy.descriptor =
                (signed ? [0x50, 0x4B, 7, 8] : []) + little(central.checksum) + little(central.compressed)
                + little(central.uncompressed)
            (copy.local.checksum, copy.local.compressed, copy.local.uncompressed) = (0, 0, 0)
            return copy
        }
    }

    struct End {
        var disk: UInt16 = 0
        var directoryDisk: UInt16 = 0
        var countHere: UInt16
        var count: UInt16
        var size: UInt32
        var offset: UInt32
        var comment: [UInt8] = []
    }

    var entries: [Entry]
    var prefix: [UInt8] = []
    var beforeDirectory: [UInt8] = []
    var beforeEnd: [UInt8] = []
    var suffix: [UInt8] = []
    var end: (inout End) -> Void = { _ in }

    func bytes() -> [UInt8] {
        var out = prefix
        var directory: [UInt8] = []
        for entry in entries {
            out += entry.gap
            let offset = UInt32(out.count)
            out += [0x50, 0x4B, 3, 4] + shared(entry.local)
            out += entry.local.name + entry.local.extra + entry.data + entry.descriptor
            directory += [0x50, 0x4B, 1, 2, 20, 3] + shared(entry.central)
            directory += little(UInt16(0)) + little(UInt16(0)) + little(UInt16(0))
            directory += little(entry.mode << 16 | entry.dosAttributes) + little(entry.offset ?? offset)
            directory += entry.central.name + entry.central.extra
        }
        out += beforeDirectory
        var record = End(
            countHere: UInt16(entries.count), count: UInt16(entries.count), size: UInt32(directory.count),
            offset: UInt32(out.count))
        end(&record)
        out += directory + beforeEnd + [0x50, 0x4B, 5, 6] + little(record.disk) + little(record.directoryDisk)
        out += little(record.countHere) + little(record.count) + little(record.size) + little(record.offset)
        return out + little(UInt16(record.comment.count)) + record.comment + suffix
    }

    private func shared(_ fields: Fields) -> [UInt8] {
        little(fields.version) + little(fields.flags) + little(fields.method) + little(UInt16(0)) + little(UInt16(33))
            + little(fields.checksum) + little(fields.compressed) + little(fields.uncompressed)
            + little(UInt16(fields.name.count)) + little(UInt16(fields.extra.count))
    }
}

func little(_ number: UInt16) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8)] }
func little(_ number: UInt32) -> [UInt8] { little(UInt16(number & 0xFFFF)) + little(UInt16(number >> 16)) }

/// Bit by bit, on purpose not the way the code under test does it.
func crc32(_ bytes: [UInt8]) -> UInt32 {
    var value: UInt32 = .max
    for byte in bytes {
        value ^= UInt32(byte)
        for _ in 0..<8 { value = value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return ~value
}
