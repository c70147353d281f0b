import ElvesTUF
import ElvesTestSupport
import Foundation
import Testing

@Suite struct TrustedFolderTests {
    private let scratch: ScratchFolder
    private let path: String

    init() throws {
        scratch = try ScratchFolder()
        path = try scratch.makeFolder("trusted")
    }

    @Test func `a file is replaced whole`() throws {
        let folder = try TrustedFolder(path)
        try folder.write("a", [1, 2, 3])
        try folder.write("a", [4])

        #expect(try folder.read("a", limit: 10) == [4])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["a"])
    }

    @Test func `a file that is not committed leaves nothing`() throws {
        let folder = try TrustedFolder(path)
        try folder.write("a", [1])
        try { try folder.begin("a").append([2, 3]) }()

        #expect(try folder.read("a", limit: 10) == [1])
        #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["a"])
    }

    @Test func `what a killed process left is overwritten, even a link`() throws {
        let victim = try scratch.write("victim", [9])
        try FileManager.default.createSymbolicLink(atPath: "\(path)/.elves-part", withDestinationPath: victim)
        try TrustedFolder(path).write("a", [1])

        #expect(bytes(of: victim) == [9])
        #expect(bytes(of: "\(path)/a") == [1])
    }

    @Test func `links in it are not followed`() throws {
        let victim = try scratch.write("victim", [9])
        try FileManager.default.createSymbolicLink(atPath: "\(path)/a", withDestinationPath: victim)
        let folder = try TrustedFolder(path)

        #expect(try folder.read("a", limit: 10) == nil)
        try folder.write("a", [1])
        #expect(bytes(of: victim) == [9])
        #expect(bytes(of: "\(path)/a") == [1])
    }

    @Test func `a file that is longer than its limit counts as absent`() throws {
        let folder = try TrustedFolder(path)
        try folder.write("a", [1, 2, 3])

        #expect(try folder.read("a", limit: 2) == nil)
        #expect(try folder.read("a", limit: 3) == [1, 2, 3])
    }

    @Test func `a pipe in place of a file is not waited for`() throws {
        #expect(mkfifo("\(path)/a", 0o600) == 0)

        #expect(try TrustedFolder(path).read("a", limit: 10) == nil)
    }

    @Test(arguments: ["", "/"])
    func `a folder that is a link is refused`(slash: String) throws {
        try FileManager.default.createSymbolicLink(atPath: scratch.file("link"), withDestinationPath: path)

        let error = #expect(throws: FolderError.self) { try TrustedFolder(scratch.file("link") + slash) }
        #expect(error?.description.contains("it is a link or no folder") == true)
    }

    @Test func `a folder that everybody may write to is refused`() throws {
        #expect(chmod(path, 0o777) == 0)

        let error = #expect(throws: FolderError.self) { try TrustedFolder(path) }
        #expect(error?.description.contains("everybody may write to it") == true)
    }

    @Test func `a folder has one owner at a time`() throws {
        let first = try TrustedFolder(path)
        let error = #expect(throws: FolderError.self) { try TrustedFolder(path) }
        #expect(error?.description.contains("another process works with it") == true)
        try first.write("a", [])
    }

    @Test func `a name that no file can have is refused`() throws {
        let error = #expect(throws: FolderError.self) { try TrustedFolder(path).write(String(repeating: "a", count: 256), []) }
        #expect(error?.description.contains("longer than the 255 bytes") == true)
    }
}
