import ElvesAgent
import ElvesModel
import ElvesPolicy
import ElvesSandbox
import Foundation

/// A policy as the command line names it: one that is built in, or a file.
struct PolicySource {
    let name: String

    func document() throws -> PolicyDocument {
        let path = try path()
        do { return try PolicyDocument(contentsOf: path) } catch { throw CommandFailure(.badInput, "\(error)") }
    }

    private func path() throws -> String {
        if FileManager.default.fileExists(atPath: name), name.contains("/") || name.hasSuffix(".yaml") { return name }
        guard !name.contains("/"), !name.hasSuffix(".yaml") else { throw CommandFailure(.badInput, "\(name) does not exist") }
        let installation = try findInstallation()
        let path = installation.policy(name)
        guard FileManager.default.fileExists(atPath: path) else {
            let known = PolicyCatalog(folder: installation.policies).languages.joined(separator: ", ")
            throw CommandFailure(
                .badInput, "there is no policy \"\(name)\": built in are \(known); a file is named by its path")
        }
        return path
    }

    /// The policy that all others are measured against.
    static func strictest() throws -> PolicyDocument { try PolicySource(name: "strict").document() }

    static var today: PolicyDate { PolicyDate(Clocks.systemWall()) }
}
