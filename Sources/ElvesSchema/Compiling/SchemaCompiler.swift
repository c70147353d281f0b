import ElvesJSON

/// Turns a schema's JSON into nodes, refusing what would not be enforced.
struct SchemaCompiler {
    /// More than any form has; keeps the walk for cycles and the memory of a hostile schema small.
    static let nodeLimit = 4096

    private(set) var nodes: [SchemaNode] = []
    private var path: [SchemaError.Step] = []
    /// Where each schema stands, for the references to it.
    private var places: [JSONText: Int] = [:]
    private var references: [(node: Int, check: Int, target: String, path: [SchemaError.Step])] = []
    private var nodePaths: [[SchemaError.Step]] = []
    /// Values of `default` and `examples`, with the schema they stand in.
    private var examples: [(value: JSONValue, node: Int, path: [SchemaError.Step])] = []

    /// - Returns: The nodes; the first one is the root.
    mutating func compile(_ schema: JSONValue) throws(SchemaError) -> [SchemaNode] {
        _ = try node(schema)
        for reference in references {
            guard let target = places[JSONText(reference.target)] else {
                throw SchemaError(
                    path: reference.path, reason: "there is no such schema here; as in #/$defs/NAME, or # for the whole")
            }
            nodes[reference.node].checks[reference.check] = .reference(target)
        }
        try refuseCycles()
        try checkExamples()
        return nodes
    }

    // MARK: Places

    func refusal(_ reason: String, isKey: Bool = false) -> SchemaError {
        SchemaError(path: path, isKey: isKey, reason: reason)
    }

    mutating func at<T>(
        _ step: SchemaError.Step, _ body: (inout SchemaCompiler) throws(SchemaError) -> T
    ) throws(SchemaError) -> T {
        path.append(step)
        let result = try body(&self)
        path.removeLast()
        return result
    }

    // MARK: Schemas

    mutating func node(_ schema: JSONValue) throws(SchemaError) -> Int {
        guard nodes.count < Self.nodeLimit else { throw refusal("a schema has at most \(Self.nodeLimit) parts") }
        let index = nodes.count
        nodes.append(SchemaNode())
        nodePaths.append(path)
        places[JSONText(Self.fragment(path))] = index
        switch schema {
        case .bool(true): break
        case .bool(false): nodes[index].checks = [.never]
        case .object(let members): nodes[index].checks = try checks(KeywordReader(members), of: index)
        default: throw refusal("expected a schema: an object, true or false")
        }
        return index
    }

    mutating func nodes(inList list: JSONValue) throws(SchemaError) -> [Int] {
        guard case .array(let schemas) = list, !schemas.isEmpty else {
            throw refusal("expected a list of at least one schema")
        }
        var result: [Int] = []
        for (index, schema) in schemas.enumerated() {
            result.append(try at(.index(index)) { (self) throws(SchemaError) in try self.node(schema) })
        }
        return result
    }

    mutating func nodes(inMap map: JSONValue) throws(SchemaError) -> [(key: JSONText, node: Int)] {
        guard case .object(let members) = map else { throw refusal("expected a map of names and schemas") }
        var result: [(JSONText, Int)] = []
        for member in members {
            result.append(
                (member.key, try at(.key(member.key.text)) { (self) throws(SchemaError) in try self.node(member.value) }))
        }
        return result
    }

    /// A place that a reference leads to, once all schemas are known.
    mutating func refer(to text: String, from node: Int, check: Int) throws(SchemaError) -> SchemaCheck {
        guard text.utf8.first == UInt8(ascii: "#"), let target = Self.decoded(text.dropFirst()) else {
            throw refusal("only references into the schema itself are followed, as in #/$defs/NAME")
        }
        references.append((node, check, target, path))
        return .reference(node)
    }

    /// Remembers a value that its author gives as a good one.
    mutating func note(example: JSONValue, of node: Int) { examples.append((example, node, path)) }

    /// What people copy has to work.
    private func checkExamples() throws(SchemaError) {
        var work = SchemaChecker.workLimit
        for example in examples {
            var checker = SchemaChecker(nodes, failureLimit: 1)
            checker.work = work
            guard checker.checks(example.value, from: example.node) else {
                let reason = checker.failures.first?.description ?? ""
                throw SchemaError(path: example.path, reason: "breaks the schema it stands in: \(reason)")
            }
            work = checker.work
        }
    }

    // MARK: Pointers

    /// The pointer as it stands in a fragment after decoding; the whole path is kept, nothing is cut.
    private static func fragment(_ path: [SchemaError.Step]) -> String {
        path.map { step in
            switch step {
            case .key(let key):
                "/"
                    + key.unicodeScalars.reduce(into: "") { text, scalar in
                        switch scalar {
                        case "~": text += "~0"
                        case "/": text += "~1"
                        default: text.unicodeScalars.append(scalar)
                        }
                    }
            case .index(let index): "/\(index)"
            }
        }.joined()
    }

    /// A fragment without its percent signs; nil if one of them is not followed by two hexadecimal digits.
    private static func decoded(_ fragment: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = fragment.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), high != UInt8(ascii: "+")
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    // MARK: Cycles

    /// A schema that leads back to itself without going into the value would be checked for ever.
    private func refuseCycles() throws(SchemaError) {
        enum Mark { case new, open, done }
        var marks = Array(repeating: Mark.new, count: nodes.count)
        for root in nodes.indices where marks[root] == .new {
            var stack: [(node: Int, next: [Int])] = [(root, nodes[root].checks.flatMap(\.alongside))]
            marks[root] = .open
            while let (node, next) = stack.last {
                guard let child = next.last else {
                    marks[node] = .done
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next.removeLast()
                switch marks[child] {
                case .done: break
                case .open: throw SchemaError(path: nodePaths[child], reason: "the schema refers to itself without end")
                case .new:
                    marks[child] = .open
                    stack.append((child, nodes[child].checks.flatMap(\.alongside)))
                }
            }
        }
    }
}
