import Foundation

/// An answer over HTTP.
package struct HTTPReply: Sendable {
    package let status: Int
    /// Names in lower case.
    package let headers: [String: String]
    package let body: String
}

/// The connection ended, or time was up, before a whole answer was there.
package struct NoAnswer: Error, CustomStringConvertible {
    package let description: String
}

/// One exchange over a connection of its own, byte for byte as given: no client library tidies the request.
package struct HTTPExchange: Sendable {
    package var method = "GET"
    /// Path and query as they are sent.
    package var target: String
    package var headers: [(String, String)] = []
    package var body: [UInt8] = []

    package init(target: String) { self.target = target }

    /// Sends the request to a port of this machine.
    ///
    /// - Throws: `NoAnswer`.
    package func send(to port: Int, within limit: Duration = .seconds(60)) async throws -> HTTPReply {
        try await onOwnThread { [self] in
            let connection = try Connection(port: port, deadline: ContinuousClock.now + limit)
            return try connection.exchange(head + body)
        }
    }

    private var head: [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
        lines += headers.map { "\($0.0): \($0.1)" }
        if method != "GET" { lines.append("Content-Length: \(body.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

/// A socket and the time until which it is waited for.
private final class Connection {
    private let socket: Int32
    private let deadline: ContinuousClock.Instant

    init(port: Int, deadline: ContinuousClock.Instant) throws {
        self.deadline = deadline
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: port)
        let socket = socket
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw NoAnswer(description: "port \(port): \(String(cString: strerror(errno)))") }
    }

    deinit { close(socket) }

    func exchange(_ request: [UInt8]) throws -> HTTPReply {
        var rest = request[...]
        // A server may answer before it has read everything: what is left is not sent then.
        while !rest.isEmpty {
            let events = try wait(for: POLLIN | POLLOUT)
            if events & Int16(POLLIN) != 0 { break }
            let count = rest.withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno != EAGAIN, errno != EINTR { break }
            rest = rest.dropFirst(max(0, count))
        }
        var received: [UInt8] = []
        while true {
            if let reply = try reply(in: received) { return reply }
            _ = try wait(for: POLLIN)
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { throw NoAnswer(description: "the connection ended after \(received.count) bytes") }
            received += buffer.prefix(count)
        }
    }

    private func wait(for events: Int32) throws -> Int16 {
        var waiting = pollfd(fd: socket, events: Int16(events), revents: 0)
        let left = max(0, Int32((deadline - ContinuousClock.now) / .milliseconds(1)))
        guard poll(&waiting, 1, left) == 1 else { throw NoAnswer(description: "no answer in time") }
        return waiting.revents
    }

    /// The answer, once it is there as a whole.
    private func reply(in received: [UInt8]) throws -> HTTPReply? {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let parts = lines[0].split(separator: " ")
        guard parts.count > 1, let status = Int(parts[1]), let length = headers["content-length"].flatMap({ Int($0) }) else {
            throw NoAnswer(description: "not understood: \(lines)")
        }
        let body = received[end.upperBound...]
        guard body.count >= length else { return nil }
        return HTTPReply(status: status, headers: headers, body: String(decoding: body.prefix(length), as: UTF8.self))
    }
}
