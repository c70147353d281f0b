package import ElvesJSON

/// Why a text is not metadata of the role it should be.
package struct MetadataError: Error, Equatable, CustomStringConvertible {
    /// The role whose file it is, as in `timestamp`; for a delegated role its name.
    package let role: String
    package let reason: String

    package init(role: String, reason: String) {
        self.role = role
        self.reason = reason
    }

    package init(role: String, _ error: JSONError) {
        let reason = harmless(error.reason)
        self.init(role: role, reason: error.offset > 0 ? "\(reason) (at byte \(error.offset))" : reason)
    }

    package var description: String { "metadata \(quoted(role, 80)) is not acceptable: \(reason)" }
}
