import CElvesSystem
import Glibc

/// The files that this process runs from: its libraries and its loader, by the paths they were found at.
enum LoadedLibraries {
    /// Each path that a copy of this program will look for, and where the file really lies.
    static func files() -> [(target: String, source: String)] {
        var text = [CChar](repeating: 0, count: 64 << 10)
        let length = elves_loaded_files(&text, text.count)
        guard length > 0 else { return [] }
        return text[..<Int(length)].split(separator: 0).compactMap { bytes in
            let name = String(decoding: bytes.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return realPath(name).map { (canonical(name), $0) }
        }
    }

    /// The path with the links in its folders resolved by Debian's merged `/usr` only: `/lib/x` is `/usr/lib/x`.
    private static func canonical(_ path: String) -> String {
        for folder in ["/lib/", "/lib64/"] where path.hasPrefix(folder) { return "/usr" + path }
        return path
    }

    static func realPath(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(cString: pointer)
    }
}
