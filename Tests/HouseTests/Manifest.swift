/// Reads the targets out of the text of a `Package.swift` that is written as ours is.
struct Manifest {
    private(set) var targets: [House.Target] = []

    init(text: String) throws {
        let code = text.split(separator: "\n").map { line -> Substring in
            // A comment begins at the start of a line here; `//` further on is part of an address.
            line.drop { $0 == " " }.hasPrefix("//") ? "" : line
        }.joined(separator: "\n")
        let products = Self.products(in: code)
        guard let start = code.firstRange(of: "targets: [")?.upperBound else { throw ManifestError(reason: "no targets") }
        var rest = code[start...]
        while let call = rest.firstMatch(of: /\.(target|executableTarget|testTarget|systemLibrary)\(\s*name: "([A-Za-z0-9_]+)"/)
        {
            let body = Self.parenthesised(rest[call.range.lowerBound...])
            guard let kind = House.Target.Kind(rawValue: String(call.output.1)) else { continue }
            targets.append(
                House.Target(
                    kind: kind, name: String(call.output.2), dependencies: Self.dependencies(in: body, products: products)))
            rest = rest[body.endIndex...]
        }
    }

    /// `let name … = .product(name: "P" …)`, and lists of them, by the name they are given.
    private static func products(in code: String) -> [String: Set<String>] {
        var products: [String: Set<String>] = [:]
        for declaration in code.matches(
            of: /let ([A-Za-z]+): (?:Target\.Dependency|\[Target\.Dependency\]) = ([^=]*?)(?=\nlet |\n\n)/)
        {
            products[String(declaration.output.1)] = Set(names(ofProductsIn: declaration.output.2))
        }
        return products
    }

    private static func names(ofProductsIn text: Substring) -> [String] {
        text.matches(of: /\.product\(name: "([A-Za-z0-9_]+)"/).map { String($0.output.1) }
    }

    private static func dependencies(in body: Substring, products: [String: Set<String>]) -> Set<String> {
        guard let start = body.firstRange(of: "dependencies:")?.upperBound else { return [] }
        var list = body[start...]
        for label in ["path:", "exclude:", "resources:", "cSettings:", "swiftSettings:", "linkerSettings:", "plugins:"] {
            if let end = list.firstRange(of: label)?.lowerBound { list = list[..<end] }
        }
        var found = Set(names(ofProductsIn: list))
        let plain = list.replacing(/\.product\([^)]*\)/, with: "")
        found.formUnion(plain.matches(of: /"([A-Za-z0-9_]+)"/).map { String($0.output.1) })
        let variables = plain.replacing(/"[^"]*"/, with: "").matches(of: /[A-Za-z]+/).map { String($0.output) }
        for variable in variables { found.formUnion(products[variable] ?? ["unknown variable \(variable)"]) }
        return found
    }

    /// From a call's start to its closing parenthesis.
    private static func parenthesised(_ text: Substring) -> Substring {
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" {
                depth -= 1
                if depth == 0 { return text[...index] }
            }
        }
        return text
    }
}

struct ManifestError: Error { let reason: String }
