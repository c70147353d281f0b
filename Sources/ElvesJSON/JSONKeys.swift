/// One member of an object: where its key and its value stand.
struct JSONMember {
    let key: JSONStringRange
    var value: Range<Int>
}

/// The keys of one object while it is scanned, to refuse a second one of the same name.
///
/// A few keys are compared one by one; from `setThreshold` on a set takes over, so that a million keys cost a million steps.
struct JSONKeys {
    private(set) var members: [JSONMember] = []
    private var seen: Set<[UInt8]>?
    private static let setThreshold = 16

    /// - Returns: Whether the key is new in this object.
    mutating func insert(_ key: JSONStringRange, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if members.count >= Self.setThreshold {
            var names = seen ?? Set(members.map { Array(decodeJSONString($0.key, in: bytes).utf8) })
            // Given away before the change, so that the set is changed in place and not copied.
            seen = nil
            let isNew = names.insert(Array(decodeJSONString(key, in: bytes).utf8)).inserted
            seen = names
            guard isNew else { return false }
        } else {
            for member in members where isEqual(member.key, key, in: bytes) { return false }
        }
        members.append(JSONMember(key: key, value: 0..<0))
        return true
    }

    mutating func setLastValue(_ range: Range<Int>) { members[members.count - 1].value = range }

    func text(of key: JSONStringRange, in bytes: UnsafeBufferPointer<UInt8>) -> String {
        "\"\(decodeJSONString(key, in: bytes).prefix(64))\""
    }

    private func isEqual(_ left: JSONStringRange, _ right: JSONStringRange, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if left.isEscaped || right.isEscaped {
            return decodeJSONString(left, in: bytes).utf8.elementsEqual(decodeJSONString(right, in: bytes).utf8)
        }
        return left.range.count == right.range.count && bytes[left.range].elementsEqual(bytes[right.range])
    }
}

/// The text of a scanned string. Only for ranges the scanner returned: they are known to be well formed.
func decodeJSONString(_ string: JSONStringRange, in bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard string.isEscaped else { return String(decoding: bytes[string.range], as: UTF8.self) }
    var text = String.UnicodeScalarView()
    var units: [UInt16] = []
    var plain = string.range.lowerBound
    var index = plain

    func flushUnits() {
        guard !units.isEmpty else { return }
        text.append(contentsOf: String(decoding: units, as: UTF16.self).unicodeScalars)
        units.removeAll(keepingCapacity: true)
    }
    while index < string.range.upperBound {
        guard bytes[index] == UInt8(ascii: "\\") else {
            index += 1
            continue
        }
        if plain < index {
            flushUnits()
            text.append(contentsOf: String(decoding: bytes[plain..<index], as: UTF8.self).unicodeScalars)
        }
        let escape = bytes[index + 1]
        index += 2
        if escape == UInt8(ascii: "u") {
            units.append(bytes[index..<index + 4].reduce(0) { $0 << 4 | UInt16(hexDigit($1) ?? 0) })
            index += 4
        } else {
            flushUnits()
            text.append(Unicode.Scalar(unescaped(escape)))
        }
        plain = index
    }
    flushUnits()
    if plain < index { text.append(contentsOf: String(decoding: bytes[plain..<index], as: UTF8.self).unicodeScalars) }
    return String(text)
}

private func unescaped(_ escape: UInt8) -> UInt8 {
    switch escape {
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0C
    case UInt8(ascii: "n"): 0x0A
    case UInt8(ascii: "r"): 0x0D
    case UInt8(ascii: "t"): 0x09
    default: escape
    }
}
