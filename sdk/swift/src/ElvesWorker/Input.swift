/// What the host has written: lines one after the other, however they were cut into reads.
struct Input {
    private let descriptor: Int32
    /// Bytes read and not yet taken, from `start` on.
    private var bytes: [UInt8] = []
    private var start = 0
    private var chunk = [UInt8](repeating: 0, count: 65536)
    private var hasEnded = false
    /// Messages that were taken while a call looked for its cancel.
    private var waiting: [Message] = []

    var lineBytes = Hello.lineBytes
    var depth = Hello.depth

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Waits for the next message; nil at the end of input.
    mutating func next() throws(Refused) -> Message? {
        if !waiting.isEmpty { return waiting.removeFirst() }
        while true {
            if let message = try take() { return message }
            guard !hasEnded, read() else {
                guard start == bytes.count else { throw Refused("the input ends in the middle of a line") }
                return nil
            }
        }
    }

    /// Looks for the cancel of a call without waiting; every message keeps its turn.
    mutating func holdsCancel(of id: String) throws(Refused) -> Bool {
        // What comes beyond two lines stays in the pipe: a host that floods is not read for ever.
        while !hasEnded, bytes.count - start <= 2 * lineBytes, Descriptors.hasInput(descriptor), read() {}
        while let message = try take() { waiting.append(message) }
        return waiting.contains { message in
            if case .cancel(let other) = message { other.utf8.elementsEqual(id.utf8) } else { false }
        }
    }

    private mutating func read() -> Bool {
        let count = Descriptors.read(descriptor, into: &chunk)
        hasEnded = count == 0
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
            searched = 0
        }
        bytes.append(contentsOf: chunk[..<count])
        return !hasEnded
    }

    /// How many bytes after `start` are known to hold no line feed.
    private var searched = 0

    /// Takes a whole line out of the bytes read so far; nil when there is none.
    private mutating func take() throws(Refused) -> Message? {
        guard let end = bytes[(start + searched)...].firstIndex(of: 0x0A) else {
            searched = bytes.count - start
            guard searched <= lineBytes else { throw tooLong }
            return nil
        }
        let line = start..<end
        guard line.count <= lineBytes else { throw tooLong }
        start = end + 1
        searched = 0
        let depth = depth
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(Refused) in try Message(UnsafeBufferPointer(rebasing: bytes[line]), depth: depth) }
        }
        return try result.get()
    }

    private var tooLong: Refused { Refused("a line longer than \(lineBytes) bytes") }
}
