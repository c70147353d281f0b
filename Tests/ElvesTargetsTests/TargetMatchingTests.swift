import ElvesJSON
import ElvesModel
import ElvesTargets
import Testing

/// What an expression means for one agent.
@Suite struct TargetMatchingTests {
    @Test(arguments: [
        "*", "all", "A1B2C3D4E5F60718", "10.0.0.8", "web1.example.org", "web1.*", "10.0.0.0/24", "db1, 10.0.0.8",
        "(db1, web1*)",
        "agent = A1B2*", "ip = 10.0.0.8", "ip = 010.0.0.8", "ip in (10.1.0.0/16, 10.0.0.0/28)", "ip = 10.0.*", "ip != 10.0.0.9",
        "host =~ ^web", "host =~ \"^web[0-9]+\\.\"", "host !~ ^db", "host = 'web1.example.org'", "host = web?.example.org",
        "app = backup", "app = back*", "app != diskclean", "app exists", "app.backup version< 1.2.0",
        "app.hosts version>= 2.0.0",
        "app.hosts = 2.*", "not app.diskclean exists", "label.role = web", "label.role in (db, web)",
        "label.role not in (db, x)",
        "label.zone = \"b 2\"", "label.odd = 'say \"hi\" \\ *'", "label.odd = \"say \\\"hi\\\" \\\\ *\"", "label.rack > 9",
        "label.rack >= 12", "label.rack <= 12.0", "label.missing != x", "label.missing !~ x", "label.missing not in (x)",
        "not label.missing exists", "fact.cpus = 4", "fact.cpus = 4.0", "fact.cpus in (2, 4)", "fact.cpus >= 4",
        "fact.cpus < 5",
        "fact.memory_bytes > 8589934591", "fact.load = 0.50", "fact.virtual = true", "fact.kernel version>= 6.1",
        "fact.kernel version >= 6.1.0", "fact.kernel version> 6.1", "fact.kernel version< 6.2", "not fact.none exists",
        "not fact.list exists", "label.role = web and not label.role = db", "label.role = db or label.role = web",
        "label.role = db and label.role = db or label.role = web", "label.role = web or label.role = db and label.role = db",
        "not (label.role = db or label.zone = c)", "not not *", "  label.role=web\n  and\tfact.cpus>=4  ",
        "label.role = web and (fact.cpus > 8 or fact.kernel version>= 6)", "label.role = w??", "label.role=~e",
    ])
    func `matches`(_ text: String) throws { #expect(try TargetExpression(text).matches(subject())) }

    @Test(arguments: [
        "db1", "10.0.0.9", "10.0.1.0/24", "web1", "WEB1.example.org", "\"web1.*\"", "\"*\"", "not *", "host = \"web*\"",
        "ip = 10.0.0.9", "ip not in (10.0.0.0/8)", "app = diskclean", "app != backup", "app.diskclean exists",
        "app.diskclean = *", "app.backup version>= 1.2.0", "label.missing = x", "label.missing = *", "label.missing =~ .",
        "label.missing in (x)", "label.missing exists", "label.role < 5", "label.role version> 0", "fact.cpus > 4",
        "fact.cpus = 4x", "fact.kernel < 7", "fact.virtual = false", "fact.none exists", "fact.list exists",
        "fact.kernel version> 6.2", "label.role = web and label.zone = c", "not label.role = web",
        "(label.role = db or label.role = web) and fact.cpus > 8", "label.role = Web",
    ])
    func `does not match`(_ text: String) throws { #expect(try !TargetExpression(text).matches(subject())) }

    /// Ascending; each is less than all after it.
    @Test func `versions have the order that is written down`() throws {
        let ascending = [
            "0", "0.9", "1-alpha", "1.0.0-alpha.1", "1.0-alpha.beta", "1.0-beta.2", "1.0-beta.11", "1.0-rc.1", "1.0", "1.0-1",
            "1.0-18-amd64", "1.0-18-arm64", "1.0.0.1", "1.2~rc1", "1.2", "v1.10", "2.0+build.7", "20240131",
            "99999999999999999999999999999", "100000000000000000000000000000",
        ]
        for (lower, left) in ascending.enumerated() {
            for (upper, right) in ascending.enumerated() {
                let subject = try versioned(left)
                #expect(
                    try TargetExpression("label.v version< \(right)").matches(subject) == (lower < upper), "\(left) \(right)")
                #expect(
                    try TargetExpression("label.v version<= \(right)").matches(subject) == (lower <= upper), "\(left) \(right)")
                #expect(
                    try TargetExpression("label.v version> \(right)").matches(subject) == (lower > upper), "\(left) \(right)")
            }
        }
    }

    @Test func `a star against many stars ends soon`() throws {
        let glob = String(repeating: "a*", count: 500) + "b"
        let subject = TargetSubject(
            agent: AgentID("x"), ip: try ip("10.0.0.1"), hostName: String(repeating: "a", count: 1000), apps: [:], labels: [:],
            facts: .emptyObject)
        #expect(try !TargetExpression("host = \(glob)").matches(subject))
        #expect(try !TargetExpression("host =~ \"(a*)*(a*)*b\"").matches(subject))
    }

    @Test(
        arguments: [
            ("label.role = db", false, ["label.role = db|false|label.role is \"web\""]),
            ("label.role = web and label.x exists", false, ["label.x exists|false|label.x is not there"]),
            (
                "label.role = web and fact.cpus = 4", true,
                [
                    "label.role = web|true|label.role is \"web\"", "fact.cpus = 4|true|fact.cpus is \"4\"",
                ]
            ),
            ("label.role = db or fact.cpus = 4 or all", true, ["fact.cpus = 4|true|fact.cpus is \"4\""]),
            ("not label.role = web", false, ["label.role = web|true|label.role is \"web\""]),
            ("label.role > 3", false, ["label.role > 3|false|label.role is \"web\", which is no number"]),
            ("label.role version> 3", false, ["label.role version> 3|false|label.role is \"web\", which is no version"]),
            ("app = x", false, ["app = x|false|online are backup, hosts"]),
            ("db1", false, ["db1|false|the agent is A1B2C3D4E5F60718, 10.0.0.8, web1.example.org"]),
        ] as [(String, Bool, [String])])
    func `says which terms decided`(text: String, matches: Bool, terms: [String]) throws {
        let explanation = try TargetExpression(text).explain(subject())
        #expect(explanation.matches == matches)
        #expect(explanation.terms.map { "\($0.term)|\($0.holds)|\($0.because)" } == terms)
    }

    private func versioned(_ version: String) throws -> TargetSubject {
        TargetSubject(
            agent: AgentID("x"), ip: try ip("10.0.0.1"), hostName: "x", apps: [:], labels: ["v": version], facts: .emptyObject)
    }
}
