import Crypto
import ElvesJSON

/// One delegation: a role's name, who signs for it, and for which targets it may speak.
package struct DelegatedRole: Hashable, Sendable {
    package enum Scope: Hashable, Sendable {
        /// Shell patterns over target paths.
        case paths([String])
        /// Beginnings of the SHA-256 of target paths, in lower-case hexadecimal (hashed bins).
        case hashPrefixes([String])
    }

    package var name: String
    package var keys: RoleKeys
    package var scope: Scope
    /// Whether the search for a target that this role covers ends with it and the roles below it.
    package var isTerminating: Bool

    package init(name: String, keys: RoleKeys, scope: Scope, isTerminating: Bool) {
        self.name = name
        self.keys = keys
        self.scope = scope
        self.isTerminating = isTerminating
    }

    private static let members = RoleKeys.members.union(["name", "paths", "path_hash_prefixes", "terminating"])

    init(reading object: JSONObject) throws(JSONError) {
        name = try object.require("name", object.string("name"))
        guard !name.isEmpty, RoleType(rawValue: name) == nil else {
            throw .message("a delegated role may not be named \"\(name)\"")
        }
        do throws(JSONError) {
            keys = try RoleKeys(reading: object, known: Self.members)
            isTerminating = try object.require("terminating", object.bool("terminating"))
            switch (try object.optionalStrings("paths"), try object.optionalStrings("path_hash_prefixes")) {
            case (let paths?, nil): scope = .paths(paths)
            case (nil, let prefixes?): scope = .hashPrefixes(prefixes)
            default: throw .message("it must have either paths or path_hash_prefixes")
            }
        } catch {
            throw .message("delegated role \(quoted(name, 80)): \(error.reason)")
        }
    }

    var json: RawJSON {
        .object {
            $0.add("name", name)
            $0.add("terminating", isTerminating)
            switch scope {
            case .paths(let paths): $0.add("paths", paths)
            case .hashPrefixes(let prefixes): $0.add("path_hash_prefixes", prefixes)
            }
            keys.write(to: &$0)
        }
    }

    /// Whether this role may speak for a target.
    package func covers(_ path: String) -> Bool {
        switch scope {
        case .paths(let patterns):
            return patterns.contains { PathPattern.matches($0, path) }
        case .hashPrefixes(let prefixes):
            let digest = hex(SHA256.hash(data: Array(path.utf8)))
            return prefixes.contains { digest.hasPrefix($0) }
        }
    }
}
