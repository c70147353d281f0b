import ElvesModel
import Foundation
import Testing

@Suite struct IPv4AddressTests {
    @Test(
        arguments: [
            ("0.0.0.0", "0.0.0.0", 0), ("255.255.255.255", "255.255.255.255", 0xFFFF_FFFF),
            ("10.0.0.8", "10.0.0.8", 0x0A00_0008),
            ("010.000.00.008", "10.0.0.8", 0x0A00_0008), ("001.002.003.004", "1.2.3.4", 0x0102_0304),
            ("099.1.1.1", "99.1.1.1", 0x6301_0101),
        ] as [(String, String, UInt32)])
    func `four numbers are taken, with leading zeros dropped`(text: String, description: String, number: UInt32) throws {
        let address = try #require(IPv4Address(text))

        #expect(address.number == number && address.description == description)
        #expect(try JSONDecoder().decode([IPv4Address].self, from: JSONEncoder().encode([address])) == [address])
    }

    @Test(arguments: [
        "", "1", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.1.1.999", "1.1.1.0001", "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4\n", "+1.2.3.4", "-1.2.3.4", "1.2.3.0x4", "a.b.c.d", "localhost", "::1", "1.2.3.4/32", "1.2.3.４", "1,2,3,4",
        "1e0.2.3.4",
    ])
    func `every other text is refused`(text: String) throws {
        #expect(IPv4Address(text) == nil)
        let data = try JSONEncoder().encode([text])
        #expect(throws: InvalidName.self) { try JSONDecoder().decode([IPv4Address].self, from: data) }
    }

    @Test func `addresses stand in the order of their numbers`() {
        let addresses = ["10.0.0.10", "9.255.255.255", "10.0.0.9", "200.0.0.0"].compactMap { IPv4Address($0) }

        #expect(addresses.sorted().map(\.description) == ["9.255.255.255", "10.0.0.9", "10.0.0.10", "200.0.0.0"])
    }
}

@Suite struct IPv4RangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8", ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0"]),
        ("10.1.2.3/8", "10.0.0.0/8", ["10.9.9.9"], ["11.1.2.3"]),
        ("192.168.1.7", "192.168.1.7/32", ["192.168.1.7"], ["192.168.1.6", "192.168.1.8"]),
        ("192.168.1.7/32", "192.168.1.7/32", ["192.168.1.7"], ["192.168.1.6"]),
        ("192.168.1.7/31", "192.168.1.6/31", ["192.168.1.6", "192.168.1.7"], ["192.168.1.5", "192.168.1.8"]),
        ("1.2.3.4/0", "0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], []),
        ("128.0.0.0/1", "128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], ["127.255.255.255"]),
        ("010.0.0.0/8", "10.0.0.0/8", ["10.1.1.1"], ["8.0.0.0"]),
    ])
    func `a range holds its addresses and no other`(text: String, description: String, inside: [String], outside: [String])
        throws
    {
        let range = try #require(IPv4Range(text))

        #expect(range.description == description)
        for address in inside { #expect(range.contains(try #require(IPv4Address(address)))) }
        for address in outside { #expect(!range.contains(try #require(IPv4Address(address)))) }
        #expect(IPv4Range(description) == range)
        #expect(try JSONDecoder().decode([IPv4Range].self, from: JSONEncoder().encode([range])) == [range])
    }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8", "10.0.0.0/a", "10.0.0.0 /8",
        "10.0.0.0/ 8",
    ])
    func `every other text is refused`(text: String) throws {
        #expect(IPv4Range(text) == nil)
        let data = try JSONEncoder().encode([text])
        #expect(throws: InvalidName.self) { try JSONDecoder().decode([IPv4Range].self, from: data) }
    }

    @Test(arguments: ["10.0.0.0/+8", "10.0.0.0/-0"])
    func `a number of bits with a sign is refused`(text: String) { #expect(IPv4Range(text) == nil) }

    @Test func `loopback is 127 and nothing else`() {
        #expect(IPv4Range.loopback.description == "127.0.0.0/8")
    }
}

@Suite struct EndpointTests {
    @Test(arguments: [
        ("localhost:80", "localhost", 80, true), ("0.0.0.0:0", "0.0.0.0", 0, false),
        ("127.9.9.9:65535", "127.9.9.9", 65535, true),
        ("::1:443", "::1", 443, true), ("10.0.0.1:1", "10.0.0.1", 1, false),
        ("center.example:9091", "center.example", 9091, false),
    ])
    func `a host and a port are read`(text: String, host: String, port: Int, isLoopback: Bool) throws {
        let endpoint = try #require(Endpoint(text))

        #expect(endpoint == Endpoint(host: host, port: port))
        #expect(endpoint.description == text && endpoint.isLoopback == isLoopback)
    }

    @Test(arguments: ["", ":", ":80", "host", "host:", "host:x", "host:65536", "host:-1", "host:8 0"])
    func `every other text is refused`(text: String) { #expect(Endpoint(text) == nil) }

    @Test(arguments: ["host:+80", "host:-0"])
    func `a port with a sign is refused`(text: String) { #expect(Endpoint(text) == nil) }
}
