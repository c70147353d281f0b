/// The values of `format` that are enforced.
enum TextFormat: String, Sendable, CaseIterable {
    case dateTime = "date-time"
    case date, time, email, ipv4, ipv6, hostname, uri, uuid

    /// As in `is not a date as in 2026-01-31`.
    var words: String {
        switch self {
        case .dateTime: "a date and time as in 2026-01-31T12:00:00Z"
        case .date: "a date as in 2026-01-31"
        case .time: "a time of day as in 12:00:00Z"
        case .email: "an e-mail address as in name@example.com"
        case .ipv4: "an IPv4 address as in 192.0.2.1"
        case .ipv6: "an IPv6 address as in 2001:db8::1"
        case .hostname: "a host name as in www.example.com"
        case .uri: "a URI as in https://example.com/path"
        case .uuid: "a UUID as in 123e4567-e89b-12d3-a456-426614174000"
        }
    }

    func accepts(_ text: String) -> Bool {
        let bytes = Array(text.utf8)[...]
        return switch self {
        case .dateTime: isDateTime(bytes)
        case .date: isDate(bytes)
        case .time: isTime(bytes)
        case .email: isEmail(bytes)
        case .ipv4: isIPv4(bytes)
        case .ipv6: isIPv6(bytes)
        case .hostname: isHostname(bytes)
        case .uri: isURI(bytes)
        case .uuid: isUUID(bytes)
        }
    }
}

// MARK: RFC 3339

private func isDateTime(_ text: ArraySlice<UInt8>) -> Bool {
    guard text.count > 11 else { return false }
    let separator = text[text.startIndex + 10]
    return isDate(text.prefix(10)) && (separator == UInt8(ascii: "T") || separator == UInt8(ascii: "t"))
        && isTime(text.dropFirst(11))
}

private func isDate(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 3, let year = number(parts[0], digits: 4), let month = number(parts[1], digits: 2),
        let day = number(parts[2], digits: 2), (1...12).contains(month)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...days[month - 1]).contains(day)
}

private func isTime(_ text: ArraySlice<UInt8>) -> Bool {
    var rest = text
    guard rest.count >= 9, let hour = number(rest.prefix(2), digits: 2),
        let minute = number(rest.dropFirst(3).prefix(2), digits: 2),
        let second = number(rest.dropFirst(6).prefix(2), digits: 2), rest[rest.startIndex + 2] == UInt8(ascii: ":"),
        rest[rest.startIndex + 5] == UInt8(ascii: ":"), hour < 24, minute < 60, second <= 60
    else { return false }
    rest = rest.dropFirst(8)
    if rest.first == UInt8(ascii: ".") {
        let digits = rest.dropFirst().prefix { isDigit($0) }
        guard !digits.isEmpty else { return false }
        rest = rest.dropFirst(1 + digits.count)
    }
    guard let offset = offset(rest) else { return false }
    // A leap second is the last one of a day in UTC.
    let utc = (hour * 60 + minute - offset + 1440) % 1440
    return second < 60 || utc == 1439
}

/// In minutes.
private func offset(_ text: ArraySlice<UInt8>) -> Int? {
    if text.elementsEqual("Z".utf8) || text.elementsEqual("z".utf8) { return 0 }
    guard text.count == 6, let sign = text.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
        text[text.startIndex + 3] == UInt8(ascii: ":"), let hours = number(text.dropFirst().prefix(2), digits: 2),
        let minutes = number(text.suffix(2), digits: 2), hours < 24, minutes < 60
    else { return nil }
    return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 60 + minutes)
}

// MARK: Hosts

private func isHostname(_ text: ArraySlice<UInt8>) -> Bool {
    (1...253).contains(text.count)
        && text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
        }
}

private func isIPv4(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
        && parts.allSatisfy { part in
            guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0") else { return false }
            return number(part, digits: part.count).map { $0 < 256 } ?? false
        }
}

private func isIPv6(_ text: ArraySlice<UInt8>) -> Bool {
    var text = text
    var groups = 8
    if text.contains(UInt8(ascii: ".")) {
        guard let colon = text.lastIndex(of: UInt8(ascii: ":")), isIPv4(text[(colon + 1)...]) else { return false }
        text = text[...colon]
        groups = 6
        // The colon before the address belongs to what is before it only as a part of `::`.
        if !text.dropLast().hasSuffix(UInt8(ascii: ":")) { text = text.dropLast() }
    }
    func count(_ part: ArraySlice<UInt8>) -> Int? {
        if part.isEmpty { return 0 }
        let words = part.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        return words.allSatisfy { (1...4).contains($0.count) && $0.allSatisfy(isHexadecimal) } ? words.count : nil
    }
    guard let gap = text.indices.dropLast().first(where: { text[$0] == UInt8(ascii: ":") && text[$0 + 1] == UInt8(ascii: ":") })
    else { return count(text) == groups }
    guard let left = count(text[..<gap]), let right = count(text[(gap + 2)...]) else { return false }
    return left + right < groups
}

private func isEmail(_ text: ArraySlice<UInt8>) -> Bool {
    guard let at = text.lastIndex(of: UInt8(ascii: "@")) else { return false }
    let (local, domain) = (text[..<at], text[(at + 1)...])
    let isLocal =
        (1...64).contains(local.count)
        && local.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part.allSatisfy { isLetter($0) || isDigit($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        }
    if domain.first == UInt8(ascii: "["), domain.last == UInt8(ascii: "]") {
        return isLocal && isIPv4(domain.dropFirst().dropLast())
    }
    return isLocal && isHostname(domain)
}

// MARK: Others

/// By the characters of RFC 3986: a scheme, and nothing that a URI may not hold.
private func isURI(_ text: ArraySlice<UInt8>) -> Bool {
    guard let colon = text.firstIndex(of: UInt8(ascii: ":")), let first = text.first, isLetter(first),
        text[..<colon].allSatisfy({ isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) })
    else { return false }
    var rest = text[(colon + 1)...]
    guard rest.filter({ $0 == UInt8(ascii: "#") }).count <= 1 else { return false }
    if rest.starts(with: "//".utf8) {
        let authority = rest.dropFirst(2).prefix { !"/?#".utf8.contains($0) }
        if let open = authority.firstIndex(of: UInt8(ascii: "[")) {
            guard let close = authority.firstIndex(of: UInt8(ascii: "]")), open < close, isIPv6(authority[(open + 1)..<close])
            else {
                return false
            }
            rest = rest[(close + 1)...]
        }
    }
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
            guard rest.count >= 2, rest.prefix(2).allSatisfy(isHexadecimal) else { return false }
        } else if !isLetter(byte), !isDigit(byte), !"-._~:/?#@!$&'()*+,;=".utf8.contains(byte) {
            return false
        }
    }
    return true
}

private func isUUID(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.allSatisfy { $0.allSatisfy(isHexadecimal) }
}

private func number(_ text: ArraySlice<UInt8>, digits: Int) -> Int? {
    guard text.count == digits, text.allSatisfy(isDigit) else { return nil }
    return text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }
private func isHexadecimal(_ byte: UInt8) -> Bool { isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6 }

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ byte: UInt8) -> Bool { last == byte }
}
