import ElvesJSON

extension SchemaChecker {
    mutating func checkNumber(_ check: SchemaCheck, _ number: JSONNumber) -> Bool {
        switch check {
        case .minimum(let bound): number >= bound || fail("\(number) is less than the minimum \(bound)")
        case .maximum(let bound): number <= bound || fail("\(number) is more than the maximum \(bound)")
        case .exclusiveMinimum(let bound): number > bound || fail("\(number) must be more than \(bound)")
        case .exclusiveMaximum(let bound): number < bound || fail("\(number) must be less than \(bound)")
        case .multipleOf(let divisor): number.isMultiple(of: divisor) || fail("\(number) is not a multiple of \(divisor)")
        default: true
        }
    }

    mutating func checkText(_ check: SchemaCheck, _ text: String) -> Bool {
        switch check {
        case .minLength(let least):
            // A character has at most four bytes, so that most texts need no counting.
            if text.utf8.count >= least, text.utf8.count / 4 >= least { return true }
            guard spend(text.utf8.count / 16) else { return false }
            let count = text.unicodeScalars.count
            return count >= least
                || fail(
                    text.isEmpty ? "is empty" : "has \(characters(count)), fewer than the \(least) it must have at least")
        case .maxLength(let most):
            if text.utf8.count <= most { return true }
            guard spend(text.utf8.count / 16) else { return false }
            let count = text.unicodeScalars.count
            return count <= most || fail("has \(characters(count)), more than the \(most) it may have")
        case .pattern(let pattern):
            var steps = work
            let result = pattern.matches(text, steps: &steps)
            guard spend(work - steps), let result else { return giveUp() }
            return result || fail("does not match the pattern \(pattern.source)")
        case .format(let format):
            guard spend(text.utf8.count / 16) else { return false }
            return format.accepts(text) || fail("is not \(format.words)")
        default: return true
        }
    }

    mutating func checkAlternatives(_ check: SchemaCheck, _ value: JSONValue) -> Bool {
        switch check {
        case .anyOf(let nodes):
            for node in nodes where checkSilently(node, value) { return true }
            guard isReporting else { return false }
            let text = noneFits(nodes, value)
            return fail(text)
        case .oneOf(let nodes):
            var fitting: [Int] = []
            for (index, node) in nodes.enumerated() where checkSilently(node, value) {
                fitting.append(index + 1)
                if fitting.count > 1 { break }
            }
            if fitting.count == 1 { return true }
            guard isReporting else { return false }
            let text =
                fitting.isEmpty
                ? noneFits(nodes, value)
                : "fits the alternatives \(fitting[0]) and \(fitting[1]), but must fit exactly one"
            return fail(text)
        case .not(let node):
            return !checkSilently(node, value) || fail("is what it must not be")
        case .conditional(let condition, let then, let otherwise):
            let branch = checkSilently(condition, value) ? then : otherwise
            return branch.map { self.check($0, value) } ?? true
        default: return true
        }
    }

    private mutating func noneFits(_ nodes: [Int], _ value: JSONValue) -> String {
        var reasons: [String] = []
        for (index, node) in nodes.prefix(3).enumerated() {
            if let reason = firstFailure(node, value) { reasons.append("(\(index + 1)) \(reason)") }
        }
        let more = nodes.count > 3 ? ", …" : ""
        return "fits none of \(nodes.count) alternatives: \(reasons.joined(separator: ", "))\(more)"
    }
}

private func characters(_ count: Int) -> String { count == 1 ? "1 character" : "\(count) characters" }
