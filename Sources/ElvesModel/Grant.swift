/// Something of a host that an app asks for beside its language's policy, or that an operator lets it have: a path to read, a
/// path to write, or a place in the network.
///
/// The text form is `read:/path`, `write:/path` or `network:HOST:PORT`; in a network grant `*` stands for any port, any host,
/// or, as in `*.example.com`, any host below.
public struct Grant: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public enum Kind: String, Sendable, CaseIterable {
        case read, write, network
    }

    public let kind: Kind
    /// A path, or `HOST:PORT`.
    public let target: String

    /// - Parameter target: An absolute path in its shortest form, or `HOST:PORT`.
    /// - Throws: `InvalidName` naming the text and the rule.
    public init(_ kind: Kind, _ target: String) throws(InvalidName) {
        switch kind {
        case .read, .write:
            guard Self.isPath(target) else {
                throw InvalidName(
                    what: "path", text: target,
                    rule: "an absolute path without empty, . or .. parts, without control characters and no / at its end")
            }
        case .network:
            guard Self.place(target) != nil else {
                throw InvalidName(
                    what: "network place", text: target,
                    rule: "HOST:PORT as in example.com:443; * stands for any port or host, *.example.com for any host below one"
                )
            }
        }
        self.kind = kind
        self.target = target
    }

    /// Reads the text form.
    ///
    /// - Throws: `InvalidName` naming the text and the rule.
    public init(_ text: String) throws(InvalidName) {
        let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let kind = Kind(rawValue: String(halves[0])) else {
            throw InvalidName(what: "grant", text: text, rule: "read:/PATH, write:/PATH or network:HOST:PORT")
        }
        try self.init(kind, String(halves[1]))
    }

    /// Whether this grant gives all that `request` asks for: a path includes what lies below it, writing includes reading.
    public func covers(_ request: Grant) -> Bool {
        switch (kind, request.kind) {
        case (.read, .read), (.write, .write), (.write, .read):
            return request.target == target || request.target.hasPrefix(target + "/")
        case (.network, .network):
            guard let mine = Self.place(target), let asked = Self.place(request.target) else { return false }
            return Self.matches(mine.port, asked.port) && Self.matches(mine.host, asked.host)
        default: return false
        }
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    public var description: String { "\(kind.rawValue):\(target)" }

    public static func < (left: Grant, right: Grant) -> Bool { left.description < right.description }

    private static func matches(_ pattern: Substring, _ text: Substring) -> Bool {
        if pattern == "*" || pattern == text { return true }
        return pattern.hasPrefix("*.") && text.hasSuffix(pattern.dropFirst()) && text.utf8.count >= pattern.utf8.count
    }

    private static func isPath(_ text: String) -> Bool {
        guard text.utf8.first == UInt8(ascii: "/"), (2...4095).contains(text.utf8.count) else { return false }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return false }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            !$0.isEmpty && $0 != "." && $0 != ".."
        }
    }

    /// Host (in lower case letters only) and port of a network place; nil if it is none.
    private static func place(_ text: String) -> (host: Substring, port: Substring)? {
        guard text.utf8.count <= 260, let colon = text.lastIndex(of: ":") else { return nil }
        let host = text[..<colon]
        let port = text[text.index(after: colon)...]
        guard port == "*" || (UInt16(port) ?? 0) > 0 && port.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
        if host.hasPrefix("["), host.hasSuffix("]") {
            let isAddress = host.dropFirst().dropLast().utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == 0x3A || $0 == 0x2E }
            return isAddress ? (host, port) : nil
        }
        let name = host.hasPrefix("*.") ? host.dropFirst(2) : host
        guard name != "*" else { return host == "*" ? (host, port) : nil }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.utf8.first != UInt8(ascii: "-")
                && label.utf8.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
        }
        return isName ? (host, port) : nil
    }
}

extension UInt8 {
    fileprivate var isASCIILowercase: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}
