import ElvesApps
import ElvesModel
import Foundation
import Testing

@Suite struct ArchiveIntakeTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func unpack(_ bytes: [UInt8], as name: String = "hello_1.0.0.zip") throws -> CheckedArchive {
        let archive = try folder.write("archive", bytes)
        return try ArchiveIntake().unpack(archive: archive, name: name, into: "\(folder.path)/out")
    }

    @Test func `check tells what an archive holds and writes nothing`() throws {
        let bytes = Samples.archive(
            ZipBuilder.Entry("lib/", ""), ZipBuilder.Entry("lib/a", "aa").with { $0.mode = 0o100755 })
        let archive = try folder.write("archive", bytes)

        let checked = try ArchiveIntake().check(archive: archive, name: "hello_1.0.0.zip")

        #expect(checked.manifest.name.text == "hello")
        #expect(checked.size == UInt64(bytes.count))
        #expect(checked.files.map(\.path) == ["app.yaml", "main.py", "lib/a"])
        #expect(checked.files.map(\.isExecutable) == [false, false, true])
        #expect(checked.files.last?.size == 2)
        // sha256sum of "aa".
        #expect(checked.files.last?.digest.hex == "961b6dd3ede3cb8ecbaacbd68de040cd78eb2ed5889130cceb4c49268ea4d506")
        #expect(folder.names(in: "") == ["archive"])
    }

    @Test func `unpack writes the files with their modes`() throws {
        _ = try unpack(
            Samples.archive(
                ZipBuilder.Entry("lib/deep/a", "aa").with { $0.mode = 0o100777 },
                ZipBuilder.Entry("empty/", ""), ZipBuilder.Entry("é.txt", "").with { $0.mode = 0o100600 }))

        #expect(try folder.read("out/lib/deep/a") == Array("aa".utf8))
        #expect(try folder.read("out/main.py") == Array(Samples.main.utf8))
        #expect(folder.names(in: "out") == ["app.yaml", "empty", "lib", "main.py", "é.txt"])
        #expect(try folder.mode("out") == 0o755)
        #expect(try folder.mode("out/lib/deep") == 0o755)
        #expect(try folder.mode("out/lib/deep/a") == 0o755)
        #expect(try folder.mode("out/main.py") == 0o644)
        #expect(try folder.mode("out/é.txt") == 0o644)
    }

    static let accepted: [(String, ZipBuilder.Entry)] = [
        ("deflated", ZipBuilder.Entry("a", "content").deflated()),
        ("signed data descriptor", ZipBuilder.Entry("a", "content").deflated().withDescriptor(signed: true)),
        (
            "data descriptor without signature",
            ZipBuilder.Entry("a", "content").deflated().withDescriptor(signed: false)
        ),
        ("stored with data descriptor", ZipBuilder.Entry("a", "content").withDescriptor(signed: true)),
        ("no Unix mode", ZipBuilder.Entry("a", "content").with { $0.mode = 0 }),
        ("permissions without a type", ZipBuilder.Entry("a", "content").with { $0.mode = 0o600 }),
        (
            "times in extra fields",
            ZipBuilder.Entry("a", "content").both { $0.extra = [0x55, 0x54, 5, 0, 3, 0, 0, 0, 0] }
        ),
        (
            "an archive within, not looked into",
            ZipBuilder.Entry(Array("a".utf8), ZipBuilder(entries: [ZipBuilder.Entry("../b")]).bytes())
        ),
        ("16 deep", ZipBuilder.Entry(Array(repeating: "d", count: 16).joined(separator: "/"), "content")),
        ("a component of 128", ZipBuilder.Entry(String(repeating: "d", count: 128), "content")),
        ("empty", ZipBuilder.Entry("a", "")),
        ("empty, deflated", ZipBuilder.Entry("a", "").deflated()),
        ("blanks and signs", ZipBuilder.Entry("a b/(c) [d] + e, 'f'.txt", "content")),
    ]

    @Test(arguments: accepted)
    func `what is harmless is accepted`(_ name: String, _ entry: ZipBuilder.Entry) throws {
        let checked = try unpack(Samples.archive(entry))

        #expect(checked.files.count == 3)
    }

    @Test func `size and digest must be those announced`() throws {
        let bytes = Samples.archive()
        let archive = try folder.write("archive", bytes)
        let digest = try ArchiveIntake().check(archive: archive, name: "hello_1.0.0.zip").digest
        let other = try Digest(hex: String(repeating: "0", count: 64))
        func check(_ digest: Digest, _ size: UInt64) throws {
            _ = try ArchiveIntake().check(
                archive: archive, name: "hello_1.0.0.zip", expected: ExpectedArchive(digest: digest, size: size))
        }
        let size = UInt64(bytes.count)

        try check(digest, size)
        #expect(throws: ArchiveError.wrongSize(bytes: size, expected: size + 1)) { try check(digest, size + 1) }
        #expect(throws: ArchiveError.wrongDigest(digest, expected: other)) { try check(other, size) }
    }

    @Test(arguments: [
        "hello.zip", "hello_1.0.0", "hello_1.0.zip", "hello_1.0.0.zip.zip", "_1.0.0.zip", "hello_1.0.0_b.zip",
        "../hello_1.0.0.zip", "other_1.0.0.zip", "hello_1.0.1.zip", "",
    ])
    func `the archive's name must be that of the manifest`(_ name: String) {
        let error = #expect(throws: ArchiveError.self) { try unpack(Samples.archive(), as: name) }
        #expect(error?.description.contains("must be named") == true)
        #expect(folder.names(in: "").filter { $0 != "archive" } == [])
    }

    @Test func `a folder that is there already is not written into`() throws {
        try folder.write("out/keep", "x")

        #expect(throws: ArchiveError.self) { try unpack(Samples.archive()) }
        #expect(folder.names(in: "out") == ["keep"])
    }

    @Test func `a pipe in place of the archive is refused without waiting`() throws {
        let pipe = "\(folder.path)/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)

        #expect(throws: ArchiveError.self) { try ArchiveIntake().check(archive: pipe, name: "hello_1.0.0.zip") }
    }

    @Test(arguments: ["zipfile", "zipfile-stream", "zipfile-stored", "zipfile-folder", "zip", "zip-stream"])
    func `archives of common tools are accepted`(_ tool: String) throws {
        let app = try Samples.write(to: folder)
        try folder.write("app/lib/tool.sh", "#!/bin/sh\n", mode: 0o755)
        try folder.write("app/lib/big.txt", String(repeating: "hello ", count: 10_000))
        let archive = "\(folder.path)/made.zip"
        let script = """
            from importlib import import_module
            sys, os, zipfile, io = (import_module(name) for name in ('sys', 'os', 'zipfile', 'io'))
            tool, app, archive = sys.argv[1:]
            files = [(os.path.join(r, f), os.path.relpath(os.path.join(r, f), app)) for r, d, fs in os.walk(app) for f in fs]
            method = zipfile.ZIP_STORED if tool == 'zipfile-stored' else zipfile.ZIP_DEFLATED
            class Pipe(io.RawIOBase):
                def __init__(self, f): self.f = f
                def writable(self): return True
                def write(self, b): return self.f.write(b)
            with open(archive, 'wb') as f:
                with zipfile.ZipFile(Pipe(f) if tool == 'zipfile-stream' else f, 'w', method) as z:
                    if tool == 'zipfile-folder': z.write(os.path.join(app, 'lib'), 'lib')
                    for path, name in files:
                        if tool == 'zipfile-stored': z.writestr(name, open(path, 'rb').read())
                        else: z.write(path, name)
            """
        let result =
            switch tool {
            case "zip": try run("/bin/sh", ["-c", "cd '\(app)' && zip -qr '\(archive)' ."])
            case "zip-stream": try run("/bin/sh", ["-c", "cd '\(app)' && zip -qr - . | cat > '\(archive)'"])
            default: try run("/usr/bin/python3", ["-c", script, tool, app, archive])
            }
        try #require(result.status == 0, "\(result.output)")

        let checked = try ArchiveIntake().unpack(
            archive: archive, name: "hello_1.0.0.zip", into: "\(folder.path)/out")

        #expect(checked.files.map(\.path).sorted() == ["app.yaml", "lib/big.txt", "lib/tool.sh", "main.py"])
        #expect(try folder.read("out/lib/big.txt").count == 60_000)
        if tool != "zipfile-stored" { #expect(try folder.mode("out/lib/tool.sh") == 0o755) }
    }
}
