/// Where callbacks go: `https://HOST[:PORT][/PATH][?QUERY]`, read strictly.
///
/// Two readers that understand one address differently are a hole: what is not plain is refused, and not repaired.
package struct EndpointURL: Hashable, Sendable, CustomStringConvertible {
    private static let limit = 2048

    package let isHTTPS: Bool
    /// In lower case; IPv6 without brackets.
    package let host: String
    package let port: Int
    /// With its slash and the query.
    package let path: String
    /// The host, where it is an address and no name.
    package let address: NetworkAddress?

    /// - Throws: `EndpointRefusal`.
    package init(_ text: String) throws(EndpointRefusal) {
        guard text.utf8.count <= Self.limit else { throw .malformed("it is longer than \(Self.limit) bytes") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .malformed("only visible ASCII characters may stand in it; encode others as %XX, names as xn--…")
        }
        let lower = text.lowercased()
        guard let scheme = ["https://", "http://"].first(where: lower.hasPrefix) else {
            throw .malformed("it must begin with https://")
        }
        isHTTPS = scheme == "https://"
        let rest = text.dropFirst(scheme.count)
        guard !rest.contains("#") else { throw .malformed("a fragment (#…) is never sent: leave it out") }
        guard !rest.utf8.contains(where: Self.forbidden.contains) else {
            throw .malformed(#"none of \ " < > ^ ` { | } may stand in it: encode them as %XX"#)
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end].lowercased()
        path = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
        guard !authority.contains("@") else {
            throw .malformed("credentials do not belong into it: callbacks are signed, which is what the receiver checks")
        }
        let (host, port) = try Self.split(authority)
        self.port = try port.map(Self.port) ?? (isHTTPS ? 443 : 80)
        if host.hasPrefix("[") {
            guard let address = NetworkAddress(String(host.dropFirst().dropLast())), host.contains(":") else {
                throw .malformed("\(host) is no IPv6 address")
            }
            self.address = address
            self.host = "\(address)"
        } else {
            address = try Self.addressOrName(host)
            self.host = host
        }
    }

    /// In the form that is sent.
    package var description: String {
        let isStandard = port == (isHTTPS ? 443 : 80)
        return
            "\(isHTTPS ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host)\(isStandard ? "" : ":\(port)")\(path)"
    }

    private static let forbidden = Set(#"\"<>^`{|}"#.utf8)

    private static func split(_ authority: String) throws(EndpointRefusal) -> (host: String, port: Substring?) {
        let hostEnd =
            authority.hasPrefix("[") ? authority.firstIndex(of: "]").map(authority.index(after:)) : authority.startIndex
        guard let hostEnd else { throw .malformed("[ has no ]") }
        let colon = authority[hostEnd...].firstIndex(of: ":") ?? authority.endIndex
        guard hostEnd == authority.startIndex || colon == hostEnd || hostEnd == authority.endIndex else {
            throw .malformed("after ] comes :PORT or the path")
        }
        let host = String(authority[..<colon])
        guard !host.isEmpty else { throw .malformed("it has no host") }
        return (host, colon == authority.endIndex ? nil : authority[authority.index(after: colon)...])
    }

    private static func port(_ text: Substring) throws(EndpointRefusal) -> Int {
        guard let port = Int(text), "\(port)" == text, (1...65535).contains(port) else {
            throw .malformed("the port \"\(text.prefix(20))\" is none from 1 to 65535")
        }
        // A request to a mail or print server is a message to it, whatever it is framed in.
        guard port >= 1024 || port == 443 || port == 80 else {
            throw .malformed("of the ports below 1024 only 443 and 80 may be called")
        }
        return port
    }

    /// - Returns: Nil for a name.
    private static func addressOrName(_ host: String) throws(EndpointRefusal) -> NetworkAddress? {
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { $0.isHostCharacter }
        }
        guard isName, host.utf8.count <= 253 else {
            throw .malformed("\"\(host.prefix(80))\" is no host: letters, digits and - between dots")
        }
        // Some read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses: no public name ends in such a label.
        guard let last = labels.last, last.utf8.first.map({ (0x30...0x39).contains($0) }) == true else { return nil }
        guard let address = NetworkAddress(host), "\(address)" == host else {
            throw .malformed("\"\(host.prefix(80))\" is no IPv4 address in four plain decimal numbers, and no name ends so")
        }
        return address
    }
}

extension UInt8 {
    /// Of a name in a URL, in lower case.
    fileprivate var isHostCharacter: Bool {
        (0x61...0x7A).contains(self) || (0x30...0x39).contains(self) || self == 0x2D || self == 0x5F
    }
}
