import ElvesAgent
import ElvesApps
import ElvesHTTPClient
import ElvesJSON
import ElvesModel
import ElvesPolicy
import ElvesProtocol
import Foundation

/// What one version of an app has on one agent: the center knows who granted what and the policy's digest, this installation
/// the policy's text, if it is the same one.
struct EffectiveOnAgent {
    let known: SandboxEffective
    /// What the version's manifest asks for.
    let request: AppRequest
    /// The policy of this installation, or the file that was named.
    let document: PolicyDocument
    /// Nil where the agent's workers run under another policy than `document`.
    let effective: EffectivePolicy?

    init(_ pinned: PinnedApp, on agent: String, policy: String?, ceiling: PolicyCeiling?, asking center: CenterClient)
        async throws
    {
        let name = agent.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? agent
        known = try await center.get(
            "admin/v1/sandbox/effective?app=\(pinned.app)&version=\(pinned.version)&agent=\(name)", as: SandboxEffective.self)
        request = try AppRequest(
            await center.get("admin/v1/apps/\(pinned.app)?version=\(pinned.version)", as: Manifest.self))
        document = try PolicySource(name: policy ?? known.language).document()
        guard known.policy == nil || known.policy?.digest == document.digest else {
            effective = nil
            return
        }
        effective = EffectivePolicy(
            document.policy, request: request, grants: known.grants ?? [],
            ceiling: ceiling?.ceiling(for: pinned.app))
    }

    var lines: [String] {
        var lines = [heading]
        if let policy = known.policy, effective == nil {
            lines.append(
                "here is policy \(name(document)), another one, so only names can be shown: give the file that the agent has by "
                    + "--policy")
            lines += request.wishes.map { "asks for \($0.grant)" }
            lines += (known.grants ?? []).map { "is granted \($0)" }
            lines += policy.optOuts.map { "may run without \($0.layer) until \($0.expires): \($0.reason) (\($0.approvedBy))" }
        }
        if known.grants == nil { lines.append("it is not bound to this agent, so nothing is granted there") }
        lines += known.missingLayers.map { "the host lacks \($0.name): \($0.why)" }
        if let effective { lines.append(effective.text) }
        return lines
    }

    private var heading: String {
        let place = "\(known.app) \(known.version) on \(known.ip)"
        guard let policy = known.policy else {
            let why = known.isLinked ? "is not online there" : "may be online there, but the agent has no link"
            return "\(place): \(why). This is what it would have under policy \(name(document)) of this installation"
        }
        return "\(place) runs under policy \(policy.name) \(policy.version), sha256 \(policy.digest.hex)"
    }

    private func name(_ document: PolicyDocument) -> String {
        "\(document.policy.name) \(document.policy.version), sha256 \(document.digest.hex)"
    }

    var json: RawJSON {
        get throws {
            let known = try RawJSON(validating: Array(JSONEncoder().encode(known)))
            return .object { object in
                object.add("known", known)
                object.add("policy_sha256", document.digest.hex)
                object.add("is_same_policy", self.known.policy.map { RawJSON.bool($0.digest == document.digest) } ?? .null)
                object.add("effective", effective?.json ?? .null)
            }
        }
    }
}
