import ElvesJSON
package import ElvesModel
import Foundation

/// What a task's sandbox has to tell: there only if it refused something, or was weaker than its policy asks for.
package struct SandboxRecord: Sendable, Equatable, Codable {
    package let policy: String
    package let policyVersion: Int
    /// Over all that the policy says, its system call profiles included.
    package let digest: Digest
    package let violations: Violations
    /// The layers that were missing, which somebody had accepted.
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

    /// Rare enough to be written by the standard encoder, keys in the order of their names.
    var json: RawJSON? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return try? RawJSON(validating: Array(encoder.encode(self)))
    }

    init(_ raw: RawJSON) throws {
        self = try JSONDecoder().decode(SandboxRecord.self, from: Data(raw.bytes))
    }
}
