import ElvesApps
import Testing

/// One archive per row that must not be taken in: nothing of it may be on the disk afterwards.
@Suite struct HostileArchiveTests {
    typealias Entry = ZipBuilder.Entry

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bytes: [UInt8]
        let expected: String

        init(_ name: String, _ expected: String, _ bytes: [UInt8]) {
            testDescription = name
            self.bytes = bytes
            self.expected = expected
        }

        /// A good archive with one more entry.
        init(_ name: String, _ expected: String, _ entries: Entry...) {
            self.init(name, expected, ZipBuilder(entries: Samples.entries + entries).bytes())
        }

        /// A good archive, bent.
        init(_ name: String, _ expected: String, bent: (inout ZipBuilder) -> Void) {
            var builder = ZipBuilder(entries: Samples.entries)
            bent(&builder)
            self.init(name, expected, builder.bytes())
        }
    }

    static let names: [Row] = [
        Row("climbs", "entry \"../evil\": the path has a . or .. component", Entry("../evil")),
        Row("climbs later", "a . or .. component", Entry("a/../../evil")),
        Row("ends climbing", "a . or .. component", Entry("a/..")),
        Row("begins with a dot component", "a . or .. component", Entry("./a")),
        Row("is a dot", "a . or .. component", Entry(".")),
        Row("absolute", "the path is absolute", Entry("/etc/passwd")),
        Row("absolute with host", "the path is absolute", Entry("//host/share")),
        Row("backslash", "the name has a backslash", Entry("..\\evil")),
        Row("drive letter", "colon", Entry("C:/evil")),
        Row("stream of NTFS", "colon", Entry("a.txt:evil")),
        Row("doubled slash", "empty component", Entry("a//b")),
        Row("two slashes at the end", "empty component", Entry("a//")),
        Row("empty", "the name is empty", Entry("")),
        Row("device", "\"CON\" is the name of a device", Entry("CON")),
        Row("device with extension", "\"nul.txt\" is the name of a device", Entry("lib/nul.txt")),
        Row("dot at the end", "\"a.\" ends with a dot or a blank", Entry("a.")),
        Row("blank at the end", "ends with a dot or a blank", Entry("a /b")),
        Row("escape character", #"entry "\u{1b}[2J": the name has a control"#, Entry("\u{1B}[2J")),
        Row("new line", "control or format character", Entry("a\nb")),
        Row("NUL", "control or format character", Entry("a\0.py")),
        Row("override of direction", "control or format character", Entry("a\u{202E}yp.exe")),
        Row("not UTF-8", "the name is not UTF-8", Entry([0x61, 0xFF], [])),
        Row("overlong UTF-8", "the name is not UTF-8", Entry([0x61, 0xC0, 0xAF], [])),
        Row("decomposed", "composed form", Entry("e\u{301}.txt")),
        Row("not marked as UTF-8", "not marked as UTF-8", Entry("é.txt").both { $0.flags = 0 }),
        Row(
            "a component of 129", "a component has 129 bytes, more than 128", Entry(String(repeating: "c", count: 129))),
        Row("a path of 5,000", "the path has 5000 bytes, more than 512", Entry(String(repeating: "c", count: 5000))),
        Row(
            "17 deep", "the path is 17 deep, more than 16",
            Entry(Array(repeating: "d", count: 17).joined(separator: "/"))),
        Row("twice, same bytes", "entry \"main.py\": there already as \"main.py\"", Entry("main.py", Samples.main)),
        Row("twice, other bytes", "there already", Entry("main.py", "import os")),
        Row("manifest twice", "entry \"app.yaml\": there already", Entry("app.yaml", Samples.manifest())),
        Row("twice but for case", "entry \"MAIN.py\": there already as \"main.py\"", Entry("MAIN.py")),
        Row("folders that differ by case", "entry \"LIB/b\": there already as \"lib\"", Entry("lib/a"), Entry("LIB/b")),
        Row("folder twice", "there already", Entry("lib/", ""), Entry("lib/", "")),
        Row("file used as a folder", "entry \"main.py/a\": a file where", Entry("main.py/a")),
        Row("folder used as a file", "entry \"lib\": a file where", Entry("lib/a"), Entry("lib")),
        Row("file and folder of a name", "there already", Entry("lib"), Entry("lib/", "")),
    ]

    static let kinds: [Row] = [
        Row(
            "link", "entry \"a\": neither a file nor a folder (type 0120000)",
            Entry("a", "/etc/shadow").with { $0.mode = 0o120777 }),
        Row(
            "link, then a file through it", "type 0120000", Entry("a", "/tmp").with { $0.mode = 0o120777 }, Entry("a/b")
        ),
        Row("character device", "type 020000", Entry("a", "").with { $0.mode = 0o020644 }),
        Row("block device", "type 060000", Entry("a", "").with { $0.mode = 0o060644 }),
        Row("pipe", "type 010000", Entry("a", "").with { $0.mode = 0o010644 }),
        Row("socket", "type 0140000", Entry("a", "").with { $0.mode = 0o140644 }),
        Row("folder by mode, file by name", "type 040000", Entry("a", "").with { $0.mode = 0o040755 }),
        Row("file by mode, folder by name", "type 0100000", Entry("a/", "").with { $0.mode = 0o100644 }),
        Row(
            "folder by the bit of MS-DOS only", "type 040000",
            Entry("a", "").with { ($0.mode, $0.dosAttributes) = (0, 0x10) }),
        Row("folder with content", "a folder with content", Entry("a/", "x")),
        Row("setuid", "mode 0104755 has setuid", Entry("a").with { $0.mode = 0o104755 }),
        Row("setgid", "mode 0102755 has setuid, setgid", Entry("a").with { $0.mode = 0o102755 }),
        Row("sticky folder", "mode 041777 has setuid, setgid or sticky", Entry("a/", "").with { $0.mode = 0o041777 }),
        Row(
            "hard link in an extra field", "extra field 0xd is not accepted",
            Entry("a").both { $0.extra = [0x0D, 0, 0, 0] }),
        Row("link in an extra field", "extra field 0x756e", Entry("a").both { $0.extra = [0x6E, 0x75, 0, 0] }),
        Row("another name in an extra field", "extra field 0x7075", Entry("a").both { $0.extra = [0x75, 0x70, 0, 0] }),
        Row(
            "extra field of the local header only", "extra field 0x7075",
            Entry("a").with { $0.local.extra = [0x75, 0x70, 0, 0] }),
        Row("extra field cut off", "extra fields are malformed", Entry("a").both { $0.extra = [0x55, 0x54, 9, 0, 3] }),
        Row(
            "64-bit sizes", "extra field 0x1 ",
            Entry("a").both { $0.extra = [1, 0, 16, 0] + Array(repeating: 0, count: 16) }),
    ]

    static let structure: [Row] = [
        Row("nothing", "shorter than an empty archive", []),
        Row("not an archive", "no end record", Array(repeating: 0x41, count: 4096)),
        Row("an archive of nothing", "no app.yaml", ZipBuilder(entries: []).bytes()),
        Row("a script in front", "does not end at the end record") { builder in
            builder.prefix = Array("#!/bin/sh\n".utf8)
            builder.end = { $0.offset -= 10 }
        },
        Row("a script in front, offsets right", "entry \"app.yaml\": begins at byte 10 where byte 0") {
            $0.prefix = Array("#!/bin/sh\n".utf8)
        },
        Row("bytes behind the end", "no end record at the very end") { $0.suffix = [0] },
        Row("a comment", "no end record at the very end") { $0.end = { $0.comment = Array("hi".utf8) } },
        Row("a comment holding an end record", "prepended, missing or extra bytes") { builder in
            builder.end = { $0.comment = ZipBuilder(entries: []).bytes() }
        },
        Row("a second archive behind", "prepended, missing or extra bytes", Samples.archive() + Samples.archive()),
        Row("bytes between entries", "entry \"a\": begins at byte", Entry("a").with { $0.gap = [1, 2, 3] }),
        Row("bytes before the central directory", "belong to no entry") { $0.beforeDirectory = [0] },
        Row("bytes behind the central directory", "prepended, missing or extra bytes") { $0.beforeEnd = [0] },
        Row("several disks", "one of several disks") { $0.end = { $0.disk = 1 } },
        Row("central directory on another disk", "one of several disks") { $0.end = { $0.directoryDisk = 1 } },
        Row("counts differ", "one of several disks") { $0.end = { $0.countHere = 1 } },
        Row("one entry not counted", "has more than the 1 entries") { $0.end = { ($0.count, $0.countHere) = (1, 1) } },
        Row("one entry too many counted", "central directory is cut off") {
            $0.end = { ($0.count, $0.countHere) = (3, 3) }
        },
        Row("64-bit form", "64-bit form") { $0.end = { $0.offset = .max } },
        Row("64-bit count", "64-bit form") { $0.end = { ($0.count, $0.countHere) = (.max, .max) } },
        Row("entries out of order", "where byte 0 is expected") { $0.entries[0].offset = 5 },
        Row("two names for one entry", "begins at byte 0 where", Entry("a").with { $0.offset = 0 }),
        Row("an entry within another", "begins at byte", Entry("a").with { $0.offset = 60 }),
        Row("beyond the end", "begins at byte 4000000", Entry("a").with { $0.offset = 4_000_000 }),
        Row(
            "names differ", "entry \"b\": its two headers differ in the name",
            Entry("a").with { $0.central.name = [0x62] }),
        Row(
            "the local name climbs", "headers differ in the name",
            Entry("ab/evil").with { $0.local.name = Array("../evil".utf8) }),
        Row("methods differ", "headers differ in the method", Entry("a").with { $0.local.method = 8 }),
        Row("flags differ", "headers differ in the flags", Entry("a").with { $0.local.flags = 2 }),
        Row("checksums differ", "headers differ in the checksum", Entry("a").with { $0.local.checksum ^= 1 }),
        Row("packed sizes differ", "headers differ in the packed size", Entry("a").with { $0.local.compressed = 9 }),
        Row(
            "unpacked sizes differ", "headers differ in the unpacked size",
            Entry("a").with { $0.local.uncompressed = 9 }),
        Row(
            "local name longer than the file", "headers differ in the lengths",
            Entry("a").with {
                $0.local.name = Array(repeating: 0x61, count: 500); $0.data = []
            }),
        Row("later format", "needs version 4.5 of the ZIP format", Entry("a").both { $0.version = 45 }),
        Row("later format in its own header", "needs version 6.3", Entry("a").with { $0.local.version = 63 }),
        Row("encrypted", "entry \"a\": encrypted", Entry("a").both { $0.flags = 1 }),
        Row("strongly encrypted", "encrypted", Entry("a").both { $0.flags = 0x40 }),
        Row("masked headers", "encrypted", Entry("a").both { $0.flags = 0x2000 }),
        Row("patch data", "unknown flags 0x20", Entry("a").both { $0.flags = 0x20 }),
        Row("bzip2", "compression method 12", Entry("a").both { $0.method = 12 }),
        Row("zstd", "compression method 93", Entry("a").both { $0.method = 93 }),
        Row("data descriptor missing", "does not repeat checksum and sizes", Entry("a").both { $0.flags = 8 }),
        Row(
            "data descriptor says otherwise", "does not repeat",
            Entry("a").withDescriptor(signed: true).with { $0.descriptor[9] ^= 1 }),
        Row("tar", "no end record", tar()),
    ]

    static let sizes: [Row] = [
        Row("stored in two sizes", "stored with two different sizes", Entry("a").both { $0.uncompressed = 9 }),
        Row(
            "declared small, really big", "entry \"a\": not readable: ZIP uncompressed data is wrong size",
            Entry("a", "content").deflated().both { $0.uncompressed = 3 }),
        Row(
            "declared small, really much bigger", "is not the announced 3 bytes",
            Entry("a", String(repeating: "x", count: 600_000)).deflated().both { $0.uncompressed = 3 }),
        Row(
            "declared big, really small", "entry \"a\": not readable: ZIP uncompressed data is wrong size",
            Entry("a", "content").deflated().both { $0.uncompressed = 9 }),
        Row(
            "declared 65 MiB", "more than the 67108864 allowed",
            Entry("a").both {
                $0.uncompressed = 65 << 20; $0.method = 8
            }),
        Row(
            "declared 2^32-1", "4294967295 bytes, more than",
            Entry("a").both {
                $0.uncompressed = .max; $0.method = 8
            }),
        Row(
            "declared 2^32-1 packed", "4294967295 bytes, more than",
            Entry("a").both {
                $0.compressed = .max; $0.method = 8
            }),
        Row(
            "50 MiB of zeros", "unpacks to 1000 times its size, more than 200",
            Entry("a", String(repeating: "x", count: 2000)).both {
                $0.uncompressed = 2_000_000; $0.method = 8
            }),
        Row("a stream that never ends", "entry \"a\":", Entry("a", "content").deflated(isEnded: false)),
        Row("not deflate", "entry \"a\": not readable", Entry("a", "\u{7}\u{7}\u{7}").both { $0.method = 8 }),
        Row(
            "bytes behind the stream", "entry \"a\":",
            Entry("a", "content").deflated().with {
                $0.data += [0, 0]; $0.local.compressed += 2; $0.central.compressed += 2
            }),
        Row("wrong checksum", "entry \"a\":", Entry("a", "content").both { $0.checksum ^= 1 }),
        Row("wrong checksum, deflated", "entry \"a\":", Entry("a", "content").deflated().both { $0.checksum ^= 1 }),
        Row(
            "5,000 entries", "5000 entries, more than the 4096",
            ZipBuilder(entries: (0..<5000).map { Entry("f\($0)", "") }).bytes()),
    ]

    static let manifests: [Row] = [
        Row("no manifest", "no app.yaml at its root", ZipBuilder(entries: [Entry("main.py")]).bytes()),
        Row(
            "manifest below a folder", "no app.yaml at its root",
            ZipBuilder(entries: [Entry("hello/app.yaml", Samples.manifest())]).bytes()),
        Row("manifest a folder", "no app.yaml at its root", ZipBuilder(entries: [Entry("app.yaml/", "")]).bytes()),
        Row(
            "manifest huge", "a manifest has at most 65536",
            ZipBuilder(entries: [Entry("app.yaml", String(repeating: "#", count: 70_000))]).bytes()),
        Row("manifest broken", "unknown key \"nam\"", ZipBuilder(entries: [Entry("app.yaml", "nam: x")]).bytes()),
        Row(
            "manifest of another app", "must be named other_1.0.0.zip",
            ZipBuilder(entries: [Entry("app.yaml", Samples.manifest(name: "other")), Entry("main.py")]).bytes()),
        Row(
            "entry file missing", "the file \"main.py\" that app.yaml names",
            ZipBuilder(entries: [Entry("app.yaml", Samples.manifest())]).bytes()),
        Row(
            "entry a folder", "the file \"main.py\" that app.yaml names",
            ZipBuilder(entries: [Entry("app.yaml", Samples.manifest()), Entry("main.py/", "")]).bytes()),
    ]

    @Test(arguments: names + kinds + structure + sizes + manifests)
    func `a hostile archive is refused and leaves nothing`(_ row: Row) throws {
        let folder = try TemporaryFolder()
        let archive = try folder.write("archive", row.bytes)

        let error = #expect(throws: ArchiveError.self) {
            try ArchiveIntake().unpack(archive: archive, name: "hello_1.0.0.zip", into: "\(folder.path)/out")
        }

        let message = error?.description ?? ""
        #expect(message.contains(row.expected), "\(message)")
        #expect(folder.names(in: "") == ["archive"])
        #expect(throws: ArchiveError.self) { try ArchiveIntake().check(archive: archive, name: "hello_1.0.0.zip") }
    }

    @Test func `an archive cut off anywhere is refused`() throws {
        let folder = try TemporaryFolder()
        let bytes = Samples.archive(Entry("a", "content").deflated().withDescriptor(signed: true))

        for length in 0..<bytes.count {
            let archive = try folder.write("archive", Array(bytes.prefix(length)))
            #expect(throws: ArchiveError.self, "cut at \(length)") {
                try ArchiveIntake().unpack(archive: archive, name: "hello_1.0.0.zip", into: "\(folder.path)/out")
            }
        }
        #expect(folder.names(in: "") == ["archive"])
    }

    @Test func `an archive with any byte changed is refused or holds the same files`() throws {
        let folder = try TemporaryFolder()
        let bytes = Samples.archive(Entry("a", "content").deflated().withDescriptor(signed: true))
        let good = try ArchiveIntake().check(archive: folder.write("archive", bytes), name: "hello_1.0.0.zip")

        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x55
            let archive = try folder.write("archive", changed)
            guard let checked = try? ArchiveIntake().check(archive: archive, name: "hello_1.0.0.zip") else { continue }
            // Times, versions and permission bits may change; names, order and contents may not.
            #expect(checked.files.map(\.path) == good.files.map(\.path), "byte \(index)")
            #expect(checked.files.map(\.digest) == good.files.map(\.digest), "byte \(index)")
        }
    }

    private static func tar() -> [UInt8] {
        Array("evil".utf8) + Array(repeating: 0, count: 253) + Array("ustar".utf8) + Array(repeating: 0, count: 2000)
    }
}
