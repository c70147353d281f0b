import ElvesModel
import Glibc

/// The files of all versions, each content once; versions hold hard links to them.
///
///     objects/<first 2 digits of the SHA-256>/<SHA-256>      mode 0444
///                                            <SHA-256>.x     mode 0555
///
/// An object that only this folder names belongs to no version and may be removed.
struct ObjectFolder: ~Copyable {
    static let name = "objects"

    private let root: Descriptor

    init(_ root: consuming Descriptor) { self.root = root }

    /// Makes a file of a version the one file with its content, after having read it: nothing is believed of who wrote it.
    ///
    /// - Parameters:
    ///   - file: What its record will say.
    ///   - folder: Where the record's paths begin; nobody else writes there.
    /// - Returns: How many bytes the folder has more than before.
    /// - Throws: `SharingError.differs` if the file is not what the record says.
    func share(_ file: ArchivedFile, in folder: borrowing Descriptor) throws(SharingError) -> UInt64 {
        do {
            let parent = try folder.parent(of: file.path)
            let name = lastComponent(of: file.path)
            let staged = try parent.file(name)
            let found = try staged.digest()
            guard found.digest == file.digest, found.size == file.size else { throw SharingError.differs(path: file.path) }
            try staged.setMode(file.isExecutable ? 0o555 : 0o444)
            let bucket = try root.makeFolder(String(file.digest.hex.prefix(2)))
            let object = Self.objectName(file)
            if try parent.link(name, to: object, in: bucket) {
                try bucket.sync()
                return file.size
            }
            // A damaged object must not get into another version; nor one that can have no more links.
            let isGood = (try? bucket.file(object).digest().digest) == file.digest
            let aside = uniqueName()
            if isGood, try bucket.link(object, to: aside, in: parent) {
                try parent.rename(aside, to: name, isSynced: false)
                return 0
            }
            _ = try parent.link(name, to: aside, in: bucket)
            try bucket.rename(aside, to: object)
            return file.size
        } catch let error as SharingError {
            throw error
        } catch let error as FileError {
            throw .file(error)
        } catch {
            throw .differs(path: file.path)
        }
    }

    /// Removes the object of a file that no version has any more.
    ///
    /// - Returns: How many bytes are free now.
    func release(_ file: ArchivedFile) throws(FileError) -> UInt64 {
        guard let bucket = try? root.folder(String(file.digest.hex.prefix(2))),
            let status = try? bucket.file(Self.objectName(file)).status(), status.st_nlink == 1
        else { return 0 }
        try bucket.removeTree(Self.objectName(file))
        return UInt64(status.st_size)
    }

    /// Removes the object of a file if its content is not what its name says; versions that hold it keep it.
    func dropIfDamaged(_ file: ArchivedFile) throws(FileError) {
        guard let bucket = try? root.folder(String(file.digest.hex.prefix(2))) else { return }
        let name = Self.objectName(file)
        guard let object = try? bucket.file(name), try object.digest().digest != file.digest else { return }
        try bucket.removeTree(name)
    }

    /// Removes what belongs to no version, as a killed process leaves it.
    ///
    /// - Returns: The bytes of all that stay.
    func tidy() throws(FileError) -> UInt64 {
        var bytes: UInt64 = 0
        for bucket in try root.entries() {
            guard bucket.kind == .folder else {
                try root.removeTree(bucket.rawName)
                continue
            }
            let folder = try root.folder(bucket.name)
            for object in try folder.entries() {
                if object.kind == .file, object.links > 1 {
                    bytes += object.size
                } else {
                    try folder.removeTree(object.rawName)
                }
            }
        }
        return bytes
    }

    private static func objectName(_ file: ArchivedFile) -> String { file.digest.hex + (file.isExecutable ? ".x" : "") }
}

/// Why a file of a version cannot be shared.
enum SharingError: Error {
    /// It is not what its reader said of it.
    case differs(path: String)
    case file(FileError)
}
