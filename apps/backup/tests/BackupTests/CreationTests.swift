import Backup
import Glibc
import Testing

struct CreationTests {
    let scratch: Scratch
    let archive = "source-20261124T130000Z.tar"

    init() throws {
        scratch = try Scratch()
    }

    private struct Stop: Error {}

    private func create(exclude: [String] = [], skipsUnreadable: Bool = false) throws -> Creation.Created {
        try scratch.creation(exclude: exclude, skipsUnreadable: skipsUnreadable).run { _, _ in }
    }

    /// What an archive holds after other programs have unpacked and checked it.
    private func unpacked() throws -> String {
        let folder = "\(scratch.path)/unpacked"
        try #require(mkdir(folder, 0o755) == 0)
        #expect(Scratch.run("/usr/bin/sha256sum", "--strict", "-c", "\(archive).sha256", in: scratch.target) == 0)
        #expect(Scratch.run("/usr/bin/tar", "-xf", "\(scratch.target)/\(archive)", "-C", folder) == 0)
        return folder
    }

    @Test func `tar unpacks what was archived, and sha256sum finds it whole`() throws {
        let long = String(repeating: "long-", count: 30)
        try scratch.put("a.txt", "hello")
        try scratch.put("empty", "")
        try scratch.put("folder/ü 世界.bin", String(repeating: "x", count: 5_000_000))
        try scratch.put("\(long)/\(long)", "a path for two fields")
        try scratch.put("\(long)\(long.dropLast(60))/x", "a path for an extended header")
        try scratch.put(#"back\slash"#, "escaped in the list")
        try scratch.put("line\nfeed", "escaped in the list")
        #expect(symlink("../nowhere", "\(scratch.source)/link") == 0)
        #expect(symlink(String(repeating: "t/", count: 80), "\(scratch.source)/long link") == 0)
        #expect(mkdir("\(scratch.source)/hollow", 0o700) == 0)
        #expect(chmod("\(scratch.source)/a.txt", 0o640) == 0)

        let created = try create()
        let folder = try unpacked()

        #expect(created.files == 7)
        #expect(created.skipped.isEmpty)
        #expect(created.changed.isEmpty)
        #expect(Scratch.run("/usr/bin/diff", "-r", "--no-dereference", scratch.source, folder) == 0)
        #expect(
            Scratch.run("/usr/bin/sha256sum", "--strict", "-c", "\(scratch.target)/\(archive).files", in: folder) == 0)
        #expect(try Scratch.mode(folder, "a.txt") == S_IFREG | 0o640)
        #expect(try Scratch.mode(folder, "hollow") == S_IFDIR | 0o700)
        #expect(try scratch.shelf() == [archive, "\(archive).files", "\(archive).sha256"])
    }

    @Test func `the same folder gives the same bytes`() throws {
        try scratch.put("b/c", "1")
        try scratch.put("a", "2")
        let first = try scratch.creation(name: "one").run { _, _ in }
        let second = try scratch.creation(name: "two").run { _, _ in }
        #expect(first.digest == second.digest)
    }

    @Test func `what is excluded is not there`() throws {
        for name in ["keep.txt", "a.tmp", "sub/b.tmp", "cache/x", "logs/old-1", "logs/new", "sub/old-1"] {
            try scratch.put(name, "x")
        }
        let created = try create(exclude: ["*.tmp", "cache/", "logs/old-*"])
        let folder = try unpacked()
        #expect(created.files == 3)
        #expect(try Scratch.names(folder) == ["keep.txt", "logs", "sub"])
        #expect(try Scratch.names("\(folder)/logs") == ["new"])
        #expect(try Scratch.names("\(folder)/sub") == ["old-1"])
    }

    @Test func `what ends it early leaves nothing behind`() throws {
        try scratch.put("a", String(repeating: "x", count: 3_000_000))
        var steps = 0
        #expect(throws: Stop.self) {
            try scratch.creation().run { done, total in
                steps += 1
                #expect(total == 3_000_000)
                if done > 2_000_000 { throw Stop() }
            }
        }
        #expect(steps == 2)
        #expect(try scratch.shelf() == [])
    }

    @Test func `what a killed creation has left is removed, and what another one writes is not`() throws {
        try scratch.put("a", "x")
        let dead = "dead-20261124T120000Z.tar"
        let alive = ".alive-20261124T120000Z.tar.part"
        for name in [".\(dead).part", "\(dead).files", alive] { try scratch.overwrite("\(scratch.target)/\(name)", "") }
        let other = try File(folder: scratch.target).open(alive)
        let isLocked = other.lock()
        #expect(isLocked)
        _ = try create()
        #expect(try scratch.shelf() == [alive, archive, "\(archive).files", "\(archive).sha256"])
    }

    @Test func `an archive is never written over`() throws {
        try scratch.put("a", "x")
        _ = try create()
        #expect(throws: FileFailure.self) { try create() }
        #expect(try scratch.shelf().count == 3)
    }

    @Test func `what cannot be archived ends it by name, or is left out by name`() throws {
        try scratch.put("a", "x")
        #expect(mkfifo("\(scratch.source)/pipe", 0o644) == 0)
        let error = #expect(throws: Unreadable.self) { try create() }
        #expect(error?.description.hasPrefix("cannot archive pipe: a socket, a pipe or a device") == true)
        #expect(try scratch.shelf() == [])
        let created = try create(skipsUnreadable: true)
        #expect(created.skipped.map(\.path) == ["pipe"])
        #expect(created.files == 1)
    }

    @Test func `a file that shrinks meanwhile is filled up and named`() throws {
        try scratch.put("a", String(repeating: "x", count: 3_000_000))
        let path = "\(scratch.source)/a"
        let created = try scratch.creation().run { _, _ in truncate(path, 1_000_000) }
        #expect(created.changed == ["a"])
        let name = try #require(ArchiveName(file: archive))
        #expect(try Verification(name, in: scratch.target) { _, _ in }.problems == [])
    }

    @Test func `the folder of the archives is no part of one`() throws {
        try scratch.put("a", "x")
        let name = try ArchiveName(name: "all", time: 0)
        let creation = Creation(
            source: scratch.path, target: scratch.target, name: name, patterns: Patterns([]), skipsUnreadable: false)
        #expect(try creation.run { _, _ in }.files == 1)
    }

    @Test func `a link in place of the folder is not followed`() throws {
        try scratch.put("a", "x")
        #expect(symlink(scratch.source, "\(scratch.path)/link") == 0)
        let creation = Creation(
            source: "\(scratch.path)/link", target: scratch.target, name: try ArchiveName(name: "x", time: 0),
            patterns: Patterns([]), skipsUnreadable: false)
        #expect(throws: FileFailure.self) { try creation.run { _, _ in } }
    }
}
