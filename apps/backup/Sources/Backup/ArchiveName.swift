import Glibc

/// The name of an archive: what it is of, and when it was made.
///
/// `NAME-20261124T130000Z.tar`, beside it `….tar.sha256` with its digest and `….tar.files` with the digest of each
/// file. The archive gets its name last, so where it is, the other two are.
package struct ArchiveName: Sendable, Equatable {
    package let name: String
    /// UTC, such as `20261124T130000Z`; sorts by time.
    package let stamp: String

    package var archive: String { "\(name)-\(stamp).tar" }
    var sum: String { "\(archive).sha256" }
    var list: String { "\(archive).files" }
    /// What the archive is called while it is written.
    var part: String { ".\(archive).part" }

    /// - Parameter time: Seconds since 1970.
    package init(name: String, time: Int) throws(BadName) {
        guard Self.isName(name) else { throw BadName(text: name) }
        self.name = name
        var seconds = time_t(time)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ value: Int32, _ count: Int) -> String {
            let text = "\(value)"
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        stamp =
            digits(parts.tm_year + 1900, 4) + digits(parts.tm_mon + 1, 2) + digits(parts.tm_mday, 2) + "T"
            + digits(parts.tm_hour, 2) + digits(parts.tm_min, 2) + digits(parts.tm_sec, 2) + "Z"
    }

    /// Reads a file's name; nil for one that is no archive's.
    package init?(file: String) {
        guard file.hasSuffix(".tar") else { return nil }
        let base = file.dropLast(4)
        let stamp = base.suffix(16)
        let name = base.dropLast(17)
        guard stamp.count == 16, base.dropLast(16).last == "-", Self.isName(String(name)),
            stamp.enumerated().allSatisfy({ offset, character in
                switch offset {
                case 8: character == "T"
                case 15: character == "Z"
                default: character.isASCII && character.isNumber
                }
            })
        else { return nil }
        self.name = String(name)
        self.stamp = String(stamp)
    }

    /// Reads the name of a file that is still being written, or was left over.
    init?(part file: String) {
        guard file.hasPrefix("."), file.hasSuffix(".part") else { return nil }
        self.init(file: String(file.dropFirst().dropLast(5)))
    }

    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix(".") && !text.hasPrefix("-")
            && text.utf8.allSatisfy { byte in
                (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2D || byte == 0x2E || byte == 0x5F
            }
    }
}

/// A name that archives cannot have.
package struct BadName: Error, CustomStringConvertible {
    let text: String

    package var description: String {
        "\"\(text)\" is no name for an archive: pass \"name\", 1 to 64 letters, digits, \"-\", \"_\" and \".\", "
            + "beginning with a letter, a digit or \"_\""
    }
}
