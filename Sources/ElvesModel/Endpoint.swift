/// A host and a port to listen on; port 0 takes any free one.
public struct Endpoint: Sendable, Equatable, CustomStringConvertible {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `HOST:PORT`.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), text[colon...].utf8.dropFirst().allSatisfy(\.isASCIIDigit),
            let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port), colon > text.startIndex
        else { return nil }
        self.init(host: String(text[..<colon]), port: port)
    }

    public var isLoopback: Bool {
        host == "localhost" || host == "::1" || IPv4Address(host).map(IPv4Range.loopback.contains) == true
    }

    public var description: String { "\(host):\(port)" }
}
