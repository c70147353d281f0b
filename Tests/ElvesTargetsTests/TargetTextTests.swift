import ElvesTargets
import Testing

/// Reading and printing target expressions.
@Suite struct TargetTextTests {
    @Test(arguments: [
        ("", 1, "nothing to look for"), ("  ", 3, "nothing to look for"), ("label.role", 11, "expected = != =~"),
        ("label.role = ", 14, "expected a value"), ("label.role web", 12, "version>="),
        ("label.role == web", 13, "expected a value"),
        ("label. = x", 1, "label name"), ("label.a- = x", 1, "not ending with -"), ("fact. = x", 1, "a fact's name"),
        ("role = web", 6, "only agent, ip, host, app"), ("label.a = b adn label.c = d", 13, "expected and, or, or the end"),
        ("label.a = b and", 16, "expected an agent"), ("(label.a = b", 13, "parenthesis of column 1 is not closed"),
        ("a)", 2, "expected and, or, or the end"), ("not", 4, "expected an agent"),
        ("label.a not = b", 13, "expected in after not"),
        ("label.a in b", 12, "expected a list"), ("label.a in ()", 13, "expected a value"),
        ("label.a in (b c)", 15, "expected , or )"),
        ("a, b and c", 6, "expected and, or, or the end"), ("not a, b", 6, "in parentheses"), ("a, label.b", 4, "is a field"),
        ("ip = nowhere", 6, "is no address"), ("ip > 1", 4, "only label.NAME and fact.NAME"),
        ("label.a > b", 11, "is no number"),
        ("label.a version> b", 18, "is no version"), ("app.x version> 1.2", 16, "as in 1.4.2"),
        ("host version> 1", 15, "only app.NAME"), ("label.a version 1", 17, "expected >=, >, <= or <"),
        ("label.a = b && label.c = d", 13, "write and, or, not"), ("!label.a", 1, "write and, or, not"),
        ("label.a = \"b", 11, "not closed"), ("label.a =~ (b)", 12, "in quotes"), ("label.a =~ b|c", 13, "in quotes"),
        ("label.a =~ \"(b\"", 12, "not a regular expression"),
        ("label.a = \u{7}b", 11, "control character"), ("label.a = and", 11, "in quotes"), ("app.1 = x", 1, "app name"),
        ("精灵 = x", 4, "only agent"),
    ])
    func `what is not understood is pointed at`(text: String, column: Int, reason: String) {
        let error = #expect(throws: TargetError.self) { try TargetExpression(text) }
        #expect(error?.column == column, "\(String(describing: error))")
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func `size and depth have limits`() throws {
        let nested = { (depth: Int) in String(repeating: "(", count: depth) + "a" + String(repeating: ")", count: depth) }
        _ = try TargetExpression(nested(32))
        #expect(throws: TargetError.self) { try TargetExpression(nested(33)) }
        #expect(throws: TargetError.self) { try TargetExpression(nested(30_000)) }
        #expect(throws: TargetError.self) { try TargetExpression(String(repeating: "not ", count: 10_000) + "a") }
        let patterns = { (count: Int) in Array(repeating: "host =~ a", count: count).joined(separator: " or ") }
        _ = try TargetExpression(patterns(16))
        #expect(throws: TargetError.self) { try TargetExpression(patterns(17)) }
        let long = String(repeating: "a", count: 64 << 10)
        _ = try TargetExpression(long)
        #expect(throws: TargetError.self) { try TargetExpression(long + "a") }
    }

    @Test(arguments: [
        ("all", "*"), ("a,b", "a, b"), ("((a))", "a"), ("(a and b) and c", "a and b and c"),
        ("a and (b or c)", "a and (b or c)"),
        ("a or (b and c)", "a or b and c"), ("not (a and b)", "not (a and b)"), ("not ((a,b))", "not (a, b)"),
        ("label.a='b c'", "label.a = \"b c\""), ("label.a = \"in\"", "label.a = \"in\""), ("\"label.x\"", "\"label.x\""),
        ("label.a=\"*\"", "label.a = \"*\""), ("label.a=*", "label.a = *"), ("host=~'\\d'", "host =~ \"\\\\d\""),
        ("fact.x version >= v1", "fact.x version>= v1"), ("label.a not in (b,c)", "label.a not in (b, c)"),
    ])
    func `has one canonical text`(text: String, canonical: String) throws {
        #expect(try TargetExpression(text).description == canonical)
    }

    @Test(arguments: 0..<8)
    func `read again, the canonical text is the same expression`(block: Int) throws {
        for seed in block * 500..<(block + 1) * 500 {
            var random = SeededRandom(seed: seed)
            let text = Self.expression(&random, depth: 0)
            let expression = try TargetExpression(text)
            let again = try TargetExpression(expression.description)
            #expect(again == expression && again.description == expression.description, "seed \(seed): \(text)")
            #expect(try again.matches(subject()) == expression.explain(subject()).matches, "seed \(seed): \(text)")
        }
    }

    @Test(arguments: 0..<8)
    func `hostile text is refused or read, and never traps`(block: Int) throws {
        let pieces = [
            "(", ")", ",", "=", "!=", "=~", "!~", "<", ">=", "and", "or", "not", "in", "exists", "version", "*", "?", "\"", "'",
            "\\", "label.", "label.a", "fact.b", "app.c", "ip", "host", "1.2", "10.0.0.0/8", "[", "a{9,}", "精", "\u{0}",
            "\u{301}", " ", "\n",
        ]
        for seed in block * 2000..<(block + 1) * 2000 {
            var random = SeededRandom(seed: seed)
            let text = (0..<random.below(20)).map { _ in pieces[random.below(pieces.count)] + (random.below(2) == 0 ? " " : "")
            }.joined()
            do {
                let expression = try TargetExpression(text)
                #expect(try TargetExpression(expression.description) == expression, "seed \(seed): \(text)")
                _ = try expression.matches(subject())
            } catch let error as TargetError {
                #expect((1...text.unicodeScalars.count + 1).contains(error.column), "seed \(seed): \(text)")
            }
        }
    }

    private static func expression(_ random: inout SeededRandom, depth: Int) -> String {
        let fields = ["agent", "host", "app", "app.backup", "label.role", "label.zone", "fact.cpus", "fact.kernel"]
        let values = ["web", "b*", "\"b 2\"", "'in'", "\"*\"", "4", "'\\'", "app", "label.x", "\"a\\\"b\"", "1.2.0-rc.1"]
        let field = fields[random.below(fields.count)]
        let value = { (random: inout SeededRandom) in values[random.below(values.count)] }
        let inner = { (random: inout SeededRandom) in expression(&random, depth: depth + 1) }
        switch random.below(depth > 4 ? 8 : 12) {
        case 0: return "*"
        case 1: return ["web1", "10.0.0.8", "\"label.x\"", "(a, b)", "web?"][random.below(5)]
        case 2: return "\(field) \(random.below(2) == 0 ? "=" : "!=") \(value(&random))"
        case 3:
            return "\(field) \(random.below(2) == 0 ? "=~" : "!~") \(["^w", "'[0-9]{2,}$'", "\"\\\\d|x\""][random.below(3)])"
        case 4: return "\(field) \(random.below(2) == 0 ? "" : "not ")in (\(value(&random)), \(value(&random)))"
        case 5: return "\(field) exists"
        case 6: return "fact.cpus \(["<", "<=", ">", ">="][random.below(4)]) \(["4", "-1.5", "1e3"][random.below(3)])"
        case 7:
            return "fact.kernel version\(["<", "<=", ">", ">="][random.below(4)]) \(["6.1", "v6-rc.1", "6~a"][random.below(3)])"
        case 8: return "not \(inner(&random).grouped)"
        case 9: return "(\(inner(&random)))"
        case 10: return "\(inner(&random).grouped) and \(inner(&random).grouped)"
        default: return "\(inner(&random).grouped) or \(inner(&random).grouped)"
        }
    }
}

extension String {
    fileprivate var grouped: String { "(\(self))" }
}
