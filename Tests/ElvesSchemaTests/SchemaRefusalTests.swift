import ElvesJSON
import ElvesSchema
import Testing

@Suite struct SchemaRefusalTests {
    @Test(arguments: [
        ("1", "expected a schema: an object, true or false"),
        (#"{"minimun":1}"#, #"/minimun: "minimun" is not a keyword that is enforced; did you mean "minimum"?"#),
        (
            #"{"unevaluatedProperties":false}"#,
            #"/unevaluatedProperties: "unevaluatedProperties" is not a keyword that is enforced"#
        ),
        (#"{"definitions":{}}"#, #"/definitions: "definitions" is not a keyword here; use $defs"#),
        (#"{"properties":{"a":{"$id":"x"}}}"#, "/properties/a/$id: "),
        (#"{"x\u0007":1}"#, #"/x\u{7}: "x\u{7}" is not a keyword"#),
        (#"{"$schema":"http://json-schema.org/draft-07/schema#"}"#, "/$schema: only draft 2020-12 is read"),
        (#"{"type":"text"}"#, "/type: expected one of null, boolean, integer, number, string, array, object"),
        (#"{"type":[]}"#, "/type: expected one of"),
        (#"{"type":["string",1]}"#, "/type: expected one of"),
        (#"{"enum":[]}"#, "/enum: expected a list of at least one value"),
        (#"{"minimum":"1"}"#, "/minimum: expected a number"),
        (#"{"multipleOf":0}"#, "/multipleOf: must be more than 0"),
        (#"{"minLength":-1}"#, "/minLength: expected a whole number of 0 or more"),
        (#"{"minLength":1.5}"#, "/minLength: expected a whole number"),
        (#"{"maxItems":1e300}"#, "/maxItems: expected a whole number"),
        (#"{"uniqueItems":1}"#, "/uniqueItems: expected true or false"),
        (#"{"pattern":"("}"#, "/pattern: not a regular expression that can be used, at character 1: the group is not closed"),
        (#"{"pattern":1}"#, "/pattern: expected a regular expression as text"),
        (#"{"patternProperties":{"[":{}}}"#, "/patternProperties/[: not a regular expression"),
        (#"{"format":"duration"}"#, "/format: expected one of date-time, date, time"),
        (#"{"required":"a"}"#, "/required: expected a list of names"),
        (#"{"required":["a","a"]}"#, #"/required: "a" is there twice"#),
        (#"{"properties":[]}"#, "/properties: expected a map of names and schemas"),
        (#"{"properties":{"a":1}}"#, "/properties/a: expected a schema"),
        (#"{"items":[{}]}"#, "/items: expected one schema for all elements; a list of them is prefixItems"),
        (#"{"prefixItems":[]}"#, "/prefixItems: expected a list of at least one schema"),
        (#"{"anyOf":{}}"#, "/anyOf: expected a list"),
        (#"{"anyOf":[{},{"anyOf":[]}]}"#, "/anyOf/1/anyOf: expected a list"),
        (#"{"minContains":1}"#, "/minContains: is without effect, since there is no contains beside it"),
        (#"{"if":{}}"#, "/if: is without effect, since there is no then or else beside it"),
        (#"{"then":{}}"#, "/then: is without effect, since there is no if beside it"),
        (#"{"else":{}}"#, "/else: is without effect"),
        (#"{"dependentRequired":{"a":"b"}}"#, "/dependentRequired/a: expected a list of names"),
        (##"{"$ref":"#/$defs/a"}"##, "/$ref: there is no such schema here"),
        (#"{"$ref":"https://example.com/s"}"#, "/$ref: only references into the schema itself are followed"),
        (##"{"$ref":"#/%zz"}"##, "/$ref: only references into"),
        (##"{"$ref":"#"}"##, "the schema refers to itself without end"),
        (
            ##"{"$ref":"#/$defs/a","$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}}"##,
            "refers to itself without end"
        ),
        (#"{"title":1}"#, "/title: expected text"),
        (#"{"examples":1}"#, "/examples: expected a list"),
        (#"{"deprecated":1}"#, "/deprecated: expected true or false"),
        (
            #"{"properties":{"limit":{"minimum":1,"default":0}}}"#,
            "/properties/limit/default: breaks the schema it stands in: 0 is less than the minimum 1"
        ),
        (#"{"type":"string","examples":["a",1]}"#, "/examples/1: breaks the schema it stands in: is an integer"),
    ])
    func `what is no schema, or would not be enforced, is refused with its place`(_ schema: String, _ expected: String) throws {
        let raw = try RawJSON(validating: schema)
        let error = #expect(throws: SchemaError.self) { try Schema(compiling: raw) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
    }

    @Test func `a schema of too many parts is refused`() throws {
        let many = (0..<5000).map { "\"k\($0)\":{}" }.joined(separator: ",")
        let raw = try RawJSON(validating: "{\"properties\":{\(many)}}")
        #expect(throws: SchemaError.self) { try Schema(compiling: raw) }
    }

    // MARK: Bounds

    @Test func `alternatives that multiply are given up, not followed for ever`() throws {
        let levels = (0..<40).map {
            ##""l\##($0)":{"allOf":[{"$ref":"#/$defs/l\##($0 + 1)"},{"$ref":"#/$defs/l\##($0 + 1)"}]}"##
        }
        let schema = try Schema(
            compiling: RawJSON(validating: ##"{"$ref":"#/$defs/l0","$defs":{\##(levels.joined(separator: ",")),"l40":{}}}"##))

        #expect(schema.refusal(of: .integer(1)) == "takes too much work to be checked: make it smaller")
    }

    @Test func `a chain of references that is too long is given up`() throws {
        let links = (0..<1000).map { ##""l\##($0)":{"$ref":"#/$defs/l\##($0 + 1)"}"## }
        let schema = try Schema(
            compiling: RawJSON(validating: ##"{"$ref":"#/$defs/l0","$defs":{\##(links.joined(separator: ",")),"l1000":{}}}"##))

        #expect(schema.refusal(of: .integer(1)) == "takes too much work to be checked: make it smaller")
    }

    @Test func `a large value under an ordinary schema is checked to its end`() throws {
        let schema = try Schema(
            compiling: RawJSON(
                validating:
                    ##"{"items":{"type":"object","properties":{"a":{"type":"string","pattern":"^[a-z]+$"}},"required":["a"]}}"##
            ))
        let value = "[" + Array(repeating: #"{"a":"abcdefgh"}"#, count: 50_000).joined(separator: ",") + "]"

        #expect(try schema.refusal(of: RawJSON(validating: value)) == nil)
    }
}
