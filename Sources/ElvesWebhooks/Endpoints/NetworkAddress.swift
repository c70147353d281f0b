import Glibc

/// An address of the network layer, IPv4 or IPv6. An IPv4 address that is written as IPv6 (`::ffff:10.0.0.1`) is the IPv4 one.
package struct NetworkAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16.
    package let bytes: [UInt8]

    /// - Parameter text: Dotted decimal without leading zeros, or IPv6 without brackets and zone.
    package init?(_ text: String) {
        if text.contains(":") {
            var address = in6_addr()
            guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
            self.init(bytes: withUnsafeBytes(of: &address) { Array($0) })
        } else {
            var address = in_addr()
            guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
            self.init(bytes: withUnsafeBytes(of: &address) { Array($0) })
        }
    }

    /// - Parameter bytes: In network order; nil if there are neither 4 nor 16.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        let isMapped = bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "\(bytes)" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The addresses that begin alike: `10.0.0.0/8`, `fd00::/8`; a bare address is a range of one.
package struct NetworkRange: Hashable, Sendable, CustomStringConvertible {
    private let base: NetworkAddress
    private let prefix: Int

    package init?(_ text: String) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count <= 2, let base = NetworkAddress(String(halves[0])) else { return nil }
        let width = base.bytes.count * 8
        let bits = halves.count == 2 ? String(halves[1]) : "\(width)"
        guard let prefix = Int(bits), "\(prefix)" == bits, (0...width).contains(prefix) else { return nil }
        self.base = base
        self.prefix = prefix
    }

    package func contains(_ address: NetworkAddress) -> Bool {
        guard address.bytes.count == base.bytes.count else { return false }
        return (0..<prefix).allSatisfy { bit in
            (address.bytes[bit / 8] ^ base.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
        }
    }

    package var description: String { "\(base)/\(prefix)" }
}
