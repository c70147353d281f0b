package import ElvesFiles

/// Why a text is not an acceptable policy, and where.
package enum PolicyError: Error, Equatable {
    case unreadable(FileReadError)
    /// Not well-formed YAML, or a part of YAML that policies do without.
    case notYAML(PolicyPlace, reason: String)
    case unknownKey(PolicyPlace, key: String, known: [String])
    /// `key` is the whole path to it, such as `runtime.interpreter`; the place is that of the mapping it misses in.
    case missingKey(PolicyPlace, key: String)
    case badValue(PolicyPlace, key: String, reason: String)
}

/// A place in a policy file; lines and columns count from 1.
package struct PolicyPlace: Sendable, Equatable, CustomStringConvertible {
    package let file: String
    package let line: Int
    package let column: Int

    package var description: String { "\(file):\(line):\(column)" }
}

extension PolicyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreadable(let error):
            "no policy: \(error)"
        case .notYAML(let place, let reason):
            "\(place): \(reason)"
        case .unknownKey(let place, let key, let known):
            "\(place): \"\(key)\" is not a key of a policy; here it may be \(known.joined(separator: ", "))"
        case .missingKey(let place, let key):
            "\(place): \"\(key)\" is missing: a policy says everything itself, nothing has a default"
        case .badValue(let place, let key, let reason):
            "\(place): \"\(key)\" \(reason)"
        }
    }
}
