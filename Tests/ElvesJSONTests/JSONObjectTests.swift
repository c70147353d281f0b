import ElvesJSON
import Testing

@Suite struct JSONObjectTests {
    private static let text = #"""
        { "text": "a\u00e9", "int": -5, "float": 1.5, "exp": 1e2, "yes": true, "no": false, "null": null,
          "list": [ 1, "a,]" , [2, 3], {"x": [4]} ], "empty": [ ], "object": { "a" : 1 }, "\u006bey": 9 }
        """#

    private let object: JSONObject

    init() throws { object = try JSONObject(parsing: Array(Self.text.utf8)) }

    @Test func `keys are unescaped and in the order of the text`() {
        #expect(
            object.keys == [
                "text", "int", "float", "exp", "yes", "no", "null", "list", "empty", "object", "key",
            ])
    }

    @Test func `members are read as what they are`() throws {
        #expect(try object.string("text") == "aé")
        #expect(try object.integer("int") == -5)
        #expect(try object.integer("key") == 9)
        #expect(try object.number("float") == 1.5)
        #expect(try object.number("exp") == 100)
        #expect(try object.number("int") == -5)
        #expect(try object.bool("yes") == true)
        #expect(try object.bool("no") == false)
        #expect(try object.array("list")?.map(\.text) == ["1", #""a,]""#, "[2, 3]", #"{"x": [4]}"#])
        #expect(try object.array("empty") == [])
        #expect(object.raw("object")?.text == #"{ "a" : 1 }"#)
        #expect(object.raw("null") == .null)
        #expect(try JSONObject(#require(object.raw("object"))).integer("a") == 1)
    }

    @Test(arguments: ["null", "absent"])
    func `a member that is null or absent is nil for every type`(key: String) throws {
        #expect(try object.string(key) == nil)
        #expect(try object.integer(key) == nil)
        #expect(try object.number(key) == nil)
        #expect(try object.bool(key) == nil)
        #expect(try object.array(key) == nil)
    }

    @Test func `an absent member has no raw value`() { #expect(object.raw("absent") == nil) }

    @Test(arguments: ["text", "int", "float", "yes", "list", "object"])
    func `a member of another type is an error that names its key`(key: String) throws {
        let readers: [(type: String, fits: [String], read: () throws -> Bool)] = [
            ("a string", ["text"], { try object.string(key) != nil }),
            ("an integer", ["int"], { try object.integer(key) != nil }),
            ("a number", ["int", "float"], { try object.number(key) != nil }),
            ("true or false", ["yes"], { try object.bool(key) != nil }),
            ("an array", ["list"], { try object.array(key) != nil }),
        ]
        for reader in readers where !reader.fits.contains(key) {
            let error = #expect(throws: JSONError.self) { try reader.read() }
            #expect(error?.reason == "member \"\(key)\" must be \(reader.type)")
            #expect((error?.offset ?? 0) > 0)
        }
    }

    @Test(arguments: ["1.0", "1e2", "\"1\""])
    func `a number that is written as no integer is none`(value: String) throws {
        let object = try JSONObject(parsing: Array("{\"n\":\(value)}".utf8))

        let error = #expect(throws: JSONError.self) { try object.integer("n") }
        #expect(error?.reason == "member \"n\" must be an integer")
    }

    @Test func `a missing member that is required is named`() throws {
        let error = #expect(throws: JSONError.self) { try object.require("absent", object.string("absent")) }

        #expect(error?.reason == "member \"absent\" is missing")
        #expect(try object.require("int", object.integer("int")) == -5)
    }

    @Test(arguments: ["[]", "1", "null", "\"{}\"", ""])
    func `a text that is no object is refused`(text: String) {
        let error = #expect(throws: JSONError.self) { try JSONObject(parsing: Array(text.utf8)) }

        #expect(error?.reason == "expected an object")
    }

    @Test(arguments: ["{} ", " {}"])
    func `blanks around an object are taken`(text: String) throws {
        #expect(try JSONObject(parsing: Array(text.utf8)).keys == [])
    }

    @Test func `text behind an object is refused`() {
        #expect(throws: JSONError.self) { try JSONObject(parsing: Array("{}x".utf8)) }
    }

    @Test func `an error says the place in words`() {
        let error = #expect(throws: JSONError.self) { try RawJSON(validating: "[1,]") }

        #expect(error.map { "\($0)" } == "not acceptable JSON at byte 3: no value begins like this")
    }
}
