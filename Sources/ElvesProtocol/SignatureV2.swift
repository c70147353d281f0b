import Crypto

/// The signature of `/api/v2`, as the original's server computes it: the MD5 of path, `?`, all parameters but `sign` and
/// `sign_type` sorted by name, and the key, in hexadecimal.
///
/// MD5 keyed in this way is weak by today's measure; it is what the old clients speak.
package enum SignatureV2 {
    /// - Parameters:
    ///   - path: The request's path as it was sent, undecoded, without the query.
    ///   - parameters: Names and decoded values, in any order; `sign` and `sign_type` are passed over.
    /// - Returns: 32 upper-case hexadecimal characters.
    package static func sign(path: String, parameters: some Sequence<(String, String)>, key: String) -> String {
        let digest = Insecure.MD5.hash(data: Array(stringToSign(path: path, parameters: parameters, key: key).utf8))
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    static func stringToSign(path: String, parameters: some Sequence<(String, String)>, key: String) -> String {
        let signed = parameters.filter { $0.0 != "sign" && $0.0 != "sign_type" }
            .sorted { $0.0.precedes($1.0) }
        // The original collapses doubled slashes only in a path that begins with them.
        let collapsed = path.hasPrefix("//") ? path.collapsingDoubledSlashes() : path
        let text = collapsed + "?" + signed.map { "\($0.0)=\($0.1)" }.joined(separator: "&") + key
        return text.trimmingControls()
    }

    /// Whether `sign` is the signature, in either case of its letters, compared in a time that does not depend on where they
    /// differ.
    package static func verify(
        _ sign: String, path: String, parameters: some Sequence<(String, String)>, key: String
    ) -> Bool {
        let expected = Array(self.sign(path: path, parameters: parameters, key: key).utf8)
        let given = sign.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }
        guard expected.count == given.count else { return false }
        return zip(expected, given).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension String {
    /// By UTF-16 code units, which for ASCII names is the order of their bytes.
    fileprivate func precedes(_ other: String) -> Bool {
        let isASCII = utf8.count == utf16.count && other.utf8.count == other.utf16.count
        return isASCII ? utf8.lexicographicallyPrecedes(other.utf8) : utf16.lexicographicallyPrecedes(other.utf16)
    }

    fileprivate func collapsingDoubledSlashes() -> String {
        var result = ""
        var rest = self[...]
        while let slash = rest.firstIndex(of: "/") {
            result += rest[...slash]
            rest = rest[rest.index(after: slash)...]
            if rest.first == "/" { rest = rest.dropFirst() }
        }
        return result + rest
    }

    /// Java's `trim`: drops characters up to U+0020 at both ends.
    fileprivate func trimmingControls() -> String {
        let isControl: (Unicode.Scalar) -> Bool = { $0.value <= 0x20 }
        let scalars = unicodeScalars.drop(while: isControl)
        guard let last = scalars.lastIndex(where: { !isControl($0) }) else { return "" }
        return String(scalars[...last])
    }
}
