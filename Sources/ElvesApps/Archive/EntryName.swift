import Foundation

/// The path of one file or folder inside an archive, known to be safe to create below a folder on any system.
///
/// UTF-8 in NFC, `/` between components; a folder's name ends with `/`. No component climbs, is empty, or means
/// something else elsewhere (drive letters, device names, dots and blanks at the end).
package struct EntryName: Hashable, Sendable, CustomStringConvertible {
    /// The rules a name can break.
    package enum Rule: Error, Equatable, Sendable {
        case empty
        case notUTF8
        /// Two spellings of one name would make two files here and one elsewhere.
        case notNFC
        case absolute
        case backslash
        /// A control character, a format character as the override of the writing direction, or an unassigned one.
        case unprintableCharacter
        /// A colon anywhere: the drive of a path, or a stream of a file, on Windows.
        case driveLetter
        case emptyComponent
        /// `.` or `..`.
        case dotComponent
        /// Windows drops them, so that the name would be another one.
        case dotOrBlankAtEnd(component: String)
        /// As `CON` or `nul.txt`.
        case deviceName(component: String)
        /// UTF-8 bytes of the whole path.
        case tooLong(bytes: Int, limit: Int)
        /// UTF-8 bytes between two slashes.
        case componentTooLong(bytes: Int, limit: Int)
        /// Components of the path.
        case tooDeep(depth: Int, limit: Int)
    }

    /// Without the `/` at a folder's end.
    package let text: String
    /// Whether the name ended with `/`.
    package let isFolder: Bool

    /// From the root down; never empty.
    package var components: [Substring] { text.split(separator: "/") }
    /// Whether it lies in the folder that belongs to Elves, on a system without upper and lower case too.
    var isReserved: Bool { components.first?.lowercased() == Manifest.reservedFolder }
    package var description: String { text }

    /// Takes a name over from an archive, or from a folder to be packed.
    ///
    /// - Throws: The first rule that the bytes break.
    package init(_ bytes: [UInt8], limits: ArchiveLimits = .standard) throws(Rule) {
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= limits.nameBytes else { throw .tooLong(bytes: bytes.count, limit: limits.nameBytes) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
        guard bytes.first != UInt8(ascii: "/") else { throw .absolute }
        guard !bytes.contains(UInt8(ascii: "\\")) else { throw .backslash }
        guard !bytes.contains(UInt8(ascii: ":")) else { throw .driveLetter }
        guard !text.unicodeScalars.contains(where: isUnprintable) else { throw .unprintableCharacter }
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        guard isASCII || text.precomposedStringWithCanonicalMapping.utf8.elementsEqual(bytes) else { throw .notNFC }
        isFolder = bytes.last == UInt8(ascii: "/")
        self.text = isFolder ? String(text.dropLast()) : text
        let components = self.text.split(separator: "/", omittingEmptySubsequences: false)
        guard components.count <= limits.depth else { throw .tooDeep(depth: components.count, limit: limits.depth) }
        for component in components { try Self.check(component, limit: limits.componentBytes) }
    }

    private static func check(_ component: Substring, limit: Int) throws(Rule) {
        guard !component.isEmpty else { throw .emptyComponent }
        guard component != ".", component != ".." else { throw .dotComponent }
        guard component.utf8.count <= limit else {
            throw .componentTooLong(bytes: component.utf8.count, limit: limit)
        }
        guard component.last != ".", component.last?.isWhitespace == false else {
            throw .dotOrBlankAtEnd(component: String(component))
        }
        let stem = component.prefix { $0 != "." }.uppercased()
        guard !deviceNames.contains(stem) else { throw .deviceName(component: String(component)) }
    }

    /// Names that Windows gives to devices, with any extension.
    private static let deviceNames: Set<String> = Set(
        ["CON", "PRN", "AUX", "NUL"] + (1...9).flatMap { ["COM\($0)", "LPT\($0)"] })
}

extension EntryName.Rule: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the name is empty"
        case .notUTF8: "the name is not UTF-8"
        case .notNFC: "the name is not in Unicode's composed form (NFC)"
        case .absolute: "the path is absolute"
        case .backslash: "the name has a backslash"
        case .unprintableCharacter: "the name has a control or format character"
        case .driveLetter: "the name has a colon, as of a drive letter"
        case .emptyComponent: "the path has an empty component"
        case .dotComponent: "the path has a . or .. component"
        case .dotOrBlankAtEnd(let component): "\"\(printable(component))\" ends with a dot or a blank"
        case .deviceName(let component): "\"\(printable(component))\" is the name of a device on Windows"
        case .tooLong(let bytes, let limit): "the path has \(bytes) bytes, more than \(limit)"
        case .componentTooLong(let bytes, let limit): "a component has \(bytes) bytes, more than \(limit)"
        case .tooDeep(let depth, let limit): "the path is \(depth) deep, more than \(limit)"
        }
    }
}
