import Glibc

/// Serves HTTP/1.1 on 127.0.0.1, one request a connection and one connection at a time.
struct Listener {
    private let descriptor: Int32
    /// The port, also where the system has chosen it.
    let port: UInt16

    /// How long a client may keep the others waiting.
    private static let patience = timeval(tv_sec: 5, tv_usec: 0)

    init(port: UInt16) throws(ListenFailure) {
        // A client that goes away early is no reason to end.
        signal(SIGPIPE, SIG_IGN)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) != 0 || listen(descriptor, 16) != 0
                    || getsockname(descriptor, address, &size) != 0
            }
        }
        guard descriptor >= 0, !failed else { throw ListenFailure(port: port, code: errno) }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
    }

    /// Waits for a client, reads its request, and answers with the status.
    func serveOne(_ answer: (Request) -> Int) {
        let client = accept(descriptor, nil, nil)
        guard client >= 0 else { return }
        defer { close(client) }
        var patience = Self.patience
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(client, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        let status = Request(from: client).map(answer) ?? 400
        let text = "HTTP/1.1 \(status) \(status == 204 ? "No Content" : "Refused")\r\nconnection: close\r\n"
        let body = status == 204 ? "\r\n" : "content-length: 0\r\n\r\n"
        let bytes = Array((text + body).utf8)
        _ = write(client, bytes, bytes.count)
        // Without a last read a body that was not wanted would reset the connection before the client sees the answer.
        shutdown(client, Int32(SHUT_WR))
        var rest = [UInt8](repeating: 0, count: 4096)
        while read(client, &rest, rest.count) > 0 {}
    }
}

/// Why nothing can be received.
struct ListenFailure: Error, CustomStringConvertible {
    let port: UInt16
    let code: Int32

    var description: String { "cannot listen on 127.0.0.1:\(port): \(String(cString: strerror(code)))" }
}
