import ElvesJSON
import ElvesTUF
import Testing

@Suite struct MetadataTests {
    @Test func `canonical JSON sorts members and escapes two characters only`() throws {
        let json = try RawJSON(validating: #"{ "b": [1, -0, true, null], "a\n": "x\"\\é\t", "A": {} }"#)

        #expect(try json.canonical() == Array("{\"A\":{},\"a\n\":\"x\\\"\\\\é\t\",\"b\":[1,0,true,null]}".utf8))
    }

    @Test func `canonical JSON has no fractions`() throws {
        let json = try RawJSON(validating: #"{"a":1.0}"#)

        #expect(throws: JSONError.self) { try json.canonical() }
    }
}
