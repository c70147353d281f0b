import CenterOpenAPI
import ElvesHTTP
import Testing

/// Requests whose signature is also that of another request.
@Suite struct AmbiguityTests {
    private static let names: Set<String> = ["app", "func", "ip", "param"]

    private static func ambiguity(_ query: String) -> Ambiguity? {
        Ambiguity.first(in: FormParameters(query: query, body: nil), of: names)
    }

    @Test(
        arguments: [
            ("param=1%26ip=2", .hidden(name: "ip")), ("param=%26ip=", .hidden(name: "ip")),
            ("param=a%26b%26%26func%3D", .hidden(name: "func")), ("param=x%26param=y", .hidden(name: "param")),
            ("param=%26ip=1%26sign=2", .hidden(name: "ip")), ("unknown=1%26app=2", .hidden(name: "app")),
            ("param=%26auth_id=1", .hidden(name: "auth_id")), ("param=%26timestamp=1", .hidden(name: "timestamp")),
            ("param=%26sign_type=1", .hidden(name: "sign_type")), ("param=%26sign=1", .hidden(name: "sign")),
            ("sign=%26ip=1", .hidden(name: "ip")), ("ip=1&ip=2", .repeated(name: "ip")),
            ("unknown=1&unknown=1", .repeated(name: "unknown")), ("app=1%26func&x=2", nil), ("app%3D1%26func=2", .joined),
            ("a%26b=1", .joined), ("a%3Db=1", .joined), ("%26=1", .joined),
            // Combining characters after & and before = are no part of either.
            ("param=%26%CC%81ip=1", nil), ("param=%CC%81%26ip=1", .hidden(name: "ip")), ("param=%26ip%CC%81=1", nil),
            ("param=a%26ip=%CC%81", .hidden(name: "ip")),
        ] as [(String, Ambiguity?)])
    func `a second reading is found`(query: String, expected: Ambiguity?) {
        #expect(Self.ambiguity(query) == expected)
    }

    @Test(arguments: [
        "a%26b", "a=b", "a%26b=c", "%23", "a%2Bb", "%26", "=", "%26=", "%26ip", "%26 ip=1", "%26IP=1", "ip=1", "ip=1%26x=2",
        "%26ipp=1", "%26queue_id=1", "http://h/?x=1%26y=2%23z", "%26amp;ip=1",
    ])
    func `other signs pass in a value`(value: String) {
        #expect(Self.ambiguity("param=\(value)&app=1") == nil)
    }

    @Test func `too many parameters are no request`() {
        let query = (0...FormParameters.mostParameters).map { "n\($0)=" }.joined(separator: "&")

        #expect(Self.ambiguity(query) == .tooMany(limit: FormParameters.mostParameters))
    }

    @Test func `what is logged repeats of a name the beginning only`() {
        let name = String(repeating: "n", count: 10_000)
        let told = "\(Ambiguity.repeated(name: name + "\n"))"

        #expect(told.count < 100)
        #expect(!"\(Ambiguity.repeated(name: "a\nb"))".contains("\n"))
    }
}
