import ElvesJSON
package import ElvesModel

/// What a task's sandbox has to tell: there only if it refused something, or was weaker than its policy asks for.
package struct SandboxRecord: Sendable, Equatable, Codable {
    package let policy: String
    package let policyVersion: Int
    /// Over all that the policy says, its system call profiles included.
    package let digest: Digest
    package let violations: Violations
    /// The layers that were missing: somebody had accepted that, or an ordinary user cannot have them.
    package let missingLayers: [String]

    package init(
        policy: String, policyVersion: Int, digest: Digest, violations: Violations, missingLayers: [String] = []
    ) {
        self.policy = policy
        self.policyVersion = policyVersion
        self.digest = digest
        self.violations = violations
        self.missingLayers = missingLayers
    }

    enum CodingKeys: String, CodingKey {
        case policy, digest, violations
        case policyVersion = "policy_version"
        case missingLayers = "missing_layers"
    }

    var json: RawJSON {
        .object { members in
            members.add("policy", policy)
            members.add("policy_version", policyVersion)
            members.add("digest", digest.hex)
            members.add("violations") { members in
                members.add("kinds", violations.kinds.map(\.json))
                members.add("more", violations.more)
            }
            if !missingLayers.isEmpty { members.add("missing_layers", missingLayers) }
        }
    }

    init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        let list = try JSONObject(object.require("violations", object.raw("violations")))
        self.init(
            policy: try object.require("policy", object.string("policy")),
            policyVersion: Int(try object.require("policy_version", object.integer("policy_version"))),
            digest: try Digest(hex: object.require("digest", object.string("digest"))),
            violations: Violations(
                kinds: try (list.array("kinds") ?? []).map { try Violation($0) }, more: Int(try list.integer("more") ?? 0)),
            missingLayers: try (object.array("missing_layers") ?? []).compactMap(\.stringValue))
    }
}

extension Violation {
    fileprivate var json: RawJSON {
        .object { members in
            members.add("call", call)
            members.add("arguments", arguments.map { "0x" + String($0, radix: 16) })
            members.add("layer", layer.rawValue)
            members.add("action", action.rawValue)
            members.add("source", source.rawValue)
            members.add("count", count)
            members.add("first_at", firstAt.microseconds)
        }
    }

    fileprivate init(_ raw: RawJSON) throws {
        let object = try JSONObject(raw)
        func word<Word: RawRepresentable<String>>(_ key: String) throws -> Word {
            let text = try object.require(key, object.string(key))
            guard let word = Word(rawValue: text) else { throw JSONError.message("\(key) \"\(text.prefix(40))\" is not known") }
            return word
        }
        let arguments = try (object.array("arguments") ?? []).map { raw in
            guard let text = raw.stringValue, text.hasPrefix("0x"), let value = UInt64(text.dropFirst(2), radix: 16) else {
                throw JSONError.message("an argument is no number of the form 0x1f")
            }
            return value
        }
        self.init(
            call: try object.require("call", object.string("call")), arguments: arguments, layer: try word("layer"),
            action: try word("action"), source: try word("source"),
            count: Int(try object.require("count", object.integer("count"))),
            firstAt: Timestamp(microseconds: try object.require("first_at", object.integer("first_at"))))
    }
}
