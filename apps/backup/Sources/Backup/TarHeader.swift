/// The headers of a tar archive (POSIX.1-1988 ustar, with the extended records of POSIX.1-2001 where it is too small).
enum TarHeader {
    static let block = 512

    private static let pathField = 100
    private static let prefixField = 155
    private static let largestSize = 0o77777777777

    /// The bytes before an entry's contents: a header, or three where it has extended records.
    static func bytes(of entry: Entry) -> [UInt8] {
        var records: [(String, String)] = []
        let path = entry.kind == .folder ? entry.path + "/" : entry.path
        var name = Array(path.utf8)
        var prefix: [UInt8] = []
        if name.count > pathField {
            if let cut = cut(name) {
                prefix = Array(name[..<cut])
                name = Array(name[(cut + 1)...])
            } else {
                records.append(("path", path))
                name = Array(name.prefix(pathField))
            }
        }
        var link: [UInt8] = []
        if case .link(let target) = entry.kind {
            link = Array(target.utf8)
            if link.count > pathField {
                records.append(("linkpath", target))
                link = Array(link.prefix(pathField))
            }
        }
        if entry.size > largestSize { records.append(("size", "\(entry.size)")) }
        let type: UInt8 =
            switch entry.kind {
            case .file: UInt8(ascii: "0")
            case .link: UInt8(ascii: "2")
            case .folder: UInt8(ascii: "5")
            }
        let header = header(
            name: name, prefix: prefix, link: link, mode: entry.mode, size: min(entry.size, largestSize),
            modified: max(0, entry.modified), type: type)
        guard !records.isEmpty else { return header }
        let extended = padded(records.flatMap { record($0.0, $0.1) })
        let size = records.reduce(0) { $0 + record($1.0, $1.1).count }
        return Self.header(
            name: Array("pax".utf8), prefix: [], link: [], mode: 0o644, size: size, modified: 0,
            type: UInt8(ascii: "x")) + extended + header
    }

    /// How many bytes fill up the last block of contents.
    static func padding(_ size: Int) -> Int { (block - size % block) % block }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: padding(bytes.count))
    }

    /// The slash at which a path that is too long for its field goes into two; nil when there is none.
    private static func cut(_ path: [UInt8]) -> Int? {
        path.indices.dropLast().first { index in
            path[index] == UInt8(ascii: "/") && index > 0 && index <= prefixField && path.count - index - 1 <= pathField
        }
    }

    /// `length key=value\n`, where the length counts itself.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count + 1
        while "\(length)".utf8.count + rest.utf8.count != length { length += 1 }
        return Array("\(length)\(rest)".utf8)
    }

    private static func header(
        name: [UInt8], prefix: [UInt8], link: [UInt8], mode: UInt32, size: Int, modified: Int, type: UInt8
    ) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: block)
        func put(_ bytes: [UInt8], at offset: Int) {
            header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        put(name, at: 0)
        put(octal(Int(mode), digits: 7), at: 100)
        // Owner and group are 0: the sandbox does not show who owns a file.
        put(octal(0, digits: 7), at: 108)
        put(octal(0, digits: 7), at: 116)
        put(octal(size, digits: 11), at: 124)
        put(octal(modified, digits: 11), at: 136)
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        header[156] = type
        put(link, at: 157)
        put(Array("ustar".utf8) + [0] + Array("00".utf8), at: 257)
        put(prefix, at: 345)
        put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + [0], at: 148)
        return header
    }

    private static func octal(_ value: Int, digits: Int) -> [UInt8] {
        let text = String(value, radix: 8)
        return Array((String(repeating: "0", count: max(0, digits - text.count)) + text).utf8.suffix(digits))
    }
}
