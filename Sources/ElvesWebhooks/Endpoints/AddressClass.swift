/// What an address is for, as far as it matters for who may be reached there (the registries of special-purpose addresses of
/// the IANA, RFC 6890).
package enum AddressClass: String, Sendable, CaseIterable {
    case publicHost = "public"
    case loopback
    case privateNetwork = "private"
    case linkLocal = "link-local"
    /// Where clouds answer whatever is asked from inside with secrets of the machine.
    case metadata
    case multicast
    case unspecified
    /// Translated, tunnelled, for documentation, for tests, or not given out.
    case reserved

    /// Whether an operator may allow it: the others lead to nobody, or to many at once.
    package var canBeAllowed: Bool { self != .multicast && self != .unspecified }

    package init(of address: NetworkAddress) {
        // The first row that fits counts: the special ones stand above those they are part of.
        let rows = address.bytes.count == 4 ? Self.rows4 : Self.rows6
        self = rows.first { $0.range.contains(address) }?.kind ?? (address.bytes.count == 4 ? .publicHost : .reserved)
    }

    private struct Row: Sendable {
        let range: NetworkRange
        let kind: AddressClass
    }

    private static func rows(_ table: [(String, AddressClass)]) -> [Row] {
        table.compactMap { text, kind in NetworkRange(text).map { Row(range: $0, kind: kind) } }
    }

    private static let rows4 = rows([
        ("169.254.169.254", .metadata), ("169.254.170.2", .metadata), ("100.100.100.200", .metadata),
        ("168.63.129.16", .metadata), ("192.0.0.192", .metadata),
        ("0.0.0.0/8", .unspecified), ("127.0.0.0/8", .loopback), ("169.254.0.0/16", .linkLocal),
        ("10.0.0.0/8", .privateNetwork), ("172.16.0.0/12", .privateNetwork), ("192.168.0.0/16", .privateNetwork),
        ("100.64.0.0/10", .privateNetwork), ("192.0.0.0/24", .reserved), ("192.0.2.0/24", .reserved),
        ("192.88.99.0/24", .reserved), ("198.18.0.0/15", .reserved), ("198.51.100.0/24", .reserved),
        ("203.0.113.0/24", .reserved), ("224.0.0.0/4", .multicast), ("240.0.0.0/4", .reserved),
    ])

    private static let rows6 = rows([
        ("fd00:ec2::254", .metadata), ("fd20:ce::254", .metadata),
        ("::", .unspecified), ("::1", .loopback), ("fe80::/10", .linkLocal), ("fc00::/7", .privateNetwork),
        ("fec0::/10", .privateNetwork), ("ff00::/8", .multicast),
        ("2001::/23", .reserved), ("2001:db8::/32", .reserved), ("2002::/16", .reserved), ("3fff::/20", .reserved),
        ("2000::/3", .publicHost),
    ])
}
