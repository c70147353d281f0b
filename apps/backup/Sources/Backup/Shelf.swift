import Glibc

/// The archives of a folder.
package struct Shelf: Sendable {
    /// One archive.
    package struct Item: Sendable {
        package let name: ArchiveName
        /// Of the archive and the two files beside it.
        package let bytes: Int
        /// Whether its digest and its list are there.
        package let isComplete: Bool
    }

    /// By name, the newest first.
    package let items: [Item]
    private let target: String

    /// - Parameter name: Only archives of this name; nil for all.
    package init(_ target: String, name: String? = nil) throws(FileFailure) {
        self.target = target
        let folder = try File(folder: target)
        var items: [Item] = []
        for case let file? in try folder.names() {
            guard let found = ArchiveName(file: file), name == nil || found.name == name,
                let info = try folder.info(of: file), info.st_mode & S_IFMT == S_IFREG
            else { continue }
            let beside = [try folder.info(of: found.sum), try folder.info(of: found.list)].compactMap { $0 }
            items.append(
                Item(
                    name: found, bytes: beside.reduce(Int(info.st_size)) { $0 + Int($1.st_size) },
                    isComplete: beside.count == 2))
        }
        self.items = items.sorted { ($1.name.name, $0.name.stamp) > ($0.name.name, $1.name.stamp) }
    }

    /// Removes an archive and then what lies beside it.
    package func remove(_ item: Item) throws(FileFailure) {
        let folder = try File(folder: target)
        try folder.remove(item.name.archive)
        try folder.remove(item.name.list)
        try folder.remove(item.name.sum)
        try folder.sync()
    }

    /// Removes what creations that were killed have left.
    package func tidy() throws(FileFailure) {
        try Leftovers.remove(in: File(folder: target))
    }
}
