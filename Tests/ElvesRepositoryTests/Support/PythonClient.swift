import ElvesTestSupport
import Foundation

/// python-tuf's client, run over steps of a repository's life.
struct PythonClient {
    struct Step: Encodable {
        let metadata: String
        let root: String
        let targets: [String]
    }

    /// What one client found in one step.
    enum Look: Decodable, Equatable {
        /// The SHA-256 of each target; nil for one that is not there. A refusal is the error's text.
        case found([String?])
        case failed(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .failed(text)
            } else {
                self = .found(try container.decode([String?].self))
            }
        }
    }

    struct Answer: Decodable {
        let fresh: Look
        let kept: Look
    }

    static func look(_ steps: [Step], _ scratch: ScratchFolder) async throws -> [Answer] {
        let python = try await PythonEnvironment.tuf(scratch)
        let file = try scratch.write("steps.json", Array(JSONEncoder().encode(steps)))
        return try await run(
            python, ["-B", "\(Checkout.root)/Tests/Fixtures/tuf-client/update.py", file, scratch.makeFolder("python")], scratch,
            limit: .seconds(300)
        ).succeeded().decode([Answer].self)
    }
}
