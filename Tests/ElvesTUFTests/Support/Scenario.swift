import ElvesTUF
import ElvesTestSupport
import Foundation
import Testing

/// One row of Tests/Fixtures/tuf: states of a repository, and what a client must make of each.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let folder: String

    struct Steps: Decodable {
        let steps: [Step]
    }

    struct Step: Decodable {
        let action: String
        let targets: [String]?
        let ok: Bool
        /// Seconds since 1970.
        let now: Int64
        /// A part of the refusal.
        let cause: String?
        /// Versions of all trusted roles, by the names of their files without `.json`.
        let trusted: [String: Int64]?
        let requests: [String]?
        let files: [String: String]?
    }

    var testDescription: String { name }

    func steps() throws -> [Step] {
        try JSONDecoder().decode(Steps.self, from: Data(bytes(of: "\(folder)/scenario.json"))).steps
    }

    /// All of them, made by python-tuf.
    static func all() async throws -> [Scenario] {
        let scratch = try ScratchFolder()
        let python = try await PythonEnvironment.tuf(scratch)
        let scripts = "\(Checkout.root)/Tests/Fixtures/tuf"
        let recipe = try FileManager.default.contentsOfDirectory(atPath: scripts).filter { $0.hasSuffix(".py") }.sorted()
            .map { text(of: "\(scripts)/\($0)") }.joined()
        let folder = "\(BuildFolder.path)/tuf-scenarios"
        try await BuildFolder.make(folder, from: recipe) {
            try await run(python, ["-B", "\(scripts)/make.py", folder], scratch, limit: .seconds(300)).succeeded()
        }
        let names = try JSONDecoder().decode([String: [String]].self, from: Data(bytes(of: "\(folder)/names.json")))
        return (names["names"] ?? []).map { Scenario(name: $0, folder: "\(folder)/\($0)") }
    }
}
