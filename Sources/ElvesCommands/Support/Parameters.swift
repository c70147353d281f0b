import ElvesJSON
import ElvesSchema

/// The parameters of a function as the command line gives them.
struct Parameters {
    private let pairs: [(name: String, text: String)]
    /// All parameters as one JSON value, instead of pairs.
    private let whole: RawJSON?

    /// - Parameters:
    ///   - pairs: `NAME=VALUE` each.
    ///   - whole: All parameters as one JSON value, instead of pairs.
    init(_ pairs: [String], whole: String?) throws {
        var result: [(name: String, text: String)] = []
        for pair in pairs {
            guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else {
                throw CommandFailure(.usage, "\"\(pair)\" is not NAME=VALUE")
            }
            let name = String(pair[..<equals])
            guard !result.contains(where: { $0.name == name }) else { throw CommandFailure(.usage, "\(name) is given twice") }
            result.append((name, String(pair[pair.index(after: equals)...])))
        }
        self.pairs = result
        guard let whole else {
            self.whole = nil
            return
        }
        guard result.isEmpty else { throw CommandFailure(.usage, "give either --param or NAME=VALUE pairs, not both") }
        do { self.whole = try RawJSON(validating: whole) } catch { throw CommandFailure(.badInput, "--param: \(error)") }
    }

    /// Whether a schema would change how they are read.
    var needsSchema: Bool { !pairs.isEmpty }

    /// The JSON value of the parameters: a value is read as its schema says, so that `limit=4` is a text where `limit` is one,
    /// and a number where it is that. Of what no schema describes, JSON counts as JSON and all else as text.
    func json(_ schema: Schema?) throws -> RawJSON {
        if let whole { return whole }
        var members: [(String, RawJSON)] = []
        for (name, text) in pairs { members.append((name, try Self.value(name, text, schema))) }
        return .object { object in for (name, value) in members { object.add(name, value) } }
    }

    private static func value(_ name: String, _ text: String, _ schema: Schema?) throws -> RawJSON {
        switch schema?.writing(of: name) {
        case .text?: return .string(text)
        case .json(let words)?:
            guard let value = try? RawJSON(validating: text) else {
                throw CommandFailure(.badInput, "\(name) must be \(words); \"\(text.prefix(80))\" is not")
            }
            return value
        case .unknown(let nearest, let known)?:
            let hint = nearest.map { "did you mean \($0)?" } ?? "known: " + known.joined(separator: ", ")
            throw CommandFailure(.badInput, "there is no parameter \"\(name.prefix(80))\"; \(hint)")
        case .any?, nil: return (try? RawJSON(validating: text)) ?? .string(text)
        }
    }
}
