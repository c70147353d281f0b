import ElvesWebhooks
import Testing

/// Which endpoints may be called; a row each.
@Suite struct EndpointTests {
    /// What the operator allowed in the rows.
    private static let allowed = ["10.1.0.0/16", "fd12::/16", "hooks.example", "127.0.0.1", "169.254.0.0/16", "224.0.0.0/4"]

    @Test(arguments: [
        "https://example.com/hook", "https://example.com", "https://example.com?x=1", "https://EXAMPLE.com:8443/a%20b?c=d&e",
        "https://xn--bcher-kva.example/", "https://93.184.216.34/", "https://[2606:4700::1111]/", "https://a.b-c.d_e.example",
    ])
    func `plain public ones may`(text: String) throws {
        let url = try EndpointURL(text)

        try EndpointPolicy().check(url)
        #expect(try EndpointURL("\(url)") == url)
    }

    @Test(arguments: [
        // Not plain.
        "", "example.com", "//example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/",
        "https:example.com",
        "https:///hook", "https://?x", "https://user@example.com/", "https://user:pass@example.com/",
        "https://example.com@10.0.0.1/", "https://example.com#@10.0.0.1/", "https://example.com/#part",
        #"https://example.com\@10.0.0.1/"#, "https://exa mple.com/", "https://example.com/\r\nHost: x",
        "https://example.com/\t",
        "https://example.com/ä", "https://ex\u{e4}mple.com/", "https://example.com:0/", "https://example.com:/",
        "https://example.com:65536/", "https://example.com:-1/", "https://example.com:+443/", "https://example.com:0443/",
        "https://example.com:25/", "https://example.com:22/", "https://example.com:443:443/", "https://.example.com/",
        "https://example..com/", "https://example.com./", "https://-a.example/", "https://[::1/", "https://[::1]x/",
        "https://[fe80::1%25eth0]/", "https://[127.0.0.1]/", "https://[]/", "https://%31%32%37.0.0.1/", "https://ex*mple.com/",
        "https://example.com/{x}", "https://\(String(repeating: "a", count: 64)).example/",
        "https://example.com/\(String(repeating: "a", count: 2048))",
        // Addresses in disguise.
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/", "https://0177.0.0.1/", "https://127.1/",
        "https://127.0.0.01/", "https://127.0.0.1.5/", "https://256.0.0.1/", "https://example.1/",
    ])
    func `what is not plain is refused`(text: String) {
        #expect { try EndpointURL(text) } throws: {
            guard case .malformed = $0 as? EndpointRefusal else { return false }
            return true
        }
    }

    @Test(arguments: [
        ("127.0.0.1", AddressClass.loopback), ("127.255.255.254", .loopback), ("::1", .loopback),
        ("::ffff:127.0.0.1", .loopback),
        ("::ffff:7f00:1", .loopback), ("10.0.0.1", .privateNetwork), ("10.255.255.255", .privateNetwork),
        ("172.16.0.1", .privateNetwork), ("172.31.255.255", .privateNetwork), ("192.168.1.1", .privateNetwork),
        ("100.64.0.1", .privateNetwork), ("100.127.255.255", .privateNetwork), ("fc00::1", .privateNetwork),
        ("fd00::1", .privateNetwork), ("::ffff:10.0.0.1", .privateNetwork), ("fec0::1", .privateNetwork),
        ("169.254.169.254", .metadata), ("::ffff:169.254.169.254", .metadata), ("168.63.129.16", .metadata),
        ("100.100.100.200", .metadata), ("fd00:ec2::254", .metadata), ("169.254.1.1", .linkLocal), ("fe80::1", .linkLocal),
        ("febf::1", .linkLocal), ("224.0.0.1", .multicast), ("239.255.255.255", .multicast), ("ff02::1", .multicast),
        ("0.0.0.0", .unspecified), ("0.1.2.3", .unspecified), ("::", .unspecified), ("255.255.255.255", .reserved),
        ("240.0.0.1", .reserved), ("192.0.0.1", .reserved), ("192.0.2.1", .reserved), ("198.18.0.1", .reserved),
        ("198.51.100.1", .reserved), ("203.0.113.1", .reserved), ("192.88.99.1", .reserved), ("2001:db8::1", .reserved),
        ("2001::1", .reserved), ("2002:7f00:1::", .reserved), ("64:ff9b::7f00:1", .reserved), ("::7f00:1", .reserved),
        ("100::1", .reserved), ("3fff::1", .reserved), ("4000::1", .reserved),
        ("9.255.255.255", .publicHost), ("11.0.0.0", .publicHost), ("172.15.255.255", .publicHost), ("172.32.0.0", .publicHost),
        ("100.63.255.255", .publicHost), ("100.128.0.0", .publicHost), ("126.255.255.255", .publicHost),
        ("128.0.0.0", .publicHost), ("2606:4700::1111", .publicHost),
    ])
    func `an address that is not public is refused, written as such and behind a name`(text: String, kind: AddressClass) throws
    {
        let address = try #require(NetworkAddress(text))
        #expect(AddressClass(of: address) == kind)
        let literal = try EndpointURL(text.contains(":") ? "https://[\(text)]/" : "https://\(text)/")
        let name = try EndpointURL("https://example.com/")

        if kind == .publicHost {
            try EndpointPolicy().check(literal)
            #expect(try EndpointPolicy().usable([address], for: name) == [address])
        } else {
            #expect(throws: EndpointRefusal.addressRefused(host: literal.host, address, kind)) {
                try EndpointPolicy().check(literal)
            }
            #expect(throws: EndpointRefusal.addressRefused(host: "example.com", address, kind)) {
                try EndpointPolicy().usable([address], for: name)
            }
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/", "127.0.0.1", true), ("http://127.0.0.2:8080/", "127.0.0.2", false),
        ("https://10.1.2.3/", "10.1.2.3", true), ("https://10.2.0.1/", "10.2.0.1", false),
        ("https://[::ffff:10.1.2.3]/", "10.1.2.3", true), ("https://[fd12::1]/", "fd12::1", true),
        ("https://[fd13::1]/", "fd13::1", false), ("https://inner.example/", "10.1.0.9", true),
        ("http://hooks.example/", "192.168.0.1", true), ("https://HOOKS.example/", "127.0.0.9", true),
        ("http://hooks.example/", "93.184.216.34", true), ("http://x.hooks.example/", "192.168.0.1", false),
        ("https://hooks.example/", "fd00:ec2::254", false), ("https://hooks.example/", "fe80::1", false),
        ("https://169.254.169.254/", "169.254.169.254", true), ("https://224.0.0.1/", "224.0.0.1", false),
        ("http://example.com/", "93.184.216.34", false), ("https://0.0.0.0/", "0.0.0.0", false),
    ])
    func `what the operator allows may be called, over plain http too, and nothing beside`(
        text: String, address: String, may: Bool
    ) throws {
        let policy = EndpointPolicy(allowed: try Self.allowed.map { try EndpointPolicy.Allowance($0) })
        let url = try EndpointURL(text)
        let address = try #require(NetworkAddress(address))

        #expect(((try? policy.check(address, for: url)) != nil) == may)
    }

    @Test func `of a name's addresses those that may be called remain`() throws {
        let url = try EndpointURL("https://example.com/")
        let addresses = try ["10.0.0.1", "93.184.216.34", "::1"].map { try #require(NetworkAddress($0)) }

        #expect(try EndpointPolicy().usable(addresses, for: url) == [addresses[1]])
        #expect(throws: EndpointRefusal.noAddress(host: "example.com")) { try EndpointPolicy().usable([], for: url) }
        #expect(
            "\(EndpointRefusal.addressRefused(host: "example.com", addresses[0], .privateNetwork))"
                == """
                example.com is 10.0.0.1, which is a private address, and no callback goes there unless the center runs with \
                --callbacks-allow for it
                """)
    }

    @Test(arguments: [
        "", "10.0.0.0/33", "10.0.0/8", "fd00::/129", "10.0.0.0/08", "*", "*.example.com", "a b", "http://x/", "x:80", "x/y",
    ])
    func `what is neither range nor name cannot be allowed`(text: String) {
        #expect(throws: EndpointRefusal.badAllowance(text)) { try EndpointPolicy.Allowance(text) }
    }
}
