import Glibc
import Synchronization

/// A number in a file of the kernel's that is read after every answer of a worker: the file stays open, and its text is not
/// taken apart further than to the number.
final class CgroupCounter: Sendable {
    private let path: String
    private let key: [UInt8]
    /// The open file; below 0 while there is none.
    private let descriptor = Mutex<Int32>(-1)
    /// These files have some lines of a few words.
    private static let limit = 1024

    /// - Parameter key: The first word of the line that holds the number.
    init(_ key: String, in path: String) {
        self.path = path
        self.key = Array(key.utf8)
    }

    deinit { descriptor.withLock { if $0 >= 0 { close($0) } } }

    /// Nil where nobody counts.
    var value: UInt64? {
        descriptor.withLock { descriptor in
            if descriptor < 0 { descriptor = open(path, O_RDONLY | O_CLOEXEC) }
            guard descriptor >= 0 else { return nil }
            let file = descriptor
            return withUnsafeTemporaryAllocation(byteCount: Self.limit, alignment: 1) { buffer in
                let count = pread(file, buffer.baseAddress, buffer.count, 0)
                return count > 0 ? number(in: UnsafeRawBufferPointer(buffer)[..<count]) : nil
            }
        }
    }

    private func number(in text: Slice<UnsafeRawBufferPointer>) -> UInt64? {
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard line.starts(with: key), line.dropFirst(key.count).first == UInt8(ascii: " ") else { continue }
            return line.dropFirst(key.count + 1).reduce(nil) { number, digit in
                (48...57).contains(digit) ? (number ?? 0) &* 10 &+ UInt64(digit - 48) : number
            }
        }
        return nil
    }
}
