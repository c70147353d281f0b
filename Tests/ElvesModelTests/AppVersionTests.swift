import ElvesModel
import Foundation
import Testing

@Suite struct AppVersionTests {
    @Test(arguments: [
        "0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-0.3.7", "1.0.0-x.7.z.92", "1.0.0-x-y-z.-",
        "1.0.0--", "1.0.0-0A", "1.0.0-00a", "999999999.999999999.999999999",
    ])
    func `a version of semver is taken as it is written`(text: String) throws {
        #expect(try AppVersion(text).text == text)
        #expect(
            try JSONDecoder().decode([AppVersion].self, from: JSONEncoder().encode([AppVersion(text)])) == [AppVersion(text)])
    }

    @Test(arguments: [
        "", "1", "1.2", "1.2.3.4", "01.2.3", "1.02.3", "1.2.03", "1.2.3-", "1.2.3-a..b", "1.2.3-.a", "1.2.3-a.", "1.2.3-01",
        "1.2.3-a.00", "1.2.3+build", "1.2.3-a+b", "v1.2.3", "1.2.3 ", " 1.2.3", "1.2.x", "-1.2.3", "+1.2.3", "1.2.3-ä",
        "1.2.3-a_b",
        "1.2.٣", "1..3", "1.2.3\n", "1,2,3", "1.2.99999999999999999999", "1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaa",
    ])
    func `every other text is refused`(text: String) {
        let error = #expect(throws: InvalidName.self) { try AppVersion(text) }

        #expect(error?.what == "version" && error?.text == text)
    }

    @Test func `30 characters are taken, 31 are refused`() {
        #expect(throws: Never.self) { try AppVersion("1.0.0-" + String(repeating: "a", count: 24)) }
        #expect(throws: InvalidName.self) { try AppVersion("1.0.0-" + String(repeating: "a", count: 25)) }
    }

    /// The examples of Semantic Versioning 2.0.0, rule 11, and what follows from its words.
    @Test(arguments: [
        ["1.0.0", "2.0.0", "2.1.0", "2.1.1"],
        ["1.0.0-alpha", "1.0.0"],
        [
            "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",
            "1.0.0",
        ],
        ["1.9.0", "1.10.0", "1.11.0"],
        ["1.0.0-1", "1.0.0-2", "1.0.0-10", "1.0.0--", "1.0.0-A", "1.0.0-a"],
        ["0.9.9", "1.0.0-0", "1.0.0-0.0", "1.0.0-0.a"],
    ])
    func `precedence is that of rule 11`(ascending: [String]) throws {
        let versions = try ascending.map { try AppVersion($0) }

        for (low, high) in zip(versions, versions.dropFirst()) {
            #expect(low < high && !(high < low) && low != high)
        }
        #expect(versions.shuffled().sorted() == versions)
    }

    @Test func `a version does not precede itself`() throws {
        for text in ["1.0.0", "1.0.0-a.1"] { #expect(try !(AppVersion(text) < AppVersion(text))) }
    }
}
