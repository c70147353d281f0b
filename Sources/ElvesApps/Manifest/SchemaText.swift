import Yams

/// Turns a YAML value into compact JSON text, keeping the order of keys.
///
/// Plain words are read by the core schema of YAML 1.2: `true`, `false`, `null` and numbers in JSON's form are what
/// they look like, everything else (`yes`, `0x10`) is text.
enum SchemaText {
    static func json(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar):
            word(scalar)
        case .sequence(let sequence):
            "[" + sequence.map(json).joined(separator: ",") + "]"
        case .mapping(let mapping):
            "{" + mapping.map { quote($0.key.scalar?.string ?? "") + ":" + json($0.value) }.joined(separator: ",") + "}"
        case .alias:
            "null"
        }
    }

    static func isNull(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private static func word(_ scalar: Node.Scalar) -> String {
        guard scalar.style == .plain else { return quote(scalar.string) }
        if isNull(scalar) { return "null" }
        switch scalar.string {
        case "true", "True", "TRUE": return "true"
        case "false", "False", "FALSE": return "false"
        default: return isNumber(scalar.string) ? scalar.string : quote(scalar.string)
        }
    }

    /// The grammar of RFC 8259, section 6.
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        func digits() -> Int {
            let count = rest.utf8.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        if rest.first == "-" { rest = rest.dropFirst() }
        let startsWithZero = rest.first == "0"
        let whole = digits()
        guard whole > 0, whole == 1 || !startsWithZero else { return false }
        if rest.first == "." {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
