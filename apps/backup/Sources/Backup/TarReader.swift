import ElvesDigest

/// Reads an archive from its beginning to its end, once, and digests all of it on the way.
struct TarReader: ~Copyable {
    private let file: File
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    private var position = 0
    private var filled = 0
    private var hash = SHA256()
    /// Bytes taken so far.
    private(set) var taken = 0

    /// Longer records are no archive of ours: a path has at most 4096 bytes.
    private static let longestRecords = 1 << 16

    init(_ file: consuming File) {
        self.file = file
    }

    /// One entry: its path, the bytes of its contents that follow, and whether it is a file.
    struct Header {
        var path: String
        var size: Int
        let isFile: Bool
    }

    /// The next entry; nil at the end of the archive.
    mutating func next() throws -> Header? {
        var path: String?
        var size: Int?
        while true {
            let block = try bytes(TarHeader.block)
            if block.allSatisfy({ $0 == 0 }) { return nil }
            try check(block)
            let own = try octal(block[124..<136])
            guard block[156] == UInt8(ascii: "x") else {
                let isFile = block[156] == UInt8(ascii: "0")
                let prefix = text(block[345..<500])
                let name = text(block[0..<100])
                return Header(
                    path: path ?? (prefix.isEmpty ? name : "\(prefix)/\(name)"), size: isFile ? size ?? own : 0,
                    isFile: isFile)
            }
            guard own <= Self.longestRecords else { throw Damaged("an extended header of \(own) bytes") }
            let records = try records(bytes(own))
            _ = try bytes(TarHeader.padding(own))
            path = records["path"]
            if let text = records["size"] {
                guard let number = Int(text), number >= 0 else { throw Damaged("the size \(text)") }
                size = number
            }
        }
    }

    /// The digest of an entry's contents, whose padding is taken as well.
    ///
    /// - Parameter step: Called after each piece.
    mutating func digest(of header: Header, step: (borrowing TarReader) throws -> Void) throws -> [UInt8] {
        var hash = SHA256()
        var left = header.size
        while left > 0 {
            if position == filled, try !fill() { throw Damaged("\(header.path) ends too early") }
            let end = min(filled, position + left)
            buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[position..<end])) }
            left -= end - position
            taken += end - position
            position = end
            try step(self)
        }
        _ = try bytes(TarHeader.padding(header.size))
        return hash.finish()
    }

    /// The digest of the whole archive, of which the rest is read.
    mutating func finish() throws -> [UInt8] {
        while try fill() {}
        return hash.finish()
    }

    private mutating func fill() throws -> Bool {
        filled = try file.read(into: &buffer)
        position = 0
        buffer.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<filled])) }
        return filled > 0
    }

    private mutating func bytes(_ count: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        while result.count < count {
            if position == filled, try !fill() { throw Damaged("it ends too early") }
            let end = min(filled, position + count - result.count)
            result += buffer[position..<end]
            taken += end - position
            position = end
        }
        return result
    }

    /// A header's own sum: its bytes with the field of the sum as spaces.
    private func check(_ block: [UInt8]) throws {
        let sum = block.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
        guard try octal(block[148..<156]) == sum else { throw Damaged("a header whose sum is wrong") }
    }

    private func octal(_ field: ArraySlice<UInt8>) throws -> Int {
        let digits = field.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        guard let value = Int(String(decoding: digits, as: UTF8.self), radix: 8), value >= 0 else {
            throw Damaged("a header with a number that is none")
        }
        return value
    }

    private func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    private func records(_ bytes: [UInt8]) throws -> [String: String] {
        var records: [String: String] = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 1,
                length <= rest.count
            else { throw Damaged("an extended header") }
            let record = rest.prefix(length).dropFirst(digits.count + 1).dropLast()
            rest = rest.dropFirst(length)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw Damaged("an extended header") }
            records[text(record[..<equals])] = text(record[(equals + 1)...])
        }
        return records
    }
}

/// Why a file is no whole archive.
package struct Damaged: Error, CustomStringConvertible {
    package let description: String

    init(_ what: String) {
        description = "the archive is damaged: \(what)"
    }
}
