import ElvesModel
import Foundation
import Testing

@Suite struct AppNameTests {
    @Test(arguments: ["a", "Z", "hello", "disk-usage", "a1", "a-", "A--1", "abcdefghijklmnopqrstuvwxy"])
    func `a name of 1 to 25 letters, digits and hyphens is taken`(text: String) throws {
        #expect(try AppName(text).text == text)
        let data = try JSONEncoder().encode([AppName(text)])
        #expect(String(decoding: data, as: UTF8.self) == "[\"\(text)\"]")
        #expect(try JSONDecoder().decode([AppName].self, from: data) == [AppName(text)])
    }

    @Test(arguments: [
        "", "1a", "-a", "a_b", "a b", " a", "a ", "a\n", "a.b", "a/b", "../a", "ä", "aé", "a\u{301}", "a\0", "名",
        "abcdefghijklmnopqrstuvwxyz",
    ])
    func `every other name is refused, and the rule is told`(text: String) throws {
        let error = #expect(throws: InvalidName.self) { try AppName(text) }

        #expect(error?.what == "app name" && error?.text == text)
        #expect(error.map { "\($0)" }?.hasSuffix("1 to 25 letters, digits and -, beginning with a letter") == true)
        let data = try JSONEncoder().encode([text])
        #expect(throws: (any Error).self) { try JSONDecoder().decode([AppName].self, from: data) }
    }

    @Test func `names stand in the order of their characters' codes`() throws {
        let names = try ["b", "a", "B", "a-", "a1", "aa"].map { try AppName($0) }

        #expect(names.sorted().map(\.text) == ["B", "a", "a-", "a1", "aa", "b"])
    }

    @Test func `a long text is told in its first 80 characters`() {
        let error = #expect(throws: InvalidName.self) { try AppName(String(repeating: "x", count: 1000)) }

        #expect(error.map { "\($0)".contains("\"" + String(repeating: "x", count: 80) + "\" is not valid") } == true)
    }
}
