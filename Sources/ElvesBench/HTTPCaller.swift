import Foundation

/// The leanest HTTP client there is: one kept-alive connection, blocking, no library between the clock and the server.
final class HTTPCaller {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Throws: `BenchError` if nothing listens there.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw BenchError("no connection to 127.0.0.1:\(port)") }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    func get(_ path: String) throws -> String {
        try exchange("GET \(path) HTTP/1.1\r\nHost: bench\r\n\r\n")
    }

    func post(_ path: String, form: String) throws -> String {
        try exchange(
            """
            POST \(path) HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n\
            Content-Length: \(form.utf8.count)\r\n\r\n\(form)
            """)
    }

    /// Sends one request and returns the body of its answer.
    private func exchange(_ request: String) throws -> String {
        let bytes = Array(request.utf8)
        guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { throw BenchError("a request could not be sent") }
        var end = headerEnd
        while end == nil {
            try readMore()
            end = headerEnd
        }
        guard let end, let length = contentLength(before: end) else { throw BenchError("an answer without a length") }
        while buffer.count < end + length { try readMore() }
        defer { buffer.removeFirst(end + length) }
        return String(decoding: buffer[end..<end + length], as: UTF8.self)
    }

    private func readMore() throws {
        var part = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(descriptor, &part, part.count, 0)
        guard count > 0 else { throw BenchError("the server closed the connection") }
        buffer += part[..<count]
    }

    /// The offset behind the blank line.
    private var headerEnd: Int? {
        guard buffer.count >= 4 else { return nil }
        for index in 0...(buffer.count - 4) where buffer[index] == 13 && buffer[index + 2] == 13 && buffer[index + 3] == 10 {
            return index + 4
        }
        return nil
    }

    private func contentLength(before end: Int) -> Int? {
        for line in String(decoding: buffer[..<end], as: UTF8.self).split(separator: "\r\n") {
            let halves = line.split(separator: ":", maxSplits: 1)
            if halves.count == 2, halves[0].lowercased() == "content-length" {
                return Int(halves[1].trimmingCharacters(in: .whitespaces))
            }
        }
        return nil
    }
}

/// Why something could not be measured.
package struct BenchError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
