import ElvesModel
import Testing

@Suite struct GrantTests {
    @Test(arguments: [
        "read:/var/log", "write:/srv/a b/c", "network:example.com:443", "network:*.example.com:*", "network:*:80",
        "network:10.0.0.8:65535", "network:[::1]:80", "read:/a:b",
    ])
    func `a grant is written as it is read`(text: String) throws { #expect(try Grant(text).description == text) }

    @Test(arguments: [
        "", "read", "read:", "read:var", "read:/", "read:/a/", "read:/a//b", "read:/a/../b", "read:/a/./b", "read:/a\nb",
        "run:/a", "READ:/a", "network:example.com", "network:example.com:", "network:example.com:0", "network::80",
        "network:example.com:65536", "network:example.com:+8", "network:Example.com:80", "network:-a.com:80",
        "network:a..b:80", "network:*.*:80", "network:a*.com:80", "network:a b:80",
    ])
    func `what is no grant is refused by its rule`(text: String) {
        let error = #expect(throws: InvalidName.self) { try Grant(text) }
        #expect(error?.rule.isEmpty == false)
    }

    @Test(arguments: [
        ("read:/var/log", "read:/var/log", true), ("read:/var/log", "read:/var/log/kern.log", true),
        ("read:/var/log", "read:/var/logs", false), ("read:/var/log/kern.log", "read:/var/log", false),
        ("read:/var/log", "write:/var/log", false), ("write:/srv", "read:/srv/x", true), ("write:/srv", "write:/srv", true),
        ("network:example.com:443", "network:example.com:443", true),
        ("network:example.com:443", "network:example.com:80", false),
        ("network:example.com:*", "network:example.com:80", true), ("network:example.com:*", "network:example.com:*", true),
        ("network:example.com:443", "network:example.com:*", false),
        ("network:*.example.com:443", "network:www.example.com:443", true),
        ("network:*.example.com:443", "network:example.com:443", false),
        ("network:*.example.com:443", "network:badexample.com:443", false),
        ("network:*:443", "network:www.example.com:443", true), ("network:*:443", "network:*:443", true),
        ("network:www.example.com:443", "network:*.example.com:443", false), ("network:*:*", "read:/a", false),
    ])
    func `a grant covers what it names and what lies below`(grant: String, request: String, isCovered: Bool) throws {
        #expect(try Grant(grant).covers(Grant(request)) == isCovered)
    }
}
