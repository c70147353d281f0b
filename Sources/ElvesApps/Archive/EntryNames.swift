/// The names of an archive so far, to find those that would meet on the disk.
///
/// Folders that an entry only passes through count as well: `A/x` beside `a/y` is refused, since one system makes two
/// folders of it and another one.
struct EntryNames {
    private struct Place {
        var text: String
        var isFolder: Bool
        /// Whether an entry of its own names it; a folder that is only passed through may still get one.
        var isListed: Bool
    }

    private var places: [String: Place] = [:]

    /// - Throws: `ArchiveError.entry` with the rule `duplicate` or `fileUsedAsFolder`.
    mutating func insert(_ name: EntryName) throws(ArchiveError) {
        var path = ""
        let components = name.components
        for (index, component) in components.enumerated() {
            path += (index == 0 ? "" : "/") + component
            let isLast = index == components.count - 1
            let place = Place(text: path, isFolder: !isLast || name.isFolder, isListed: isLast)
            guard var known = places[path.lowercased()] else {
                places[path.lowercased()] = place
                continue
            }
            guard known.text == path, !(known.isListed && isLast) else {
                throw .entry(name.text, .duplicate(of: known.text))
            }
            guard known.isFolder, place.isFolder else { throw .entry(name.text, .fileUsedAsFolder) }
            known.isListed = known.isListed || isLast
            places[path.lowercased()] = known
        }
    }
}
