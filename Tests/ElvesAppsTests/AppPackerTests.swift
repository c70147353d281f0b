import ElvesApps
import ElvesModel
import Foundation
import Testing

@Suite struct AppPackerTests {
    let folder: TemporaryFolder
    let app: String

    init() throws {
        folder = try TemporaryFolder()
        app = try Samples.write(to: folder)
        try FileManager.default.createDirectory(atPath: "\(folder.path)/out", withIntermediateDirectories: false)
    }

    private func pack(sdk: PackedSDK? = nil) throws -> PackedApp {
        try AppPacker().pack(folder: app, into: "\(folder.path)/out") { _ in sdk }
    }

    @Test func `packs the manifest first, the rest by name, and leaves out what is no part of the app`() throws {
        try folder.write("app/a.txt", "a")
        try folder.write("app/lib/tool.sh", "#!/bin/sh\n", mode: 0o775)
        try folder.write("app/lib/tests/data.txt", "kept: not at the top")
        try folder.write("app/naïve.txt", "é")
        for name in [".git/config", ".env", "tests/test_main.py", "__pycache__/main.pyc", "lib/old.pyc", "lib/.hidden"] {
            try folder.write("app/\(name)", "left out")
        }

        let packed = try pack()

        #expect(packed.path == "\(folder.path)/out/hello_1.0.0.zip")
        #expect(
            packed.contents.files.map(\.path)
                == ["app.yaml", "a.txt", "lib/tests/data.txt", "lib/tool.sh", "main.py", "naïve.txt"])
        #expect(packed.contents.files.filter(\.isExecutable).map(\.path) == ["lib/tool.sh"])
        #expect(folder.names(in: "out") == ["hello_1.0.0.zip"])
    }

    @Test func `the same files give the same bytes`() throws {
        try folder.write("app/lib/big.txt", String(repeating: "hello ", count: 10_000))
        try folder.write("app/empty.txt", "")
        let first = try pack()
        let bytes = try folder.read("out/hello_1.0.0.zip")
        // Other times, permissions and order of creation.
        try FileManager.default.removeItem(atPath: app)
        try folder.write("app/empty.txt", "", mode: 0o600)
        try folder.write("app/lib/big.txt", String(repeating: "hello ", count: 10_000), mode: 0o664)
        try folder.write("app/main.py", Samples.main)
        try folder.write("app/app.yaml", Samples.manifest())
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000_000)], ofItemAtPath: "\(app)/main.py")

        let second = try pack()

        #expect(try folder.read("out/hello_1.0.0.zip") == bytes)
        #expect(first == second)
    }

    @Test func `every entry is dated 1980-01-01`() throws {
        _ = try pack()

        let result = try run(
            "/usr/bin/python3",
            [
                "-c", "import sys, zipfile; print({i.date_time for i in zipfile.ZipFile(sys.argv[1]).infolist()})",
                "\(folder.path)/out/hello_1.0.0.zip",
            ])

        #expect(result.output == "{(1980, 1, 1, 0, 0, 0)}\n")
    }

    @Test func `what was packed unpacks to the same files`() throws {
        try folder.write("app/lib/data.bin", (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 7) })

        let packed = try pack()
        let checked = try ArchiveIntake().unpack(
            archive: packed.path, name: "hello_1.0.0.zip",
            expected: ExpectedArchive(digest: packed.contents.digest, size: packed.contents.size),
            into: "\(folder.path)/unpacked")

        #expect(checked == packed.contents)
        for file in checked.files {
            #expect(try folder.read("unpacked/\(file.path)") == folder.read("app/\(file.path)"))
        }
    }

    @Test func `the SDK of the language goes into the reserved folder`() throws {
        try folder.write("sdk/elves/__main__.py", "import elves\n")
        try folder.write("sdk/elves/worker/loop.py", "pass\n")
        try folder.write("sdk/elves/__pycache__/loop.pyc", "left out")
        var asked: Manifest.Language?

        let packed = try AppPacker().pack(folder: app, into: "\(folder.path)/out") { manifest in
            asked = manifest.language
            return PackedSDK(name: "python", folder: "\(folder.path)/sdk")
        }

        #expect(asked?.description == "python")
        #expect(
            packed.contents.files.map(\.path) == [
                "app.yaml", "main.py", ".elves/python/elves/__main__.py", ".elves/python/elves/worker/loop.py",
            ])
    }

    @Test func `refuses an SDK that is not there`() throws {
        refused("sdk-none", sdk: PackedSDK(name: "python", folder: "\(folder.path)/sdk-none"))
    }

    @Test func `refuses links by name`() throws {
        try folder.write("app/lib/a", "")
        try FileManager.default.createSymbolicLink(atPath: "\(app)/lib/link", withDestinationPath: "/etc/passwd")
        refused("\"lib/link\" is a symbolic link")
    }

    @Test func `refuses a link to a folder`() throws {
        try FileManager.default.createSymbolicLink(atPath: "\(app)/lib", withDestinationPath: "/usr/lib")
        refused("\"lib\" is a symbolic link")
    }

    @Test func `refuses special files by name`() throws {
        #expect(mkfifo("\(app)/pipe", 0o600) == 0)
        refused("\"pipe\" is neither a file nor a folder")
    }

    @Test(arguments: [".elves", ".ELVES"])
    func `refuses a folder of its own in the reserved place`(_ name: String) throws {
        try folder.write("app/\(name)/python/elves/__main__.py", "")
        refused(".elves\" belongs to Elves")
    }

    @Test func `refuses names that archives cannot carry`() throws {
        try folder.write("app/a:b", "")
        refused("\"a:b\" cannot be packed: the name has a colon")
    }

    @Test func `refuses names that differ by case only`() throws {
        try folder.write("app/Readme", "")
        try folder.write("app/README", "")
        refused("the packed archive would be refused: entry \"Readme\": there already as \"README\"")
    }

    @Test func `refuses a folder without a manifest`() throws {
        try FileManager.default.removeItem(atPath: "\(app)/app.yaml")
        refused("has no app.yaml")
    }

    @Test func `refuses a bad manifest`() throws {
        try folder.write("app/app.yaml", "name: [")
        refused("app.yaml line")
    }

    @Test func `refuses an app whose entry is missing or left out`() throws {
        try folder.write("app/app.yaml", Samples.manifest().replacingOccurrences(of: "main.py", with: "tests/main.py"))
        try folder.write("app/tests/main.py", "")
        refused("the file \"tests/main.py\" that app.yaml names as entry is not there")
    }

    @Test func `refuses a folder that is not there`() throws {
        #expect(throws: PackError.self) { try AppPacker().pack(folder: "\(app)-none", into: "\(folder.path)/out") }
    }

    private func refused(_ expected: String, sdk: PackedSDK? = nil, at place: SourceLocation = #_sourceLocation) {
        let error = #expect(throws: PackError.self, sourceLocation: place) { try pack(sdk: sdk) }
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")", sourceLocation: place)
        #expect(folder.names(in: "out") == [], sourceLocation: place)
    }
}
