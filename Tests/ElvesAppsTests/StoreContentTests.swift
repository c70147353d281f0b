import ElvesApps
import ElvesModel
import Foundation
import Testing

/// Each content once, and versions for as long as there is room.
@Suite struct StoreContentTests {
    let samples: StoreSamples
    var folder: TemporaryFolder { samples.folder }

    init() throws { samples = try StoreSamples() }

    private func open(byteLimit: UInt64 = AppStore.standardByteLimit) throws -> AppStore {
        try AppStore.open(at: "\(folder.path)/store", byteLimit: byteLimit)
    }

    @Test func `versions share what is the same in them, and nothing else`() throws {
        let store = try open()
        let first = try samples.install("1.0.0", in: store, note: "old")
        let before = store.bytes
        let second = try samples.install("2.0.0", in: store, note: "new")

        func inodes(_ file: String) throws -> (UInt64, UInt64) {
            (
                try folder.inode("\(samples.place(first))/files/\(file)"),
                try folder.inode("\(samples.place(second))/files/\(file)")
            )
        }
        let (same, different) = (try inodes("main.py"), try inodes("lib/note.txt"))
        #expect(same.0 == same.1)
        #expect(different.0 != different.1)
        let manifest = try folder.read("\(samples.place(second))/files/app.yaml").count
        #expect(store.bytes == before + UInt64(manifest) + 8)
        #expect(try store.verify(samples.hello, version: second.manifest.version) == [])
        #expect(try folder.mode("\(samples.place(second))/files/main.py") == 0o444)
    }

    @Test func `a damaged content is not given to another version`() throws {
        let store = try open()
        let first = try samples.install("1.0.0", in: store)
        // As a disk may: the file under its own name, in place.
        let handle = try #require(FileHandle(forUpdatingAtPath: try writable("\(samples.place(first))/files/main.py")))
        try handle.write(contentsOf: Data("#".utf8))
        try handle.close()

        let second = try samples.install("2.0.0", in: store)

        #expect(try store.verify(samples.hello, version: second.manifest.version) == [])
        #expect(try store.verify(samples.hello, version: first.manifest.version) == ["\"main.py\" has other content"])
        let third = try samples.install("3.0.0", in: store)
        let good = try folder.inode("\(samples.place(second))/files/main.py")
        #expect(try folder.inode("\(samples.place(third))/files/main.py") == good)
    }

    @Test func `what is online or in use stays, whatever the limit`() throws {
        let store = try open(byteLimit: 0)
        for version in ["1.0.0", "2.0.0", "3.0.0"] { try samples.install(version, in: store) }
        try store.activate(samples.hello, version: AppVersion("3.0.0"))

        #expect(try store.prune(keeping: [samples.key("1.0.0")]) == [samples.key("2.0.0")])
        #expect(store.keys == [try samples.key("1.0.0"), try samples.key("3.0.0")])
        #expect(folder.names(in: "store/apps/hello").count == 2)
        #expect(folder.names(in: "store/staging") == [])
        #expect(try store.prune() == [samples.key("1.0.0")])
        #expect(try store.prune() == [])
        #expect(try store.verify(samples.hello, version: AppVersion("3.0.0")) == [])
    }

    @Test func `the version unused for longest goes first, and only until there is room`() throws {
        do {
            let store = try open()
            for version in ["1.0.0", "2.0.0", "3.0.0", "4.0.0"] { try samples.install(version, in: store, size: 100_000) }
            // Put to use last, although the oldest.
            try store.activate(samples.hello, version: AppVersion("1.0.0"))
            try store.activate(samples.hello, version: AppVersion("4.0.0"))
            #expect(try store.prune() == [])
            #expect(store.bytes > 400_000)
        }
        // The order survives the process.
        let store = try open(byteLimit: 250_000)

        #expect(try store.prune() == [samples.key("2.0.0"), samples.key("3.0.0")])
        #expect(store.keys == [try samples.key("1.0.0"), try samples.key("4.0.0")])
        #expect(store.bytes < 250_000)
    }

    @Test func `the count of bytes is that of the disk, after whatever came`() throws {
        let counted: UInt64
        do {
            let store = try open(byteLimit: 150_000)
            for version in ["1.0.0", "2.0.0", "3.0.0"] { try samples.install(version, in: store, note: version, size: 100_000) }
            let other = try samples.packed("3.0.0", note: "changed")
            #expect(throws: AppStoreError.self) {
                try store.install(archive: other.path, app: samples.hello, version: AppVersion("3.0.0"))
            }
            try store.prune()
            counted = store.bytes
        }
        let store = try open()

        #expect(store.bytes == counted)
        #expect(store.keys.count == 1)
        #expect(objects.count == 4)
    }

    @Test func `contents that a killed process left are gone after the opening`() throws {
        do { try samples.install("1.0.0", in: open()) }
        let before = objects
        try folder.write("store/objects/ab/abcd", "nobody's")
        try folder.write("store/objects/stray", "nobody's")

        let store = try open()

        #expect(objects == before)
        #expect(try store.verify(samples.hello, version: AppVersion("1.0.0")) == [])
    }

    /// A reader that says of files what they are not, or writes more than it says.
    struct Liar: Intake {
        let lie: String

        func check(
            archive path: String, name: String, expected: ExpectedArchive
        ) throws(ArchiveError) -> CheckedArchive {
            try ArchiveIntake().check(archive: path, name: name, expected: expected)
        }

        func unpack(
            archive path: String, name: String, expected: ExpectedArchive, into folder: String
        ) throws(ArchiveError) -> CheckedArchive {
            let checked = try ArchiveIntake().unpack(archive: path, name: name, expected: expected, into: folder)
            do {
                switch lie {
                case "other content": try Data("x = 2".utf8).write(to: URL(filePath: folder + "/main.py"))
                case "one more": try Data("x = 2".utf8).write(to: URL(filePath: folder + "/lib/more.py"))
                case "a link":
                    try FileManager.default.removeItem(atPath: folder + "/main.py")
                    try FileManager.default.createSymbolicLink(atPath: folder + "/main.py", withDestinationPath: "/etc/passwd")
                case "a link besides":
                    try FileManager.default.createSymbolicLink(atPath: folder + "/etc", withDestinationPath: "/etc")
                default: try FileManager.default.removeItem(atPath: folder + "/lib")
                }
            } catch { throw .notChecked(reason: "\(error)") }
            return checked
        }
    }

    @Test(arguments: ["other content", "one more", "a link", "a link besides", "one less"])
    func `a reader's word is compared with what it left`(_ lie: String) throws {
        let store = try AppStore.open(at: "\(folder.path)/store", intake: Liar(lie: lie))

        #expect(throws: AppStoreError.self) { try samples.install("1.0.0", in: store) }

        #expect(store.keys == [])
        #expect(folder.names(in: "store/staging") == [])
        #expect(folder.names(in: "store/apps") == [])
        #expect(objects == [])
    }

    private var objects: [String] {
        folder.names(in: "store/objects").flatMap { folder.names(in: "store/objects/\($0)") }.sorted()
    }

    private func writable(_ name: String) throws -> String {
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(folder.path)/\(name)")
        return "\(folder.path)/\(name)"
    }
}
