package import ElvesJSON

/// Which version of each targets file belongs together.
package struct SnapshotMetadata: RoleMetadata {
    package static let type = RoleType.snapshot
    package static let members: Set<String> = ["meta"]

    package var header: RoleHeader
    /// By file name: a role's name and `.json`.
    package var meta: [String: MetaFile]

    package init(header: RoleHeader, meta: [String: MetaFile]) {
        self.header = header
        self.meta = meta
    }

    package init(header: RoleHeader, reading object: JSONObject) throws(JSONError) {
        self.header = header
        meta = try MetaFile.table(object)
    }

    package func write(to members: inout JSONWriter.Members) { MetaFile.write(meta, to: &members) }

    /// What the snapshot says about a role's file; nil if it does not know the role.
    package func file(ofRole name: String) -> MetaFile? { meta["\(name).json"] }
}
