import ElvesModel
import ElvesPolicy

/// The most that may be granted on this host, as the repository's `policy` role signed it last.
///
/// Kept with the time at which it ends: it counts as well while no center can be reached.
struct SignedCeiling: Codable, Equatable {
    static let path = "policy/grants.yaml"
    /// The longest text that is taken, in bytes.
    static let sizeLimit: Int64 = 64 << 10

    /// The text of `grants.yaml`; nil if none was found valid yet.
    private(set) var text: String?
    /// The version of the role's metadata that names it.
    private(set) var version: Int64 = 0
    /// In seconds since 1970.
    private(set) var expires: Int64 = 0
    /// Why what the repository has now could not be taken; nil if it was.
    var problem: String?

    /// Somebody may sign a ceiling, and none was found valid yet.
    init(problem: String) { self.problem = problem }

    /// - Throws: `PolicyError` if the text is no ceiling.
    init(text: String, version: Int64, expires: Int64) throws {
        _ = try PolicyCeiling(yaml: text, file: Self.path)
        self.text = text
        self.version = version
        self.expires = expires
    }

    /// What was found valid last, whether it counts now or not.
    var last: PolicyCeiling? { text.flatMap { try? PolicyCeiling(yaml: $0, file: Self.path) } }

    /// What counts at `now`.
    ///
    /// - Throws: `CeilingDoubt` if nothing can be granted by it.
    func ceiling(now: Timestamp) throws -> PolicyCeiling {
        if let problem { throw CeilingDoubt(reason: problem) }
        guard let text else { throw CeilingDoubt(reason: "nothing is signed yet") }
        guard now.seconds < expires else {
            throw CeilingDoubt(
                reason: "\(Self.path) version \(version) expired at "
                    + "\(Timestamp(microseconds: expires * 1_000_000).iso8601)")
        }
        return try PolicyCeiling(yaml: text, file: Self.path)
    }
}

/// Why nothing can be granted by a signed ceiling now.
struct CeilingDoubt: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}
