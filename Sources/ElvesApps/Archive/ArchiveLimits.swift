/// How large an archive and what is in it may be. The numbers are those of the security notes on archives (A17 to A22).
package struct ArchiveLimits: Sendable, Equatable {
    /// Files and folders.
    package var entries = 4096
    /// Unpacked bytes of one file.
    package var fileBytes: UInt64 = 64 << 20
    /// Unpacked bytes of all files together.
    package var totalBytes: UInt64 = 256 << 20
    /// Bytes of the archive itself: `totalBytes` of files that do not compress, and their headers.
    package var archiveBytes: UInt64 = 272 << 20
    /// Unpacked bytes per packed byte of a file larger than `ratioFloor`.
    package var ratio: UInt64 = 200
    /// Unpacked bytes up to which any ratio is accepted: a small file of blanks is no bomb.
    package var ratioFloor: UInt64 = 1 << 20
    /// Components of a path.
    package var depth = 16
    /// UTF-8 bytes between two slashes.
    package var componentBytes = 128
    /// UTF-8 bytes of a whole path.
    package var nameBytes = 512

    /// The limits of every center and agent, to be loosened or tightened by field.
    package init() {}
    /// The limits of every center and agent.
    package static let standard = ArchiveLimits()
}
