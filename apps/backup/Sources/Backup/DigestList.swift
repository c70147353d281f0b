import ElvesDigest

/// Files and their SHA-256, as `sha256sum` writes and checks them.
package struct DigestList: Sendable {
    /// The digest, in hexadecimal, by path.
    package private(set) var digests: [String: String] = [:]

    package init() {}

    /// Reads the lines of a list.
    ///
    /// - Throws: `BadList` for a line that `sha256sum` would not write, and for a path that is there twice.
    package init(_ text: String, of path: String) throws(BadList) {
        for (number, line) in text.split(separator: "\n").enumerated() {
            let isEscaped = line.hasPrefix("\\")
            let plain = isEscaped ? line.dropFirst() : line
            let digest = plain.prefix(64)
            let rest = plain.dropFirst(64)
            guard digest.count == 64, digest.allSatisfy({ $0.isHexDigit && !$0.isUppercase }), rest.hasPrefix("  "),
                let name = isEscaped ? Self.unescaped(rest.dropFirst(2)) : String(rest.dropFirst(2)),
                digests.updateValue(String(digest), forKey: name) == nil
            else { throw BadList(path: path, line: number + 1) }
        }
    }

    /// The line of one file.
    package static func line(_ path: String, _ digest: [UInt8]) -> String {
        let escaped = path.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            default: text.unicodeScalars.append(scalar)
            }
        }
        let mark = escaped.utf8.count == path.utf8.count ? "" : "\\"
        return "\(mark)\(Hexadecimal.text(digest))  \(escaped)\n"
    }

    /// Takes the digest of a path out of the list; nil when it is not there.
    mutating func take(_ path: String) -> String? {
        digests.removeValue(forKey: path)
    }

    private static func unescaped(_ text: Substring) -> String? {
        var result = ""
        var scalars = text.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "\\" else {
                result.unicodeScalars.append(scalar)
                continue
            }
            switch scalars.next() {
            case "\\": result += "\\"
            case "n": result += "\n"
            case "r": result += "\r"
            default: return nil
            }
        }
        return result
    }
}

/// A list that is none.
package struct BadList: Error, CustomStringConvertible {
    let path: String
    let line: Int

    package var description: String { "\(path), line \(line): not as sha256sum writes it" }
}
