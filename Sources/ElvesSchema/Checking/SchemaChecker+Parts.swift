import ElvesJSON

extension SchemaChecker {
    mutating func checkArray(_ check: SchemaCheck, _ elements: [JSONValue]) -> Bool {
        switch check {
        case .minItems(let least):
            return elements.count >= least
                || fail("has \(count(elements.count, "element")), fewer than the \(least) it must have at least")
        case .maxItems(let most):
            return elements.count <= most || fail("has \(count(elements.count, "element")), more than the \(most) it may have")
        case .uniqueItems:
            guard spend(weight(of: elements)) else { return false }
            var places: [JSONValue: Int] = [:]
            for (index, element) in elements.enumerated() {
                if let first = places.updateValue(index, forKey: element) {
                    return fail("the elements \(first) and \(index) are equal, but each may be there once only")
                }
            }
            return true
        case .items(let prefix, let rest):
            var isGood = true
            for (index, element) in elements.enumerated() {
                guard let node = index < prefix.count ? prefix[index] : rest else { break }
                if !self.check(node, element, at: .index(index)) {
                    isGood = false
                    if isFinished { return false }
                }
            }
            return isGood
        case .contains(let node, let least, let most):
            var found = 0
            for element in elements where checkSilently(node, element) {
                found += 1
                if found > most ?? .max { break }
                if found >= least, most == nil { return true }
            }
            if let most, found > most { return fail("has more than the \(most) elements of a kind that it may have") }
            return found >= least || fail("has \(found) of the \(least) elements of a kind that it must have at least")
        default: return true
        }
    }

    mutating func checkObject(_ check: SchemaCheck, _ members: JSONMembers) -> Bool {
        switch check {
        case .minProperties(let least):
            return members.count >= least
                || fail("has \(count(members.count, "member")), fewer than the \(least) it must have at least")
        case .maxProperties(let most):
            return members.count <= most || fail("has \(count(members.count, "member")), more than the \(most) it may have")
        case .required(let keys):
            guard let missing = missing(keys, in: members) else { return false }
            return missing.isEmpty || failEach(missing, "is missing, and must be there")
        case .properties(let properties): return checkMembers(members, properties)
        case .propertyNames(let node):
            var isGood = true
            for member in members where !checkSilently(node, .string(member.key)) {
                isGood = false
                guard !isFinished else { return false }
                let reason = firstFailure(node, .string(member.key)) ?? "is not accepted"
                _ = fail("this name is not accepted: \(reason)", at: .key(member.key.text))
            }
            return isGood
        case .dependentRequired(let pairs):
            for (key, others) in pairs where members[key] != nil {
                guard let missing = missing(others, in: members) else { return false }
                if !missing.isEmpty {
                    return failEach(missing, "is missing, and must be there when \"\(printableKey(key.text))\" is")
                }
            }
            return true
        case .dependentSchemas(let pairs):
            for (key, node) in pairs where members[key] != nil {
                guard self.check(node, .object(members)) else { return false }
            }
            return true
        default: return true
        }
    }

    private mutating func checkMembers(_ members: JSONMembers, _ properties: PropertyChecks) -> Bool {
        var isGood = true
        for member in members {
            guard spend(1) else { return false }
            var isKnown = false
            if let node = properties.named[member.key] {
                isKnown = true
                if !check(node, member.value, at: .key(member.key.text)) { isGood = false }
            }
            for (pattern, node) in properties.patterns {
                var steps = work
                let result = pattern.matches(member.key.text, steps: &steps)
                guard spend(work - steps), let result else { return giveUp() }
                guard result else { continue }
                isKnown = true
                if !check(node, member.value, at: .key(member.key.text)) { isGood = false }
            }
            if !isKnown, let others = properties.others {
                if case .never? = nodes[others].checks.first {
                    isGood = fail(unknown(member.key, properties), at: .key(member.key.text))
                } else if !check(others, member.value, at: .key(member.key.text)) {
                    isGood = false
                }
            }
            if !isGood, isFinished { return false }
        }
        return isGood
    }

    /// - Returns: Nil if there was not enough work left to look.
    private mutating func missing(_ keys: [JSONText], in members: JSONMembers) -> [JSONText]? {
        if keys.count * members.count <= 64 { return keys.filter { members[$0] == nil } }
        guard spend(keys.count + members.count) else { return nil }
        let known = Set(members.map(\.key))
        return keys.filter { !known.contains($0) }
    }

    private mutating func failEach(_ keys: [JSONText], _ text: String) -> Bool {
        for key in keys.prefix(max(failureLimit, 1)) { _ = fail(text, at: .key(key.text)) }
        return false
    }
}

private func unknown(_ key: JSONText, _ properties: PropertyChecks) -> String {
    let names = properties.names.map(\.text)
    if let near = nearest(to: key.text, among: names) { return "there is no such parameter; did you mean \"\(near)\"?" }
    if names.isEmpty { return "there is no such parameter" }
    let listed = names.prefix(12).map(printableKey).joined(separator: ", ")
    return "there is no such parameter; known: \(listed)\(names.count > 12 ? ", …" : "")"
}

private func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }
