import ElvesModel

/// The kinds of values that policies are made of.
extension PolicyNode {
    /// A text that is not empty.
    func word() throws(PolicyError) -> String {
        let text = try text()
        guard !text.isEmpty else { throw bad("is empty") }
        return text
    }

    /// The name of a system call profile.
    func profileName() throws(PolicyError) -> String {
        let name = try word()
        guard !name.contains("/"), name.hasSuffix(".json") else {
            throw bad("is \"\(name)\", must be the name of a .json file beside the policy")
        }
        return name
    }

    /// The name of a folder, without a path.
    func folderName() throws(PolicyError) -> String {
        let name = try word()
        guard !name.contains("/"), !name.hasPrefix(".") else { throw bad("is \"\(name)\", must be the plain name of a folder") }
        return name
    }

    /// Exactly this text.
    func mustBe(_ expected: String, _ why: String) throws(PolicyError) {
        let text = try text()
        guard text == expected else { throw bad("is \"\(text)\", must be \(expected): \(why)") }
    }

    func integer(in range: ClosedRange<UInt64>) throws(PolicyError) -> UInt64 {
        let text = try text()
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(text) else {
            throw bad("is \"\(text)\", must be a whole number")
        }
        guard range.contains(number) else {
            throw bad("is \(number), must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A number of bytes, written as `64MiB`.
    func size(in range: ClosedRange<UInt64>) throws(PolicyError) -> UInt64 {
        let text = try text()
        guard let bytes = byteCount(text) else {
            throw bad("is \"\(text)\", must be a size such as 512KiB, 64MiB or 1GiB")
        }
        guard range.contains(bytes) else {
            throw bad("is \(bytes) bytes, must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return bytes
    }

    /// Seconds, written as `60s`, `10m` or `1h`.
    func seconds(in range: ClosedRange<UInt64>) throws(PolicyError) -> UInt64 {
        let text = try text()
        guard let seconds = secondCount(text) else { throw bad("is \"\(text)\", must be a time such as 60s, 10m or 1h") }
        guard range.contains(seconds) else {
            throw bad("is \(seconds) seconds, must be from \(range.lowerBound) to \(range.upperBound)")
        }
        return seconds
    }

    /// Thousandths of a processor, written as `0.5` or `2`.
    func processors() throws(PolicyError) -> UInt64 {
        let text = try text()
        guard let thousandths = thousandthCount(text) else {
            throw bad("is \"\(text)\", must be a number of processors such as 0.5, 1.0 or 2")
        }
        guard (10...1_024_000).contains(thousandths) else { throw bad("is \(text), must be from 0.01 to 1024") }
        return thousandths
    }

    /// One of these words.
    func oneOf(_ words: [String]) throws(PolicyError) -> String {
        let text = try text()
        guard words.contains(text) else { throw bad("is \"\(text)\", must be one of \(words.joined(separator: ", "))") }
        return text
    }

    /// A SHA-256, written as `sha256:` and 64 digits.
    func digest() throws(PolicyError) -> String {
        let text = try text()
        guard text.hasPrefix("sha256:"), let digest = try? Digest(hex: String(text.dropFirst(7))) else {
            throw bad("is \"\(text)\", must be sha256: and 64 lower-case hexadecimal digits")
        }
        return digest.hex
    }

    /// The name of a policy.
    func policyName() throws(PolicyError) -> String {
        let name = try text()
        let allowed = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
        guard allowed, (1...32).contains(name.utf8.count) else {
            throw bad("is \"\(name)\", must be 1 to 32 lower-case letters, digits and -")
        }
        return name
    }

    /// An absolute path in its shortest form that none of the sandbox's own places covers.
    func path() throws(PolicyError) -> String {
        let path = try text()
        guard isPlainPath(path) else {
            throw bad("is \"\(path)\", must be an absolute path without empty, . or .. parts and no / at its end")
        }
        if let own = ownPlaces.first(where: { isPath(path, at: $0) }) {
            throw bad("is \"\(path)\", but \(own) belongs to the sandbox itself")
        }
        // Single files of it may be shown: the launcher lays them over its own.
        guard path != "/proc" else { throw bad("is \"/proc\", but every sandbox has its own") }
        return path
    }
}

/// What the launcher makes itself.
private let ownPlaces = ["/app", "/dev", "/tmp"]

/// Whether a path begins at the root and names every part of its way.
package func isPlainPath(_ path: String) -> Bool {
    guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count > 1 else { return false }
    return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".."
    }
}

/// Whether `path` is `folder` or lies in it.
package func isPath(_ path: String, at folder: String) -> Bool { path == folder || path.hasPrefix(folder + "/") }

/// The number in `64MiB`; nil if the text is something else or more than 64 bits hold.
func byteCount(_ text: String) -> UInt64? {
    for (unit, shift) in [("KiB", 10), ("MiB", 20), ("GiB", 30)] where text.hasSuffix(unit) {
        let digits = text.dropLast(unit.count)
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(digits) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
        return overflow ? nil : bytes
    }
    return nil
}

/// The number in `60s`; nil if the text is something else.
private func secondCount(_ text: String) -> UInt64? {
    for (unit, factor) in [("s", 1), ("m", 60), ("h", 3600)] as [(String, UInt64)] where text.hasSuffix(unit) {
        let digits = text.dropLast()
        guard digits.utf8.count <= 9, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt64(digits).map { $0 * factor }
    }
    return nil
}

/// The number in `1.25`, a thousand times; nil if the text is something else.
private func thousandthCount(_ text: String) -> UInt64? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.allSatisfy({ (1...9).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
        let whole = parts.first.flatMap({ UInt64($0) })
    else { return nil }
    guard parts.count == 2 else { return whole * 1000 }
    guard parts[1].utf8.count <= 3, let rest = UInt64(parts[1] + String(repeating: "0", count: 3 - parts[1].utf8.count)) else {
        return nil
    }
    return whole * 1000 + rest
}
