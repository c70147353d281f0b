import ElvesProtocol
import Testing

/// The signature against the vectors of the original's rules.
@Suite struct SignatureV2Tests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let path: String
        let parameters: [(String, String)]
        let key: String
        let sign: String

        var testDescription: String { path }
    }

    static let vectors = [
        Vector(
            path: "/api/v2/rt/exec",
            parameters: [
                ("ip", "192.168.6.116"), ("app", "apptest"), ("func", "helloword"), ("param", #"{"my":"toryzen"}"#),
                ("timeout", "90"), ("auth_id", "1"), ("timestamp", "1500000000"), ("sign_type", "MD5"),
            ], key: "123456", sign: "347663C192AC868062B05C64904221D0"),
        Vector(
            path: "/api/v2/queue/addtask",
            parameters: [
                ("queue_id", "12D6AF3B2E5D4C2E"), ("ip", "10.0.0.8"), ("func", "restart"), ("mode", "P"),
                ("param", #"{"name":"精灵 & co","n":"1+1"}"#), ("proxy", "python|myproxy.py"), ("depend_task_id", ""),
                ("timeout", ""), ("auth_id", "0123456789ABCDEF"), ("timestamp", "1700000123"), ("sign_type", "md5"),
            ], key: "FEDCBA9876543210", sign: "0B3257282D1BA1155FCA3304C3F5E963"),
        Vector(
            path: "/api/v2/cron/add",
            parameters: [
                ("app", "apptest"), ("func", "helloword"), ("ip", "127.0.0.1"), ("rule", "0/5 * * * * ?"), ("mode", "NP"),
                ("auth_id", "0123456789ABCDEF"), ("timestamp", "1700000123"), ("sign_type", "MD5"),
            ], key: "FEDCBA9876543210", sign: "68164F7FB2483D0D4CF7C436707EC5B0"),
        Vector(
            path: "/api/v2/info/agents",
            parameters: [("auth_id", "0123456789ABCDEF"), ("timestamp", "1700000123"), ("sign_type", "MD5")],
            key: "FEDCBA9876543210", sign: "29D577B3602FAE6818C4D7A584619022"),
        Vector(
            path: "/foo/bar",
            parameters: [
                ("key2", "value2"), ("key1", "value1"), ("auth_id", "x"), ("timestamp", "1234567890"), ("sign_type", "MD5"),
            ], key: "testkey", sign: "67FAA730C6F2840EC07A9AE8E570DF8C"),
    ]

    @Test(arguments: vectors)
    func `each vector has its signature, in any order of its parameters`(vector: Vector) {
        #expect(SignatureV2.sign(path: vector.path, parameters: vector.parameters, key: vector.key) == vector.sign)
        let reversed = vector.parameters.reversed() + [("sign", vector.sign)]
        #expect(SignatureV2.sign(path: vector.path, parameters: reversed, key: vector.key) == vector.sign)
    }

    @Test(arguments: vectors)
    func `a signature is accepted in either case of its letters`(vector: Vector) {
        let mixed = String(
            vector.sign.enumerated().map { $0.offset % 2 == 0 ? Character($0.element.lowercased()) : $0.element })
        for sign in [vector.sign, vector.sign.lowercased(), mixed] {
            #expect(SignatureV2.verify(sign, path: vector.path, parameters: vector.parameters, key: vector.key))
        }
    }

    @Test func `a signature with any one character changed is refused`() {
        let vector = Self.vectors[0]
        for index in vector.sign.indices {
            var sign = vector.sign
            sign.replaceSubrange(index...index, with: sign[index] == "0" ? "1" : "0")
            #expect(!SignatureV2.verify(sign, path: vector.path, parameters: vector.parameters, key: vector.key))
        }
    }

    @Test(arguments: [
        "", "0", "347663C192AC868062B05C64904221D", "347663C192AC868062B05C64904221D00", " 347663C192AC868062B05C64904221D",
    ])
    func `a signature of another length is refused`(sign: String) {
        let vector = Self.vectors[0]

        #expect(!SignatureV2.verify(sign, path: vector.path, parameters: vector.parameters, key: vector.key))
    }

    @Test func `a character whose upper case is two letters is no hexadecimal digit`() throws {
        // Found by search: the signature of this text holds FF.
        let parameters = try #require(
            (0..<100_000).lazy.map { [("n", "\($0)")] }.first {
                SignatureV2.sign(path: "/", parameters: $0, key: "k").contains("FF")
            })
        let sign = SignatureV2.sign(path: "/", parameters: parameters, key: "k")
        let range = try #require(sign.firstRange(of: "FF"))

        #expect(
            !SignatureV2.verify(
                sign.replacingCharacters(in: range, with: "\u{FB00}"), path: "/", parameters: parameters, key: "k"))
    }

    @Test func `everything that is signed changes the signature`() {
        let parameters = [("app", "a"), ("extra", ""), ("auth_id", "1"), ("timestamp", "2")]
        let sign = SignatureV2.sign(path: "/p", parameters: parameters, key: "k")
        for index in parameters.indices {
            var changed = parameters
            changed[index].1 += "x"
            #expect(SignatureV2.sign(path: "/p", parameters: changed, key: "k") != sign)
            changed.remove(at: index)
            #expect(SignatureV2.sign(path: "/p", parameters: changed, key: "k") != sign)
        }
        #expect(SignatureV2.sign(path: "/P", parameters: parameters, key: "k") != sign)
        #expect(SignatureV2.sign(path: "/p", parameters: parameters, key: "K") != sign)
    }

    @Test func `sign and sign_type are not signed, but names like them are`() {
        let plain = SignatureV2.sign(path: "/p", parameters: [("a", "1")], key: "k")

        #expect(SignatureV2.sign(path: "/p", parameters: [("a", "1"), ("sign", "x"), ("sign_type", "y")], key: "k") == plain)
        for name in ["Sign", "sign_types", "SIGN_TYPE"] {
            #expect(SignatureV2.sign(path: "/p", parameters: [("a", "1"), (name, "x")], key: "k") != plain)
        }
    }

    /// Upper case before `_` before lower case, and code units rather than characters.
    @Test func `names are sorted by their UTF-16 code units`() {
        // U+10000 is D800 DC00 and so stands before U+FFFD, although its scalar is greater.
        let sorted = ["", "A", "Z", "_", "a", "a0", "aa", "b", "\u{E9}", "\u{10000}", "\u{FFFD}"]
        // In one parameter's value the rest can be written out: the text that is hashed is then the same.
        let writtenOut = sorted.dropFirst().reduce("0") { $0 + "&\($1)=0" }

        #expect(
            SignatureV2.sign(path: "/p", parameters: sorted.shuffled().map { ($0, "0") }, key: "k")
                == SignatureV2.sign(path: "/p", parameters: [("", writtenOut)], key: "k"))
    }

    @Test(arguments: [
        ("//a/b", "/a/b"), ("//a//b", "/a/b"), ("///a", "//a"), ("////a", "//a"), ("//a///b", "/a//b"), ("//", "/"),
        ("//a//", "/a/"),
    ])
    func `every doubled slash is collapsed in a path that begins with one`(path: String, collapsed: String) {
        let expected = collapsed.hasPrefix("//") ? nil : collapsed
        let sign = SignatureV2.sign(path: path, parameters: [("a", "1")], key: "k")
        if let expected {
            #expect(sign == SignatureV2.sign(path: expected, parameters: [("a", "1")], key: "k"))
        } else {
            // `" " + collapsed` does not begin with `//`, and its blank is trimmed.
            #expect(sign == SignatureV2.sign(path: " " + collapsed, parameters: [("a", "1")], key: "k"))
        }
    }

    @Test func `a doubled slash further on is left as it is`() {
        #expect(
            SignatureV2.sign(path: "/a//b", parameters: [("a", "1")], key: "k")
                != SignatureV2.sign(path: "/a/b", parameters: [("a", "1")], key: "k"))
    }

    @Test(arguments: ["k ", "k\t", "k\r\n", "k\u{0}", "k \u{1F} "])
    func `blanks and controls at the end of the key vanish`(key: String) {
        #expect(
            SignatureV2.sign(path: "/p", parameters: [("a", "1")], key: key)
                == SignatureV2.sign(path: "/p", parameters: [("a", "1")], key: "k"))
    }

    @Test(arguments: [" k", "k\u{A0}", "k\u{3000}", "k\u{85}"])
    func `blanks inside the text, and those above U+0020, do not vanish`(key: String) {
        #expect(
            SignatureV2.sign(path: "/p", parameters: [("a", "1")], key: key)
                != SignatureV2.sign(path: "/p", parameters: [("a", "1")], key: "k"))
    }

    @Test func `with an empty key the blanks at the end of the last value vanish`() {
        #expect(
            SignatureV2.sign(path: "/p", parameters: [("a", "1 ")], key: "")
                == SignatureV2.sign(path: "/p", parameters: [("a", "1")], key: ""))
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
