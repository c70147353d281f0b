/// Which bytes of a file a request asks for.
enum ArchiveRange: Equatable {
    case whole
    case part(ClosedRange<Int>)
    /// Nothing of the file lies in it.
    case none

    /// Reads a `Range` header. Other units, several ranges and what cannot be understood ask for the whole, as HTTP allows.
    init(_ header: String?, size: Int) {
        self = .whole
        guard let header, header.hasPrefix("bytes=") else { return }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), ends[1].isEmpty || Self.number(ends[1]) != nil else { return }
        let last = min(Self.number(ends[1]) ?? .max, size - 1)
        guard first < size else {
            self = .none
            return
        }
        guard first <= last else { return }
        self = .part(first...last)
    }

    private static func number(_ digits: Substring) -> Int? {
        digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(digits) : nil
    }
}
