import ElvesHTTPClient
import ElvesLink
package import ElvesModel
import ElvesProtocol
import Foundation
import NIOCore

/// How a host becomes an agent.
package enum AgentJoin {
    /// Makes a key, has it certified by the center, and keeps both in `folder`.
    ///
    /// - Parameters:
    ///   - url: The center's HTTP address. HTTPS is trusted by the fingerprint in the token; plain HTTP is for loopback.
    ///   - address: The agent's `ip` in `/api/v2`; nil takes the address the center sees.
    /// - Throws: `AgentError`. Nothing has changed here then; where the center's answer was lost, it holds an agent with this
    ///   address, which has to be revoked before the host can join again.
    @discardableResult
    package static func join(
        url: String, token: String, address: IPv4Address?, folder: String
    ) async throws -> AgentIdentity {
        let token = try AccessToken(token)
        let base = try CenterURL(url)
        guard !FileManager.default.fileExists(atPath: AgentIdentity.file(in: folder)) else {
            throw AgentError.alreadyJoined(folder)
        }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let key = AgentKey()
        let request = JoinRequest(
            token: token.text, certificateRequest: try key.certificateRequestPEM(),
            hostName: ProcessInfo.processInfo.hostName, address: address)
        let reply: JoinReply
        do {
            reply = try await CenterClient.withPinned(base, authority: token.authority) { client in
                try await client.post("join/v1", request, as: JoinReply.self)
            }
        } catch let error as CenterClientError {
            switch error {
            case .notTrusted: throw AgentError.centerNotTrusted
            case .refused(_, let text): throw AgentError.centerRefused(text)
            case .unreachable(let text): throw AgentError.centerUnreachable(url, text)
            }
        }
        let identity = AgentIdentity(
            agent: reply.agent, address: reply.address, center: base.text, linkHost: base.host,
            linkPort: reply.linkPort ?? 0, certificate: reply.certificate, key: key.pem, authority: reply.authority)
        if let root = reply.root {
            do { try TrustedRepository.begin(in: folder + "/repository", root: root, now: Clocks.systemWall()) } catch {
                throw AgentError.centerRefused("the root of its repository cannot be trusted: \(error)")
            }
        }
        try identity.save(in: folder)
        return identity
    }
}
