import Glibc

/// How control groups are changed; each returns 0 or an errno. The kernel fills a new folder with its files, takes them away
/// with it and judges what is written; tests do so with ordinary folders.
package struct CgroupFolders: Sendable {
    package let make: @Sendable (_ path: String) -> Int32
    package let remove: @Sendable (_ path: String) -> Int32
    package let write: @Sendable (_ text: String, _ path: String) -> Int32

    package init(
        make: @escaping @Sendable (_ path: String) -> Int32, remove: @escaping @Sendable (_ path: String) -> Int32,
        write: @escaping @Sendable (_ text: String, _ path: String) -> Int32
    ) {
        self.make = make
        self.remove = remove
        self.write = write
    }

    package static let kernel = CgroupFolders(
        make: { mkdir($0, 0o755) == 0 ? 0 : errno }, remove: { rmdir($0) == 0 ? 0 : errno },
        write: { CgroupFile.write($0, to: $1) })
}

/// Files of control groups: one write, one small text.
enum CgroupFile {
    /// Returns 0 or an errno.
    static func write(_ text: String, to path: String) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count ? 0 : errno
    }

    /// The beginning of a file, at most `limit` bytes; nil if there is no such file, or it cannot be read now.
    static func read(_ path: String, limit: Int = 64 << 10) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress.map { $0 + length }, $0.count - length)
            }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            length += count
        }
        return String(decoding: bytes[..<length], as: UTF8.self)
    }

    static func number(_ path: String) -> UInt64? {
        read(path).flatMap { UInt64($0.prefix { $0.isASCII && $0.isNumber }) }
    }

    /// The value of a line `KEY VALUE`.
    static func number(_ key: String, in path: String) -> UInt64? {
        for line in (read(path, limit: 4096) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return UInt64(words[1]) }
        }
        return nil
    }

    static func words(_ path: String) -> Set<String> {
        Set((read(path) ?? "").split(whereSeparator: \.isWhitespace).map(String.init))
    }

    static func processes(in folder: String) -> [Int32] {
        let text = read(folder + "/cgroup.procs") ?? ""
        // Of a list that was cut off, half a number is another process's.
        guard let end = text.lastIndex(of: "\n") else { return [] }
        return text[..<end].split(separator: "\n").compactMap { Int32($0) }
    }

    /// The names in a folder, without `.` and `..`; none if it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }
}
