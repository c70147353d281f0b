import ElvesHTTP
import Testing

@Suite struct FormParametersTests {
    @Test func `the query comes first, then the body, percent-decoded and with plus as a blank`() {
        let parameters = FormParameters(query: "a=1%2B1&b=x+y&&c", body: "d=%E7%B2%BE&e==&f=%zz%4")

        #expect(parameters.pairs.map(\.0) == ["a", "b", "c", "d", "e", "f"])
        #expect(parameters.pairs.map(\.1) == ["1+1", "x y", "", "精", "=", "%zz%4"])
        #expect(parameters.repeated == nil)
        #expect(!parameters.isCutShort)
    }

    @Test(
        arguments: [
            ("a=1&a=1", nil), ("a=1", "a=2"), ("a&a=", nil), ("%61=1&a=2", nil), (nil, "a=1&b=2&a=3"), ("=1&a=1&=2", nil),
        ] as [(String?, String?)])
    func `a name that comes twice is told, and its first value counts`(query: String?, body: String?) {
        let parameters = FormParameters(query: query, body: body)

        #expect(parameters.repeated != nil)
        #expect(Set(parameters.pairs.map(\.0)).count == parameters.pairs.count)
    }

    @Test func `no more parameters are read than any form has`() {
        let most = FormParameters.mostParameters
        let text = (1...most).map { "n\($0)=" }.joined(separator: "&")

        #expect(!FormParameters(query: text, body: nil).isCutShort)
        let beyond = FormParameters(query: text, body: "more=1")
        #expect(beyond.isCutShort)
        #expect(beyond.pairs.count == most)
        let repeats = FormParameters(query: String(repeating: "a&", count: 1_000_000), body: nil)
        #expect(repeats.pairs.count == 1)
    }
}
