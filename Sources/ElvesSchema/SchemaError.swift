/// Why a JSON value is not a schema that can be enforced.
package struct SchemaError: Error, Equatable, CustomStringConvertible {
    /// One step from a value into it.
    package enum Step: Equatable, Sendable {
        case key(String)
        case index(Int)
    }

    /// Where, from the root of the schema.
    package let path: [Step]
    /// Whether the key at the end of the path is wrong, and not its value.
    package let isKey: Bool
    package let reason: String

    package init(path: [Step], isKey: Bool = false, reason: String) {
        self.path = path
        self.isKey = isKey
        self.reason = reason
    }

    package var description: String { path.isEmpty ? reason : "\(jsonPointer(path)): \(reason)" }
}

/// The text of a JSON pointer (RFC 6901), its parts cut to a length that suits a sentence.
func jsonPointer(_ path: [SchemaError.Step]) -> String {
    path.map { step in
        switch step {
        case .key(let key): "/" + String(printableKey(key).flatMap { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) })
        case .index(let index): "/\(index)"
        }
    }.joined()
}

/// A key from outside made fit for a message.
func printableKey(_ key: String) -> String {
    var result = ""
    for scalar in key.unicodeScalars.prefix(64) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return key.unicodeScalars.count > 64 ? result + "…" : result
}
