import CElvesSystem
import Glibc

/// Why a file could not be read.
package enum FileReadError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, errno: Int32)
    case cannotRead(path: String, errno: Int32)
    case tooLong(path: String, limit: Int)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let errno): "cannot open \"\(path)\": \(errnoText(errno))"
        case .cannotRead(let path, let errno): "cannot read \"\(path)\": \(errnoText(errno))"
        case .tooLong(let path, let limit): "\"\(path)\" is longer than the \(limit) bytes that are read of such a file"
        }
    }
}

/// The bytes of a file that has at most `limit` of them.
package func readFile(_ path: String, limit: Int) throws(FileReadError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(path: path, errno: errno) }
    defer { close(descriptor) }
    guard let bytes = try readToEnd(descriptor, limit: limit, named: path) else { throw .tooLong(path: path, limit: limit) }
    return bytes
}

/// Everything up to the end of the file; nil if that is more than `limit` bytes.
///
/// - Parameter milliseconds: How long to wait for each part; for ever if it is negative.
package func readToEnd(
    _ descriptor: Int32, limit: Int, named path: String, milliseconds: Int32 = -1
) throws(FileReadError) -> [UInt8]? {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16 << 10)
    while true {
        let count = elves_read(descriptor, &part, part.count, milliseconds)
        guard count >= 0 else { throw .cannotRead(path: path, errno: Int32(-count)) }
        guard count > 0 else { return bytes }
        guard bytes.count + count <= limit else { return nil }
        bytes.append(contentsOf: part[..<count])
    }
}

/// What the C library says about an error number, with the number.
package func errnoText(_ number: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &text, text.count) == 0 else { return "errno \(number)" }
    let length = text.firstIndex(of: 0) ?? text.count
    return "\(String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)) (errno \(number))"
}

/// Whether something is there, following links.
package func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }
