/// Why a folder was not packed. No archive is there then that was not there before.
package enum PackError: Error, Equatable {
    /// The folder has no regular file `app.yaml`.
    case manifestMissing(folder: String)
    /// The `app.yaml` is not a manifest.
    case manifest(ManifestError)
    /// The folder has a `.elves` of its own, whose place belongs to the SDK.
    case reservedFolder(path: String)
    /// A symbolic link, which archives cannot carry; the path is relative to the folder.
    case link(path: String)
    /// A pipe, socket or device; the path is relative to the folder.
    case special(path: String)
    /// A name that archives cannot carry.
    case name(path: String, EntryName.Rule)
    /// The file that the manifest names as `entry` is not in the folder, or is left out by rule.
    case entryFileMissing(String)
    /// The version cannot be replaced for a development version.
    case versionNotOnItsLine
    /// libarchive could not write the archive.
    case writer(reason: String)
    /// The archive that was made would not be taken in, as for its size.
    case archive(ArchiveError)
    /// Reading the folder or writing the archive failed.
    case file(FileError)
}

extension PackError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .manifestMissing(let folder):
            "\"\(printable(folder))\" has no app.yaml: is it the folder of an app?"
        case .manifest(let error):
            "\(error)"
        case .reservedFolder(let path):
            "\"\(printable(path))\" belongs to Elves: remove or rename it"
        case .link(let path):
            "\"\(printable(path))\" is a symbolic link: put a copy of the file there"
        case .special(let path):
            "\"\(printable(path))\" is neither a file nor a folder: remove it"
        case .name(let path, let rule):
            "\"\(printable(path))\" cannot be packed: \(rule)"
        case .entryFileMissing(let file):
            "the file \"\(printable(file))\" that app.yaml names as entry is not there, "
                + "or is left out as hidden or a test"
        case .versionNotOnItsLine:
            "app.yaml has no line that begins with \"version:\": write it so for versions of a development session"
        case .writer(let reason):
            "cannot write the archive: \(reason)"
        case .archive(let error):
            "the packed archive would be refused: \(error)"
        case .file(let error):
            "\(error)"
        }
    }
}
