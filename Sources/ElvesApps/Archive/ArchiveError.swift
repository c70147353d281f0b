package import ElvesModel

/// Why an archive is not taken in. Nothing of it remains on the disk then.
package enum ArchiveError: Error, Equatable {
    /// The archive's name is not `{app}_{version}.zip`, or not that of the manifest inside.
    case wrongName(String, expected: String)
    /// Another size in bytes than was announced; nothing was read.
    case wrongSize(bytes: UInt64, expected: UInt64)
    /// Another SHA-256 than was announced.
    case wrongDigest(Digest, expected: Digest)
    /// The file has more bytes than any archive may have; nothing was read.
    case tooLarge(bytes: UInt64, limit: UInt64)
    /// The file as a whole is not a plain ZIP file.
    case notPlainZip(reason: String)
    /// Files and folders together.
    case tooManyEntries(Int, limit: Int)
    /// The announced sizes of all files together, in bytes.
    case unpackedTooLarge(limit: UInt64)
    /// One entry breaks a rule; the name is shown as it came, made printable.
    case entry(String, EntryRule)
    /// No `app.yaml` at the root.
    case manifestMissing
    /// The `app.yaml` inside is not a manifest.
    case manifest(ManifestError)
    /// The file that the manifest names as `entry` is not in the archive.
    case entryFileMissing(String)
    /// A confined process refused it, for this reason.
    case refused(reason: String)
    /// It could not be found out whether it is good; it may be tried again.
    case notChecked(reason: String)
    /// Reading the archive or writing its files failed.
    case file(FileError)

    /// Whether the archive is to blame: other tries end the same.
    package var isFinal: Bool {
        switch self {
        case .notChecked, .file: false
        default: true
        }
    }
}

/// The rules an entry can break.
package enum EntryRule: Error, Equatable, Sendable {
    /// The name cannot be created safely everywhere.
    case name(EntryName.Rule)
    /// The name has bytes beyond ASCII but is not marked as UTF-8 (flag 11): readers would differ.
    case nameNotMarkedUTF8
    /// Another entry has the same name, or one that differs by upper and lower case only.
    case duplicate(of: String)
    /// A file where another entry needs a folder.
    case fileUsedAsFolder
    /// It needs a later version of the format than 2.0; the number is the version times ten.
    case newerFormat(version: UInt16)
    /// Also: masked headers.
    case encrypted
    /// The flags that are set and not understood.
    case unknownFlags(UInt16)
    /// A compression method by its number.
    case unknownMethod(UInt16)
    /// An extra field with this id; only times and owners are accepted.
    case extraField(UInt16)
    /// A length that points out of the fields.
    case malformedExtraFields
    /// The entry's own header says otherwise than the central directory.
    case headersDiffer(field: String)
    /// The entry does not begin where the one before ends.
    case notContiguous(at: UInt64, expected: UInt64)
    /// No local header where the central directory says the entry begins.
    case noLocalHeader
    /// What follows the data does not repeat checksum and sizes.
    case badDataDescriptor
    /// Neither a regular file nor a folder; the mode's type bits.
    case special(type: UInt16)
    /// Setuid, setgid or sticky; the whole mode.
    case privilegedMode(UInt16)
    /// A folder with sizes or a compression method.
    case folderWithContent
    /// Stored, so that both sizes must be equal, and they are not.
    case sizesDisagree
    /// Bytes of the entry.
    case tooLarge(bytes: UInt64, limit: UInt64)
    /// A bomb, or a file of nearly nothing but repetition.
    case compressedTooWell(ratio: UInt64, limit: UInt64)
    /// What was unpacked has other bytes than the headers promise.
    case wrongChecksum
    /// The content has more or fewer bytes.
    case wrongUnpackedSize(expected: UInt64)
    /// libarchive cannot read it.
    case unreadable(reason: String)
}

extension ArchiveError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .wrongName(let name, let expected):
            "archive \"\(printable(name))\" must be named \(expected)"
        case .wrongSize(let bytes, let expected):
            "the archive has \(bytes) bytes, \(expected) were announced: fetch it again"
        case .wrongDigest(let digest, let expected):
            "the archive's SHA-256 is \(digest), \(expected) was announced: fetch it again"
        case .tooLarge(let bytes, let limit):
            "the archive has \(bytes) bytes, more than the \(limit) allowed"
        case .notPlainZip(let reason):
            "not a plain ZIP file: \(reason)"
        case .tooManyEntries(let count, let limit):
            "the archive has \(count) entries, more than the \(limit) allowed"
        case .unpackedTooLarge(let limit):
            "the archive unpacks to more than the \(limit) bytes allowed"
        case .entry(let name, let rule):
            "entry \"\(printable(name))\": \(rule)"
        case .manifestMissing:
            "the archive has no app.yaml at its root"
        case .manifest(let error):
            "\(error)"
        case .entryFileMissing(let file):
            "the file \"\(printable(file))\" that app.yaml names as entry is not there"
        case .refused(let reason):
            "\(reason)"
        case .notChecked(let reason):
            "the archive could not be checked: \(reason)"
        case .file(let error):
            "\(error)"
        }
    }
}

extension EntryRule: CustomStringConvertible {
    package var description: String {
        switch self {
        case .name(let rule): "\(rule)"
        case .nameNotMarkedUTF8: "the name is not ASCII and not marked as UTF-8: pack under a UTF-8 locale"
        case .duplicate(let other): "there already as \"\(printable(other))\""
        case .fileUsedAsFolder: "a file where other entries need a folder"
        case .newerFormat(let version):
            "needs version \(version / 10).\(version % 10) of the ZIP format: only 2.0 is accepted"
        case .encrypted: "encrypted"
        case .unknownFlags(let flags): "unknown flags 0x\(String(flags, radix: 16))"
        case .unknownMethod(let method): "compression method \(method): only stored and deflate are accepted"
        case .extraField(let id): "extra field 0x\(String(id, radix: 16)) is not accepted"
        case .malformedExtraFields: "its extra fields are malformed"
        case .headersDiffer(let field): "its two headers differ in the \(field)"
        case .notContiguous(let at, let expected):
            "begins at byte \(at) where byte \(expected) is expected: a gap, an overlap or another order"
        case .noLocalHeader: "has no header where it should begin"
        case .badDataDescriptor: "what follows its data does not repeat checksum and sizes"
        case .special(let type): "neither a file nor a folder (type 0\(String(type, radix: 8)))"
        case .privilegedMode(let mode): "mode 0\(String(mode, radix: 8)) has setuid, setgid or sticky bits"
        case .folderWithContent: "a folder with content"
        case .sizesDisagree: "stored with two different sizes"
        case .tooLarge(let bytes, let limit): "\(bytes) bytes, more than the \(limit) allowed"
        case .compressedTooWell(let ratio, let limit): "unpacks to \(ratio) times its size, more than \(limit) allowed"
        case .wrongChecksum: "its content does not have the announced checksum"
        case .wrongUnpackedSize(let expected): "its content is not the announced \(expected) bytes"
        case .unreadable(let reason): "not readable: \(reason)"
        }
    }
}
