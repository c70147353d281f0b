package import ElvesJSON

/// Which snapshot is the current one.
package struct TimestampMetadata: RoleMetadata {
    package static let type = RoleType.timestamp
    package static let members: Set<String> = ["meta"]

    package var header: RoleHeader
    package var snapshot: MetaFile

    package init(header: RoleHeader, snapshot: MetaFile) {
        self.header = header
        self.snapshot = snapshot
    }

    package init(header: RoleHeader, reading object: JSONObject) throws(JSONError) {
        self.header = header
        guard let snapshot = try MetaFile.table(object)["snapshot.json"] else {
            throw .message("its meta does not name snapshot.json")
        }
        self.snapshot = snapshot
    }

    package func write(to members: inout JSONWriter.Members) {
        MetaFile.write(["snapshot.json": snapshot], to: &members)
    }
}
