package import ElvesModel
import Foundation

/// The HTTP address of a center.
package struct CenterURL: Sendable, Equatable {
    /// Without a slash at its end.
    package let text: String
    package let host: String
    package let isHTTPS: Bool

    /// - Throws: `InvalidName`; plain HTTP is refused for anything but loopback.
    package init(_ given: String) throws(InvalidName) {
        let text = given.hasSuffix("/") ? String(given.dropLast()) : given
        guard let url = URL(string: text), let host = url.host(), !host.isEmpty,
            url.scheme == "https" || url.scheme == "http", url.path().isEmpty
        else {
            throw InvalidName(what: "center address", text: given, rule: "https://HOST:PORT")
        }
        isHTTPS = url.scheme == "https"
        let isLoopback = host == "localhost" || IPv4Address(host).map(IPv4Range.loopback.contains) == true
        guard isHTTPS || isLoopback else {
            throw InvalidName(what: "center address", text: given, rule: "https beyond this machine: https://HOST:PORT")
        }
        self.text = text
        self.host = host
    }
}
