import ElvesDigest
import Glibc

/// Checks an archive against its digest and against the digests of its files.
package struct Verification: Sendable {
    package private(set) var files = 0
    package private(set) var bytes = 0
    package private(set) var digest = ""
    /// What is wrong; empty when all is well. Only the first ones are kept.
    package private(set) var problems: [String] = []
    package private(set) var problemCount = 0

    private static let keptProblems = 20
    private static let longestList = 1 << 30

    /// - Parameters:
    ///   - target: The folder of the archive.
    ///   - step: Called with the bytes read so far and in all; what it throws ends the verification.
    package init(_ name: ArchiveName, in target: String, step: (_ done: Int, _ total: Int) throws -> Void) throws {
        let folder = try File(folder: target)
        let archive = try folder.open(name.archive)
        let total = Int(try archive.info().st_size)
        let sum = try DigestList(Self.text(name.sum, in: folder), of: name.sum)
        var list = try DigestList(Self.text(name.list, in: folder), of: name.list)
        var reader = TarReader(archive)
        do {
            while let header = try reader.next() {
                guard header.isFile else { continue }
                let digest = Hexadecimal.text(try reader.digest(of: header) { try step($0.taken, total) })
                files += 1
                switch list.take(header.path) {
                case digest: break
                case nil: add("\(header.path) is not in \(name.list)")
                default: add("\(header.path) is not what it was")
                }
            }
            for path in list.digests.keys.sorted() { add("\(path) is missing in the archive") }
        } catch let damaged as Damaged {
            add(damaged.description)
        }
        digest = Hexadecimal.text(try reader.finish())
        bytes = total
        if sum.digests[name.archive] != digest { add("\(name.archive) has not the digest of \(name.sum)") }
    }

    private mutating func add(_ problem: String) {
        problemCount += 1
        if problems.count < Self.keptProblems { problems.append(problem) }
    }

    private static func text(_ name: String, in folder: borrowing File) throws -> String {
        let file = try folder.open(name)
        let size = Int(try file.info().st_size)
        guard size <= longestList else { throw FileFailure("read", "\(folder.path)/\(name)", code: EFBIG) }
        var buffer = [UInt8](repeating: 0, count: size + 1)
        let count = try file.read(into: &buffer)
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
