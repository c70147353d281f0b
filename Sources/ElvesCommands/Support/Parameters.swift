import ElvesJSON

/// The parameters of a function as the command line gives them.
enum Parameters {
    /// - Parameters:
    ///   - pairs: `NAME=VALUE` each; a value that is JSON counts as JSON (`seconds=2` is a number, `'text="2"'` a string), any
    ///     other as text.
    ///   - whole: All parameters as one JSON value, instead of pairs.
    static func parse(_ pairs: [String], whole: String?) throws -> RawJSON {
        if let whole {
            guard pairs.isEmpty else { throw CommandFailure(.usage, "give either --param or NAME=VALUE pairs, not both") }
            do { return try RawJSON(validating: whole) } catch { throw CommandFailure(.badInput, "--param: \(error)") }
        }
        var members: [(String, RawJSON)] = []
        for pair in pairs {
            guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
                throw CommandFailure(.usage, "\"\(pair)\" is not NAME=VALUE")
            }
            let name = String(pair[..<equals])
            guard !members.contains(where: { $0.0 == name }) else { throw CommandFailure(.usage, "\(name) is given twice") }
            let text = String(pair[pair.index(after: equals)...])
            members.append((name, (try? RawJSON(validating: text)) ?? .string(text)))
        }
        return .object { object in for (name, value) in members { object.add(name, value) } }
    }
}
