import ElvesJSON
import Testing

struct JSONWriterTests {
    @Test func `writes compact text, members in their order`() throws {
        let value: JSON = [
            "z": 1, "a": "\"\\/\n\r\t\u{1}\u{1f}\u{7f}é🧝", "list": [1.5, -0.25], "none": nil as String?, "yes": true,
        ]
        let text = try String(decoding: value.encoded(), as: UTF8.self)
        let escaped = #""\"\\/\n\r\t\u0001\u001f"# + "\u{7f}é🧝\""
        #expect(text == #"{"z":1,"a":\#(escaped),"list":[1.5,-0.25],"none":null,"yes":true}"#)
    }

    @Test(arguments: [0.1, 1e300, Double.leastNonzeroMagnitude, -0.0, 1e16, 123_456_789.125, 2.0])
    func `a number comes back as it was`(number: Double) throws {
        #expect(try JSON(parsing: JSON.number(number).encoded()).number == number)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `refuses what JSON does not have`(number: Double) {
        #expect(throws: JSONError.self) { try JSON.list([.number(number)]).encoded() }
        #expect(JSON.number(number).description == "\(number)")
    }

    @Test func `refuses what is nested too deep`() throws {
        let value = JSON.list([.object(Members())])
        #expect(try value.encoded(depth: 2) == Array("[{}]".utf8))
        #expect(throws: JSONError.self) { try value.encoded(depth: 1) }
    }

    @Test func `dictionaries are sorted by key`() throws {
        let value = JSON(["b": 1, "a": 2, "Z": 3])
        #expect(value.description == #"{"Z":3,"a":2,"b":1}"#)
    }

    @Test func `a member can be changed and removed, few or many`() {
        for count in [3, 40] {
            var members = Members()
            for number in 0..<count { members["k\(number)"] = .integer(number) }
            members["k1"] = nil
            members["k2"] = "new"
            #expect(members.count == count - 1)
            #expect(members["k1"] == nil)
            #expect(members["k2"] == "new")
            #expect(members["k\(count - 1)"] != nil)
        }
    }

    @Test func `equality is by value`() {
        #expect(JSON.integer(2) == 2.0)
        #expect(JSON.text("é") != .text("e\u{301}"))
        #expect(["a": 1, "b": 2] as JSON == ["b": 2, "a": 1])
        #expect(["a": 1] as JSON != ["a": 1, "b": 2])
    }
}
