import ElvesJSON
import ElvesSchema
import Testing

@Suite struct SchemaCheckTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let schema: String
        let value: String
        /// Nil for a good value.
        let failure: String?

        init(_ schema: String, _ value: String, _ failure: String?) {
            (self.schema, self.value, self.failure) = (schema, value, failure)
        }

        var testDescription: String { "\(value) under \(schema)" }
    }

    static let scalars: [Row] = [
        Row("{}", "null", nil),
        Row("true", "1", nil),
        Row("false", "1", "is not accepted here"),
        Row(#"{"type":"integer"}"#, "1.0", nil),
        Row(#"{"type":"integer"}"#, "1.5", "is a number, must be an integer"),
        Row(#"{"type":"number"}"#, "1", nil),
        Row(#"{"type":"integer"}"#, "true", "is true or false, must be an integer"),
        Row(#"{"type":["string","null"]}"#, "null", nil),
        Row(#"{"type":["string","null","integer"]}"#, "[]", "is an array, must be a string, an integer or null"),
        Row(#"{"const":{"a":1}}"#, #"{"a":1.0}"#, nil),
        Row(#"{"const":"x"}"#, #""y""#, #"must be "x""#),
        Row(#"{"enum":["a","b",3]}"#, "3.0", nil),
        Row(#"{"enum":["a","b",3]}"#, "4", #"must be one of "a", "b", 3"#),
        Row(#"{"minimum":1}"#, "0", "0 is less than the minimum 1"),
        Row(#"{"minimum":1}"#, #""text""#, nil),
        Row(#"{"maximum":1.5}"#, "1.50001", "1.50001 is more than the maximum 1.5"),
        Row(#"{"exclusiveMinimum":0}"#, "0", "0 must be more than 0"),
        Row(#"{"exclusiveMaximum":0}"#, "-0.1", nil),
        Row(#"{"exclusiveMaximum":0}"#, "0.0", "0 must be less than 0"),
        Row(#"{"multipleOf":0.01}"#, "4.35", nil),
        Row(#"{"multipleOf":5}"#, "12", "12 is not a multiple of 5"),
        Row(#"{"minLength":1}"#, #""""#, "is empty"),
        Row(#"{"minLength":2}"#, #""😀""#, "has 1 character, fewer than the 2 it must have at least"),
        Row(#"{"minLength":2}"#, #""e\u0301""#, nil),
        Row(#"{"maxLength":2}"#, #""😀😀""#, nil),
        Row(#"{"maxLength":2}"#, #""abc""#, "has 3 characters, more than the 2 it may have"),
        Row(#"{"pattern":"^/"}"#, #""/var""#, nil),
        Row(#"{"pattern":"^/"}"#, #""var""#, "does not match the pattern ^/"),
        Row(#"{"format":"date"}"#, #""2026-02-29""#, "is not a date as in 2026-01-31"),
        Row(#"{"format":"date"}"#, "5", nil),
    ]

    static let parts: [Row] = [
        Row(#"{"items":{"type":"integer"}}"#, #"[1,"a"]"#, "/1: is a string, must be an integer"),
        Row(#"{"prefixItems":[{"const":1}],"items":false}"#, "[1]", nil),
        Row(#"{"prefixItems":[{"const":1}],"items":false}"#, "[1,2]", "/1: is not accepted here"),
        Row(#"{"prefixItems":[{"const":1},{"const":2}]}"#, "[1]", nil),
        Row(#"{"contains":{"const":1}}"#, "[]", "has 0 of the 1 elements of a kind that it must have at least"),
        Row(#"{"contains":{"const":1},"minContains":0}"#, "[]", nil),
        Row(#"{"contains":{"const":1},"maxContains":1}"#, "[1,1]", "has more than the 1 elements of a kind that it may have"),
        Row(#"{"minItems":2}"#, "[1]", "has 1 element, fewer than the 2 it must have at least"),
        Row(#"{"maxItems":0}"#, "[1,2]", "has 2 elements, more than the 0 it may have"),
        Row(#"{"uniqueItems":true}"#, "[1,true,0,false,null]", nil),
        Row(
            #"{"uniqueItems":true}"#, #"[{"a":1,"b":2},1,{"b":2,"a":1}]"#,
            "the elements 0 and 2 are equal, but each may be there once only"),
        Row(#"{"uniqueItems":false}"#, "[1,1]", nil),
        Row(#"{"properties":{"limit":{"minimum":1}}}"#, #"{"limit":0}"#, "/limit: 0 is less than the minimum 1"),
        Row(#"{"properties":{"a/b~":{"type":"null"}}}"#, #"{"a/b~":0}"#, "/a~1b~0: is an integer, must be null"),
        Row(#"{"required":["path","limit"]}"#, #"{"limit":0}"#, "/path: is missing, and must be there"),
        Row(
            #"{"properties":{"path":{},"limit":{}},"additionalProperties":false}"#, #"{"lmiit":0}"#,
            #"/lmiit: there is no such parameter; did you mean "limit"?"#),
        Row(
            #"{"properties":{"path":{},"limit":{}},"additionalProperties":false}"#, #"{"colour":0}"#,
            "/colour: there is no such parameter; known: path, limit"),
        Row(#"{"additionalProperties":false}"#, #"{"a":0}"#, "/a: there is no such parameter"),
        Row(#"{"additionalProperties":{"type":"string"}}"#, #"{"a":0}"#, "/a: is an integer, must be a string"),
        Row(#"{"patternProperties":{"^x":{"type":"string"}},"additionalProperties":false}"#, #"{"xy":"a"}"#, nil),
        Row(#"{"patternProperties":{"^x":{"type":"string"}}}"#, #"{"xy":1}"#, "/xy: is an integer, must be a string"),
        Row(#"{"properties":{"e\u0301":false}}"#, #"{"é":1}"#, nil),
        Row(
            #"{"propertyNames":{"maxLength":2}}"#, #"{"abc":1}"#,
            "/abc: this name is not accepted: has 3 characters, more than the 2 it may have"),
        Row(#"{"minProperties":1}"#, "{}", "has 0 members, fewer than the 1 it must have at least"),
        Row(#"{"maxProperties":1}"#, #"{"a":1,"b":2}"#, "has 2 members, more than the 1 it may have"),
        Row(#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#, #"/b: is missing, and must be there when "a" is"#),
        Row(#"{"dependentRequired":{"a":["b"]}}"#, "{}", nil),
        Row(#"{"dependentSchemas":{"a":{"required":["b"]}}}"#, #"{"a":1}"#, "/b: is missing, and must be there"),
    ]

    static let alternatives: [Row] = [
        Row(
            #"{"allOf":[{"minimum":1},{"maximum":0}]}"#, "0.5", "0.5 is less than the minimum 1; 0.5 is more than the maximum 0"
        ),
        Row(#"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, "7", nil),
        Row(
            #"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, "4",
            "fits none of 2 alternatives: (1) is an integer, must be a string, (2) 4 is less than the minimum 5"),
        Row(#"{"oneOf":[{"minimum":1},{"minimum":5}]}"#, "3", nil),
        Row(#"{"oneOf":[{"minimum":1},{"minimum":5}]}"#, "7", "fits the alternatives 1 and 2, but must fit exactly one"),
        Row(#"{"not":{"type":"string"}}"#, #""a""#, "is what it must not be"),
        Row(#"{"if":{"minimum":5},"then":{"multipleOf":5},"else":{"const":1}}"#, "7", "7 is not a multiple of 5"),
        Row(#"{"if":{"minimum":5},"then":{"multipleOf":5},"else":{"const":1}}"#, "2", "must be 1"),
        Row(#"{"if":{"minimum":5},"then":{"multipleOf":5}}"#, "2", nil),
        Row(##"{"$defs":{"p":{"minimum":1}},"items":{"$ref":"#/$defs/p"}}"##, "[1,0]", "/1: 0 is less than the minimum 1"),
        Row(##"{"$ref":"#/$defs/p","maximum":9,"$defs":{"p":{"minimum":1}}}"##, "10", "10 is more than the maximum 9"),
        Row(
            ##"{"properties":{"next":{"$ref":"#"}},"additionalProperties":false}"##, #"{"next":{"next":{"x":1}}}"#,
            "/next/next/x: there is no such parameter; known: next"),
        Row(##"{"$ref":"#/$defs/a%20b~1c","$defs":{"a b/c":{"type":"null"}}}"##, "1", "is an integer, must be null"),
        Row(
            ##"{"properties":{"a":{"type":"null"},"b":{"$ref":"#/properties/a"}}}"##, #"{"b":1}"#,
            "/b: is an integer, must be null"),
    ]

    @Test(arguments: scalars + parts + alternatives)
    func `a value is good, or told what is wrong and where`(_ row: Row) throws {
        let schema = try Schema(compiling: RawJSON(validating: row.schema))

        let failures = try schema.failures(of: JSONValue(RawJSON(validating: row.value)))

        #expect(failures.map(\.description).joined(separator: "; ") == row.failure ?? "")
    }

    @Test func `several failures are told at once, up to a limit`() throws {
        let schema = try Schema(compiling: RawJSON(validating: #"{"items":{"type":"string"}}"#))
        let value = try JSONValue(RawJSON(validating: "[1,2,3,4,5]"))

        #expect(schema.failures(of: value).map(\.pointer) == ["/0", "/1", "/2"])
        #expect(schema.failures(of: value, limit: 1).map(\.pointer) == ["/0"])
    }

    @Test func `no parameters count as an empty object`() throws {
        let schema = try Schema(compiling: RawJSON(validating: #"{"type":"object","required":["a"]}"#))

        #expect(schema.refusal(of: .null) == "/a: is missing, and must be there")
        #expect(try schema.refusal(of: RawJSON(validating: #"{"a":null}"#)) == nil)
        #expect(try schema.refusal(of: RawJSON(validating: "[]")) == "is an array, must be an object")
        #expect(try schema.refusal(of: RawJSON(validating: #"{"a":1e999}"#))?.contains("exponent beyond 400") == true)
    }

    @Test func `a schema survives Codable and equals itself`() throws {
        let schema = try Schema(compiling: RawJSON(validating: #"{ "minimum" : 1 }"#))

        #expect(schema.source.text == #"{"minimum":1}"#)
        #expect(try schema == Schema(compiling: RawJSON(validating: #"{"minimum":1}"#)))
    }

    @Test(arguments: [
        ("lmit", "limit"), ("LIMIT", "limit"), ("ilmit", "limit"), ("pth", "path"), ("xyz", nil), ("", nil),
        ("folders", "folder"),
    ])
    func `a misspelt name is recognised`(_ text: String, _ expected: String?) {
        #expect(nearest(to: text, among: ["path", "limit", "folder"]) == expected)
    }
}

/// What every call pays for.
@Suite struct SchemaCostTests {
    @Test func `the parameters of an ordinary call are checked in microseconds`() throws {
        let schema = try Schema(
            compiling: RawJSON(
                validating: #"""
                    {"type":"object","properties":{"path":{"type":"string","pattern":"^/[a-z/]*$","maxLength":4096},
                    "limit":{"type":"integer","minimum":1,"maximum":1000},"level":{"enum":["low","high"]},
                    "names":{"type":"array","items":{"type":"string","minLength":1},"uniqueItems":true}},
                    "required":["path"],"additionalProperties":false}
                    """#))
        let parameters = try RawJSON(validating: #"{"path":"/var/log/apt","limit":20,"level":"low","names":["a","b","c"]}"#)
        let rounds = 2000

        let start = ContinuousClock.now
        var refusals = 0
        for _ in 0..<rounds where schema.refusal(of: parameters) != nil { refusals += 1 }
        let each = (ContinuousClock.now - start) / rounds

        #expect(refusals == 0)
        // Many times what it takes on a quiet machine; tests share theirs.
        #expect(each < .microseconds(200), "\(each)")
    }
}
