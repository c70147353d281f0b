import ElvesApps
import ElvesIntake
import ElvesModel
import ElvesSandbox
import Foundation
import Testing

/// The confined reader: the built program, in its real sandbox.
@Suite(.disabled(if: ConfinedReader.isMissing, "needs elves and elves-sandbox: make build"))
struct SandboxedIntakeTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `takes in what the reader in this process takes in, and writes the same`() throws {
        let archive = try folder.write("archive", Samples.archive(.init("a/run.sh", "#!/bin/sh\n"), .init("a/b/", "")))
        let name = "hello_1.0.0.zip"

        let confined = try ConfinedReader.intake().unpack(
            archive: archive, name: name, expected: ExpectedArchive(), into: "\(folder.path)/confined")
        let open = try ArchiveIntake().unpack(archive: archive, name: name, into: "\(folder.path)/open")

        #expect(confined == open)
        #expect(try ConfinedReader.intake().check(archive: archive, name: name) == open)
        #expect(try run("/usr/bin/diff", ["-r", "\(folder.path)/confined", "\(folder.path)/open"]).output == "")
        #expect(try folder.mode("confined/a/run.sh") == folder.mode("open/a/run.sh"))
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/confined/a/run.sh")
        #expect((attributes[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid())
    }

    @Test func `hostile archives are refused by the same names, and leave nothing`() throws {
        let intake = try ConfinedReader.intake()
        let rows =
            HostileArchiveTests.names + HostileArchiveTests.kinds + HostileArchiveTests.structure + HostileArchiveTests.sizes
            + HostileArchiveTests.manifests
        #expect(rows.count > 100)
        for row in rows {
            let archive = try folder.write("archive", row.bytes)
            let error = #expect(throws: ArchiveError.self, "\(row.testDescription)") {
                try intake.unpack(
                    archive: archive, name: "hello_1.0.0.zip", expected: ExpectedArchive(), into: "\(folder.path)/out")
            }
            #expect(error?.description.contains(row.expected) == true, "\(row.testDescription): \(error?.description ?? "")")
            #expect(error?.isFinal == true, "\(row.testDescription)")
            #expect(folder.names(in: "") == ["archive"], "\(row.testDescription)")
        }
    }

    @Test func `what was announced is compared before anything reads the archive`() throws {
        let archive = try folder.write("archive", Samples.archive())
        let intake = try ConfinedReader.intake(program: "/usr/bin/false")

        #expect(throws: ArchiveError.wrongSize(bytes: UInt64(Samples.archive().count), expected: 1)) {
            try intake.check(archive: archive, name: "hello_1.0.0.zip", expected: ExpectedArchive(size: 1))
        }
        #expect(throws: ArchiveError.wrongName("hello.zip", expected: "{app}_{version}.zip")) {
            try intake.check(archive: archive, name: "hello.zip")
        }
    }

    /// Readers that are no readers: ended, mad, endless.
    @Test(arguments: [
        ("/usr/bin/false", "exit code 1"), ("/usr/bin/tee", "makes no sense"), ("/usr/bin/yes", "said more than"),
        ("/usr/bin/true", "makes no sense"),
    ])
    func `a reader that dies or raves leaves the store as it was`(_ program: String, _ cause: String) throws {
        let store = try AppStore.open(at: "\(folder.path)/store", intake: ConfinedReader.intake(program: program))
        let archive = try folder.write("archive", Samples.archive())

        let error = #expect(throws: AppStoreError.self) {
            try store.install(archive: archive, app: AppName("hello"), version: AppVersion("1.0.0"))
        }

        #expect(error?.description.contains("the archive could not be checked") == true)
        #expect(error?.description.contains(cause) == true, "\(error?.description ?? "")")
        #expect(store.keys == [])
        #expect(folder.names(in: "store/staging") == [])
        #expect(folder.names(in: "store/apps") == [])
    }

    @Test func `a reader without a sandbox is no reader`() throws {
        let archive = try folder.write("archive", Samples.archive())
        let installation = Installation(
            launcher: "\(folder.path)/none", policies: ConfinedReader.policies, sdks: "/")
        let intake = try SandboxedIntake(installation: installation, program: ConfinedReader.program)

        let error = #expect(throws: ArchiveError.self) { try intake.check(archive: archive, name: "hello_1.0.0.zip") }
        #expect(error?.description.contains("\(folder.path)/none") == true)
        #expect(error?.isFinal == false)
    }

    @Test func `a store with the confined reader installs`() throws {
        let samples = try StoreSamples()
        let store = try AppStore.open(at: "\(samples.folder.path)/store", intake: ConfinedReader.intake())

        let app = try samples.install("1.0.0", in: store)

        #expect(try store.verify(samples.hello, version: app.manifest.version) == [])
        #expect(try samples.folder.mode("\(samples.place(app))/files/main.py") == 0o444)
    }
}
