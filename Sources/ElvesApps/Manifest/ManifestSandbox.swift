import ElvesModel

/// The `sandbox` part of a manifest: what the app asks for beyond what every worker has.
struct ManifestSandbox {
    private(set) var read: [Manifest.PathRequest] = []
    private(set) var write: [Manifest.PathRequest] = []
    private(set) var network: [Manifest.NetworkRequest] = []

    init(_ node: ManifestNode?) throws(ManifestError) {
        guard let keys = try node?.members(accepting: ["filesystem", "network"]) else { return }
        if let filesystem = try keys["filesystem"]?.members(accepting: ["read", "write"]) {
            for element in try filesystem["write"]?.elements() ?? [] { write.append(try pathRequest(element)) }
            for element in try filesystem["read"]?.elements() ?? [] { read.append(try pathRequest(element)) }
        }
        for element in try keys["network"]?.elements() ?? [] {
            let (host, reason) = try Self.request(element, for: "host")
            let request = Manifest.NetworkRequest(host: try host.text(limit: 300), reason: reason)
            guard Self.isPeer(request.host) else {
                throw host.refusal(
                    "expected NAME:PORT as in example.com:443: a name in lower case, an address or *, and a port or *")
            }
            guard !network.contains(where: { $0.host == request.host }) else {
                throw host.refusal("\(request.host) is asked for twice")
            }
            network.append(request)
        }
    }

    private func pathRequest(_ element: ManifestNode) throws(ManifestError) -> Manifest.PathRequest {
        let (path, reason) = try Self.request(element, for: "path")
        let text = try path.text(limit: 4095)
        guard Self.isPlainPath(text) else {
            throw path.refusal(
                "expected an absolute path of a file or folder, without empty, . or .. parts and no slash at the end")
        }
        guard !(read + write).contains(where: { $0.path == text }) else {
            throw path.refusal("\(text) is asked for twice; what is asked for to write is readable as well")
        }
        return Manifest.PathRequest(path: text, reason: reason)
    }

    private static func request(
        _ element: ManifestNode, for key: String
    ) throws(ManifestError) -> (ManifestNode, reason: String) {
        let keys = try element.members(accepting: [key, "reason"])
        guard let wanted = keys[key] else { throw .missingKey(key, line: element.line, column: element.column) }
        guard let reason = keys["reason"] else {
            throw .missingKey("reason", line: element.line, column: element.column)
        }
        return (wanted, try reason.text())
    }

    /// Whether a path begins at the root and names every part of its way.
    static func isPlainPath(_ text: String) -> Bool {
        let components = text.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        return text.first == "/" && components.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    private static func isPeer(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":") else { return false }
        let port = text[text.index(after: colon)...]
        let isPort =
            port == "*"
            || (port.utf8.first != UInt8(ascii: "0") && port.utf8.allSatisfy(\.isASCIIDigit)
                && UInt16(port) != nil)
        return isPort && isHost(text[..<colon])
    }

    private static func isHost(_ text: Substring) -> Bool {
        if text == "*" { return true }
        if text.first == "[" {
            // Whether the address is a good one shows when it is used; here it cannot be taken for anything else.
            let inside = text.dropFirst().dropLast()
            return text.last == "]" && inside.contains(":")
                && inside.utf8.allSatisfy { $0.isASCIIHexadecimal || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
        }
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                    && label.utf8.allSatisfy {
                        $0.isASCIIDigit || $0 == UInt8(ascii: "-") || ($0.isASCIILetter && $0 >= UInt8(ascii: "a"))
                    }
            }
    }
}

extension UInt8 {
    fileprivate var isASCIIHexadecimal: Bool {
        isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
