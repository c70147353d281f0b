import ElvesApps
import ElvesJSON
import ElvesModel
import ElvesSchema

/// What an app's functions do and take, in words.
struct FunctionHelp {
    let manifest: Manifest

    /// - Throws: `CommandFailure` that lists the functions there are.
    func function(_ name: String) throws -> Manifest.Function {
        if let function = manifest.function(name) { return function }
        let names = manifest.functions.map(\.name)
        let hint = nearest(to: name, among: names).map { "did you mean \($0)? " } ?? ""
        throw CommandFailure(
            .badInput,
            "\(manifest.name) has no function \"\(name.prefix(64))\"; \(hint)it has: \(names.joined(separator: ", "))")
    }

    /// One function, or all.
    private func functions(_ name: String?) throws -> [Manifest.Function] {
        try name.map { [try function($0)] } ?? manifest.functions
    }

    /// - Parameter name: One function; nil describes all.
    func text(_ name: String?) throws -> String {
        var lines = ["\(manifest.name) \(manifest.version): \(manifest.title)"]
        for function in try functions(name) {
            lines += ["", "\(function.name)  \(function.title)", "  " + Self.facts(function)]
            for parameter in function.parameterSchema?.parameters ?? [] { lines += Self.lines(parameter) }
            if function.parameterSchema?.parameters.isEmpty != false { lines.append("  takes no named parameters") }
        }
        return lines.joined(separator: "\n")
    }

    private static func facts(_ function: Manifest.Function) -> String {
        var facts = ["at most \(function.timeoutSeconds) s", function.isolation.rawValue]
        if function.isReadOnly { facts.append("changes nothing") }
        if function.isIdempotent { facts.append("may be repeated") }
        return "(" + facts.joined(separator: ", ") + ")"
    }

    private static func lines(_ parameter: ParameterOutline) -> [String] {
        var notes = [parameter.isRequired ? "required" : nil].compactMap { $0 } + parameter.constraints
        if let value = parameter.defaultValue { notes.append("\(value) when left out") }
        if parameter.isDeprecated { notes.append("deprecated") }
        let heading = "  \(parameter.name)=\(parameter.type.uppercased().replacing(" ", with: "-"))"
        var lines = [heading + (notes.isEmpty ? "" : "  (" + notes.joined(separator: "; ") + ")")]
        if let description = parameter.description { lines += description.split(separator: "\n").map { "      \($0)" } }
        if !parameter.examples.isEmpty {
            lines.append("      for example " + parameter.examples.prefix(3).joined(separator: ", "))
        }
        return lines
    }

    func json(_ name: String?) throws -> RawJSON {
        let functions = try functions(name).map { function in
            RawJSON.object { members in
                members.add("name", function.name)
                members.add("title", function.title)
                members.add("isolation", function.isolation.rawValue)
                members.add("timeout", function.timeoutSeconds)
                members.add("idempotent", function.isIdempotent)
                members.add("read_only", function.isReadOnly)
                members.add("param", ifPresent: function.parameterSchema?.source)
            }
        }
        return .object { members in
            members.add("app", manifest.name.text)
            members.add("version", manifest.version.text)
            members.add("title", manifest.title)
            members.add("language", manifest.language.rawValue)
            members.add("functions", functions)
        }
    }
}
