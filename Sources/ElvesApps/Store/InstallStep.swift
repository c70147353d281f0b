/// How far an installation is. A process that is killed at any step leaves the store as it was before, or, from `published` on,
/// with the new version.
package enum InstallStep: Sendable, CaseIterable {
    /// The archive is in the store's own folder, whole.
    case copied
    /// Its files are beside it.
    case unpacked
    /// Each of them is the one with its content.
    case shared
    /// Its record is written; all of it is on the disk.
    case recorded
    /// It has its place among the versions.
    case published
}
