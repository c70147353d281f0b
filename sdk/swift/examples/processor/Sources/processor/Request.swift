import Glibc

/// One HTTP request.
struct Request {
    let method: String
    let headers: [String: String]
    let body: [UInt8]

    private static let longestHead = 16_384
    /// Results are at most 1 MiB; with what is around them, and the parameter, twice that is enough.
    private static let longestBody = 2 << 20

    /// Reads a request; nil for what is none, or is too long, or does not come in time.
    init?(from client: Int32) {
        var bytes: [UInt8] = []
        var end: Int?
        while end == nil, bytes.count <= Self.longestHead {
            guard Self.read(client, into: &bytes) else { return nil }
            end = Self.end(of: bytes)
        }
        guard let end, let head = String(validating: bytes[..<end], as: UTF8.self) else { return nil }
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard let words = lines.first?.split(separator: " "), words.count == 3, words[2].hasPrefix("HTTP/1.") else {
            return nil
        }
        method = String(words[0])
        var headers: [String: String] = [:]
        for line in lines.dropFirst() where !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            // A header that is there twice is ambiguous, whoever sends it.
            guard headers.updateValue(String(value), forKey: line[..<colon].lowercased()) == nil else { return nil }
        }
        self.headers = headers
        guard headers["transfer-encoding"] == nil, let length = Int(headers["content-length"] ?? "0"),
            (0...Self.longestBody).contains(length)
        else { return nil }
        while bytes.count < end + length {
            guard Self.read(client, into: &bytes) else { return nil }
        }
        body = Array(bytes[end..<(end + length)])
    }

    /// The first byte after the empty line.
    private static func end(of bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        let first = bytes.indices.dropLast(3).first { Array(bytes[$0..<$0 + 4]) == mark }
        return first.map { $0 + 4 }
    }

    private static func read(_ client: Int32, into bytes: inout [UInt8]) -> Bool {
        var piece = [UInt8](repeating: 0, count: 16_384)
        let count = Glibc.read(client, &piece, piece.count)
        guard count > 0 else { return false }
        bytes += piece[..<count]
        return true
    }
}
