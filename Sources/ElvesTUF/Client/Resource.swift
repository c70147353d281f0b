/// One file of a repository, by what it is; where it lies follows from that.
package enum Resource: Hashable, Sendable, CustomStringConvertible {
    /// A role's metadata; with a version where the name carries it.
    case metadata(role: String, version: Int64?)
    /// A target's bytes; with a digest where the name carries it.
    case target(path: String, digest: String?)

    /// Relative to the metadata or to the targets, in the form of a URL. A role's name is one part whatever it contains; a
    /// target's path has parts, and none of them leads upwards.
    package var urlPath: String {
        switch self {
        case .metadata(let role, let version):
            (version.map { "\($0)." } ?? "") + percentEncoded(role) + ".json"
        case .target(let path, let digest):
            targetParts(path, digest).map { percentEncoded($0, keeping: "!$&'()*+,;=:@") }.joined(separator: "/")
        }
    }

    /// Relative to the folder of the metadata or of the targets. A role's name is one file's name, as in a URL; a target lies
    /// under its own path.
    var filePath: String {
        switch self {
        case .metadata: urlPath
        case .target(let path, let digest): targetParts(path, digest).joined(separator: "/")
        }
    }

    private func targetParts(_ path: String, _ digest: String?) -> [String] {
        // By bytes: a slash with a combining mark behind it is one character, and still a separator.
        var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        if let digest, let name = parts.popLast() { parts.append("\(digest).\(name)") }
        return parts
    }

    /// Whether a target's path has a part that a server or a file system might take for another folder.
    package var leadsAstray: Bool {
        guard case .target(let path, _) = self else { return false }
        return path.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }
            || targetParts(path, nil).contains { $0.isEmpty || $0 == "." || $0 == ".." }
    }

    package var description: String {
        switch self {
        case .metadata(let role, let version): "metadata \(quoted(role, 80))" + (version.map { " version \($0)" } ?? "")
        case .target(let path, _): "target \(quoted(path, 200))"
        }
    }
}

/// A text in which every byte but letters, digits, `-._~` and those of `kept` is written `%XX`: as a file's name it has no
/// separator, and as a part of a URL it means itself.
package func percentEncoded(_ text: String, keeping kept: String = "") -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    let plain = Set("-._~".utf8).union(kept.utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            result.append(byte)
        case let byte where plain.contains(byte): result.append(byte)
        default: result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
        }
    }
    return String(decoding: result, as: UTF8.self)
}
