import ElvesFiles
package import ElvesModel
import Foundation

/// Who this agent is and where its center is: what a join leaves in the agent's data folder.
package struct AgentIdentity: Codable, Sendable {
    package let agent: AgentID
    /// Its `ip` in `/api/v2`.
    package let address: IPv4Address
    /// The center's HTTP address, as in `https://center.example:8443`.
    package let center: String
    package let linkHost: String
    package let linkPort: Int
    let certificate: String
    let key: String
    let authority: String

    enum CodingKeys: String, CodingKey {
        case agent, address, center, certificate, key, authority
        case linkHost = "link_host"
        case linkPort = "link_port"
    }

    static func file(in folder: String) -> String { folder + "/agent.json" }

    /// - Throws: `AgentError.notJoined` if there is none.
    package static func load(from folder: String) throws -> AgentIdentity {
        guard let data = FileManager.default.contents(atPath: file(in: folder)) else { throw AgentError.notJoined(folder) }
        do {
            return try JSONDecoder().decode(AgentIdentity.self, from: data)
        } catch {
            throw AgentError.identityUnreadable(file(in: folder), "\(error)")
        }
    }

    /// Writes the file whole, readable by its owner alone.
    func save(in folder: String) throws {
        let path = Self.file(in: folder)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { try PrivateFile.write(Array(encoder.encode(self)), to: path) } catch is PrivateFileError {
            throw AgentError.folderNotWritable(folder)
        }
    }
}

/// Why an agent cannot join or run.
package enum AgentError: Error, CustomStringConvertible {
    case notJoined(String)
    case alreadyJoined(String)
    case identityUnreadable(String, String)
    case folderNotWritable(String)
    case inUse(String)
    case centerNotTrusted
    case centerRefused(String)
    case centerUnreachable(String, String)

    package var description: String {
        switch self {
        case .notJoined(let folder):
            "\(folder) holds no agent: join one first with `elves agent join URL --token T --data \(folder)`"
        case .alreadyJoined(let folder):
            "\(folder) holds an agent that has joined already: run it, or join with another --data"
        case .identityUnreadable(let file, let text): "\(file) cannot be read: \(text); join again with another --data"
        case .folderNotWritable(let folder): "the folder \(folder) cannot be written to: check its owner and mode"
        case .inUse(let folder): "another agent runs on \(folder): stop it, or choose another --data"
        case .centerNotTrusted:
            "the center's certificate is not the one the token was made for: the token is of another center, or somebody is in between"
        case .centerRefused(let text): "the center refused: \(text)"
        case .centerUnreachable(let url, let text): "the center at \(url) cannot be reached: \(text)"
        }
    }
}
