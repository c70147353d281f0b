import ElvesJSON

/// Walks through one value along a compiled schema.
///
/// Bounded whatever schema and value say: after `workLimit` steps, or at `depthLimit` schemas inside each other, it gives up
/// and the value counts as bad.
struct SchemaChecker {
    /// Some tens of milliseconds; a value of a megabyte takes a small part of it under any schema that people write.
    static let workLimit = 5_000_000
    /// More than a schema nested as deep as values may be, with alternatives at every level.
    static let depthLimit = 512

    let nodes: [SchemaNode]
    /// With 0 nothing is written down, and the first failure ends the walk.
    let failureLimit: Int
    private(set) var failures: [SchemaFailure] = []
    private var path: [SchemaError.Step] = []
    private var silences = 0
    private var depth = 0
    var work = SchemaChecker.workLimit
    private var hasGivenUp = false

    init(_ nodes: [SchemaNode], failureLimit: Int) {
        self.nodes = nodes
        self.failureLimit = failureLimit
    }

    /// Whether the value is a good one.
    mutating func checks(_ value: JSONValue, from root: Int = 0) -> Bool {
        let isGood = check(root, value)
        guard !hasGivenUp else {
            failures =
                failureLimit == 0
                ? [] : [SchemaFailure(pointer: "", text: "takes too much work to be checked: make it smaller")]
            return false
        }
        return isGood
    }

    var isReporting: Bool { failureLimit > 0 && silences == 0 }
    /// Whether nothing is to be gained by looking for another failure.
    var isFinished: Bool { hasGivenUp || !isReporting || failures.count >= failureLimit }

    /// - Returns: False, for the check that failed.
    mutating func fail(_ text: @autoclosure () -> String, at step: SchemaError.Step? = nil) -> Bool {
        if isReporting, failures.count < failureLimit {
            let place = step.map { path + [$0] } ?? path
            failures.append(SchemaFailure(pointer: jsonPointer(place), text: text()))
        }
        return false
    }

    /// - Returns: Whether there was that much work left.
    mutating func spend(_ steps: Int) -> Bool {
        guard !hasGivenUp else { return false }
        work -= steps
        hasGivenUp = work < 0
        return !hasGivenUp
    }

    /// - Returns: False.
    mutating func giveUp() -> Bool {
        hasGivenUp = true
        return false
    }

    mutating func check(_ node: Int, _ value: JSONValue) -> Bool {
        guard depth < Self.depthLimit else { return giveUp() }
        depth += 1
        defer { depth -= 1 }
        var isGood = true
        for check in nodes[node].checks {
            guard spend(1) else { return false }
            guard !self.check(check, value) else { continue }
            isGood = false
            // Of another type: nothing else that is said of it would help.
            if case .types = check { return false }
            if isFinished { return false }
        }
        return isGood
    }

    mutating func check(_ node: Int, _ value: JSONValue, at step: @autoclosure () -> SchemaError.Step) -> Bool {
        guard isReporting else { return check(node, value) }
        path.append(step())
        defer { path.removeLast() }
        return check(node, value)
    }

    /// Like `check`, with nothing written down.
    mutating func checkSilently(_ node: Int, _ value: JSONValue) -> Bool {
        silences += 1
        defer { silences -= 1 }
        return check(node, value)
    }

    /// The first thing that is wrong with a value under a schema, to explain an alternative.
    mutating func firstFailure(_ node: Int, _ value: JSONValue) -> String? {
        var checker = SchemaChecker(nodes, failureLimit: 1)
        checker.path = path
        checker.depth = depth
        checker.work = work
        _ = checker.check(node, value)
        work = checker.work
        return checker.failures.first?.description
    }

    private mutating func check(_ check: SchemaCheck, _ value: JSONValue) -> Bool {
        switch check {
        case .never: return fail("is not accepted here")
        case .types(let types):
            let own = JSONTypes(of: value)
            return types.contains(own) || fail("is \(own.words), must be \(types.words)")
        case .values(let values, let listed):
            guard spend(weight(of: value)) else { return false }
            return values.contains(value) || fail(values.count == 1 ? "must be \(listed)" : "must be one of \(listed)")
        case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf:
            guard case .number(let number) = value else { return true }
            return checkNumber(check, number)
        case .minLength, .maxLength, .pattern, .format:
            guard case .string(let text) = value else { return true }
            return checkText(check, text.text)
        case .minItems, .maxItems, .uniqueItems, .items, .contains:
            guard case .array(let elements) = value else { return true }
            return checkArray(check, elements)
        case .minProperties, .maxProperties, .required, .properties, .propertyNames, .dependentRequired, .dependentSchemas:
            guard case .object(let members) = value else { return true }
            return checkObject(check, members)
        case .reference(let node): return self.check(node, value)
        case .allOf(let nodes):
            var isGood = true
            for node in nodes where !self.check(node, value) {
                isGood = false
                if isFinished { return false }
            }
            return isGood
        case .anyOf, .oneOf, .not, .conditional: return checkAlternatives(check, value)
        }
    }

    /// Roughly how long it takes to compare a value.
    private func weight(of value: JSONValue) -> Int {
        switch value {
        case .null, .bool, .number: 1
        case .string(let text): 1 + text.text.utf8.count / 16
        case .array(let values): values.reduce(1) { $0 + weight(of: $1) }
        case .object(let members): members.reduce(1) { $0 + weight(of: $1.value) + 1 }
        }
    }

    func weight(of values: [JSONValue]) -> Int { values.reduce(0) { $0 + weight(of: $1) } }
}
