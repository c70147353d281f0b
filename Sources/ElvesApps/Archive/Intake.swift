/// Takes archives in.
///
/// `ArchiveIntake` reads them in this process: right for archives that this process made itself. Whoever gets archives from
/// others reads them in a process that can do nothing else.
package protocol Intake: Sendable {
    /// Checks an archive without writing anything.
    ///
    /// - Parameters:
    ///   - path: The file, which nobody changes meanwhile.
    ///   - name: The name it was sent under, `{app}_{version}.zip`; the manifest must say the same.
    ///   - expected: What was announced of it.
    func check(archive path: String, name: String, expected: ExpectedArchive) throws(ArchiveError) -> CheckedArchive

    /// Checks an archive and writes its files below `folder`, each synced to the disk as are the folders.
    ///
    /// - Parameter folder: A path that does not exist yet, in a folder that does. Its parent is not synced.
    /// - Throws: `ArchiveError`; `folder` is gone then.
    func unpack(
        archive path: String, name: String, expected: ExpectedArchive, into folder: String
    ) throws(ArchiveError) -> CheckedArchive
}

extension Intake {
    /// Checks an archive of which nothing was announced.
    package func check(archive path: String, name: String) throws(ArchiveError) -> CheckedArchive {
        try check(archive: path, name: name, expected: ExpectedArchive())
    }
}
