import ElvesJSON
import Testing

@Suite struct JSONValueTests {
    static func value(_ text: String) throws -> JSONValue { try JSONValue(RawJSON(validating: text)) }

    static func number(_ text: String) throws -> JSONNumber {
        guard case .number(let number) = try value(text) else { throw JSONError.message("\(text) is no number") }
        return number
    }

    @Test(arguments: [
        ("1", "1.0"), ("1", "10e-1"), ("100", "1e2"), ("0", "-0"), ("0", "0.0e400"), ("-1.50", "-15e-1"), ("[1, 2]", "[1.0,2]"),
        (#"{"a":1,"b":[{}]}"#, #"{"b":[{}],"a":1}"#), (#""é""#, #""\u00e9""#), (#""😀""#, #""\ud83d\ude00""#),
    ])
    func `what means the same is equal and hashes alike`(_ left: String, _ right: String) throws {
        #expect(try Self.value(left) == Self.value(right))
        #expect(try Set([Self.value(left), Self.value(right)]).count == 1)
    }

    @Test(arguments: [
        ("1", "true"), ("0", "false"), ("0", "null"), ("1", #""1""#), ("1", "1.0000000000000000001"), ("[1,2]", "[2,1]"),
        (#"{"a":1}"#, #"{"a":1,"b":1}"#), (#"{"a":1}"#, #"{"b":1}"#), ("{}", "[]"), (#""é""#, #""e\u0301""#),
        (#"{"é":1}"#, #"{"e\u0301":1}"#), ("9007199254740992", "9007199254740993"),
    ])
    func `what means something else is not equal`(_ left: String, _ right: String) throws {
        #expect(try Self.value(left) != Self.value(right))
    }

    @Test func `large objects are equal in any order`() throws {
        func object(_ numbers: some Sequence<Int>) throws -> JSONValue {
            try Self.value("{" + numbers.map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}")
        }
        #expect(try object(0..<50) == object((0..<50).reversed()))
        #expect(try object(0..<50) != object(1..<51))
    }

    @Test func `numbers have their order`() throws {
        let texts = [
            "-1e300", "-9223372036854775808", "-10", "-1.5", "-1", "-1e-300", "0", "1e-300", "0.1", "0.10000000000000000001",
            "1",
            "1.5", "9", "10", "99", "100", "9223372036854775806", "9223372036854775807",
            "9223372036854775807.5", "9.99999999999999999999999999999999e37", "1e38", "1e300",
        ]
        let numbers = try texts.map(Self.number)
        for (left, one) in numbers.enumerated() {
            for (right, other) in numbers.enumerated() {
                #expect((one < other) == (left < right), "\(texts[left]) < \(texts[right])")
            }
        }
    }

    @Test(arguments: [
        ("0.07", "0.01", true), ("4.35", "0.01", true), ("1e300", "7", false), ("7e300", "7", true), ("1", "3", false),
        ("0", "0.3", true), ("-6", "4", false), ("-8", "4", true), ("0.5", "1", false), ("1", "0.5", true),
        ("10", "100", false),
        ("1e-300", "1e-301", true), ("1e-301", "1e-300", false), ("123456789012345678", "1e-20", true),
        ("99999999999999999999999999999999999999e0", "9", true),
    ])
    func `multiples are exact`(_ number: String, _ divisor: String, _ isMultiple: Bool) throws {
        #expect(try Self.number(number).isMultiple(of: Self.number(divisor)) == isMultiple)
    }

    @Test(arguments: ["1e401", "1e-401", "1e99999999999999999999", "0.123456789012345678901234567890123456789"])
    func `a number that cannot be held exactly is refused`(_ text: String) throws {
        let raw = try RawJSON(validating: text)
        let error = #expect(throws: JSONError.self) { try JSONValue(raw) }
        #expect(error?.reason.contains("more than 38 digits or an exponent beyond 400") == true)
    }

    @Test(arguments: [
        ("1.0", "1"), ("1e3", "1000"), ("1.5e0", "1.5"), ("-0.001", "-0.001"), ("1e-10", "1e-10"), ("12345e20", "12345e20"),
        (#" { "a" : [ 1 , null, true, "x\u0001" ] } "#, #"{"a":[1,null,true,"x\u0001"]}"#), ("-0", "0"),
    ])
    func `a value is written in its shortest form`(_ text: String, _ expected: String) throws {
        #expect(try Self.value(text).json.text == expected)
        #expect(try Self.value(expected) == Self.value(text))
    }

    @Test func `whole numbers are found however they are written`() throws {
        #expect(try Self.number("3.0").int == 3)
        #expect(try Self.number("-9223372036854775808").int == .min)
        #expect(try Self.number("1e19").int == nil)
        #expect(try Self.number("9223372036854775808.0").int == nil)
        #expect(try Self.number("0.5").int == nil)
    }
}
