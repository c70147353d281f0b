package import ElvesTUF

/// How the fleet's policies stand in the metadata: a delegated role of their own, which names the files.
package enum PolicyRole {
    package static let name = "policy"
    private static let folder = "policy/"
    /// The most that operators may grant, app by app.
    package static let grantsFile = "grants.yaml"
    /// The longest file, in bytes.
    package static let sizeLimit = 64 << 10

    /// `policy/FILE`
    package static func path(of file: String) -> String { folder + file }

    /// The file of a target's path; nil if agents read no such file.
    package static func file(of path: String) -> String? {
        path == folder + grantsFile ? grantsFile : nil
    }

    /// The delegation to who may sign policies. Terminating: nobody else speaks for them.
    package static func delegation(keyIDs: [String], threshold: Int64) -> DelegatedRole {
        DelegatedRole(
            name: name, keys: RoleKeys(keyIDs: keyIDs, threshold: threshold), scope: .paths([folder + "*"]),
            isTerminating: true)
    }
}
