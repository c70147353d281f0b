import ElvesApps
import ElvesModel
import Foundation
import Testing

@Suite struct AppStoreTests {
    let folder: TemporaryFolder
    let hello: AppName
    let v1: AppVersion
    let v2: AppVersion

    init() throws {
        folder = try TemporaryFolder()
        hello = try AppName("hello")
        v1 = try AppVersion("1.0.0")
        v2 = try AppVersion("2.0.0")
    }

    /// Packs the sample app with this version.
    private func packed(_ version: AppVersion, note: String = "") throws -> PackedApp {
        let app = try Samples.write(to: folder, below: "source-\(version)\(note)", version: version.text)
        try folder.write("source-\(version)\(note)/lib/note.txt", "note \(note)", mode: 0o755)
        let out = "\(folder.path)/packed-\(version)\(note)"
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        return try AppPacker().pack(folder: app, into: out)
    }

    private func open() throws -> AppStore { try AppStore.open(at: "\(folder.path)/store") }

    @discardableResult
    private func install(_ version: AppVersion, in store: AppStore, note: String = "") throws -> InstalledApp {
        let app = try packed(version, note: note)
        return try store.install(
            archive: app.path, app: hello, version: version,
            expected: ExpectedArchive(digest: app.contents.digest, size: app.contents.size))
    }

    /// The folder of a version below the temporary folder.
    private func place(_ app: InstalledApp) -> String {
        "store/apps/hello/\(app.manifest.version)-\(app.digest.hex.prefix(16))"
    }

    @Test func `installs beside, with a record of every file`() throws {
        let store = try open()

        let app = try install(v1, in: store)

        #expect(app.folder.hasSuffix("/\(place(app))/files"))
        #expect(FileManager.default.fileExists(atPath: app.entryPath))
        #expect(folder.names(in: place(app)) == ["files", "installed.json"])
        #expect(folder.names(in: "store/staging") == [])
        #expect(try folder.mode("\(place(app))/files/lib/note.txt") == 0o555)
        #expect(try folder.mode("\(place(app))/files/main.py") == 0o444)
        let record = String(decoding: try folder.read("\(place(app))/installed.json"), as: UTF8.self)
        #expect(record.contains(#""digest":"\#(app.digest)""#))
        #expect(record.contains(#""path":"lib/note.txt""#))
        #expect(store.installed(hello, version: v1) == app)
        #expect(store.installed(hello) == nil)
        #expect(try store.verify(hello, version: v1) == [])
    }

    @Test func `installing again changes nothing`() throws {
        let store = try open()
        let app = try packed(v1)
        let first = try store.install(archive: app.path, app: hello, version: v1)
        let before = try FileManager.default.attributesOfItem(atPath: first.folder)[.systemFileNumber] as? NSNumber

        #expect(try store.install(archive: app.path, app: hello, version: v1) == first)
        #expect(
            try store.install(
                archive: app.path, app: hello, version: v1, expected: ExpectedArchive(digest: app.contents.digest))
                == first)

        let after = try FileManager.default.attributesOfItem(atPath: first.folder)[.systemFileNumber] as? NSNumber
        #expect(before == after)
        #expect(folder.names(in: "store/staging") == [])
    }

    @Test func `a version never changes`() throws {
        let store = try open()
        let first = try install(v1, in: store)

        let taken = AppStoreError.versionTaken(app: hello, version: v1, installed: first.digest)
        #expect(throws: taken) { try install(v1, in: store, note: "changed") }
        let other = try packed(v1, note: "changed").path
        #expect(throws: taken) { try store.install(archive: other, app: hello, version: v1) }

        #expect(store.list().map(\.installed) == [first])
        #expect(folder.names(in: "store/staging") == [])
    }

    @Test func `activates, goes back and removes`() throws {
        let store = try open()
        let first = try install(v1, in: store)
        let second = try install(v2, in: store)

        #expect(try store.activate(hello, version: v1) == nil)
        #expect(store.installed(hello) == first)
        #expect(try store.activate(hello, version: v2) == v1)
        #expect(store.installed(hello) == second)
        #expect(store.list().map(\.isOnline) == [false, true])
        #expect(try store.activate(hello, version: v1) == v2)
        #expect(try store.remove(hello) == v1)
        #expect(store.installed(hello) == nil)
        #expect(store.installed(hello, version: v1) == first)
        #expect(throws: AppStoreError.notOnline(app: hello)) { try store.remove(hello) }
    }

    @Test func `what is not installed cannot go online`() throws {
        let store = try open()
        try install(v1, in: store)
        try store.activate(hello, version: v1)

        #expect(throws: AppStoreError.notInstalled(app: hello, version: v2)) {
            try store.activate(hello, version: v2)
        }
        #expect(store.installed(hello)?.manifest.version == v1)
    }

    @Test func `a reopened store knows what it had`() throws {
        var list: [ListedApp] = []
        do {
            let store = try open()
            try install(v1, in: store)
            try install(v2, in: store)
            try store.activate(hello, version: v1)
            list = store.list()
        }

        let store = try open()

        #expect(store.list() == list)
        #expect(store.openingReport.findings == [])
        #expect(store.installed(hello)?.manifest.version == v1)
    }

    @Test func `a store is open once`() throws {
        let store = try open()
        #expect(throws: AppStoreError.inUse(root: "\(folder.path)/store")) { try open() }
        withExtendedLifetime(store) {}
    }

    @Test func `opening clears what a killed process left`() throws {
        var app: InstalledApp?
        do {
            let store = try open()
            app = try install(v1, in: store)
            try store.activate(hello, version: v1)
        }
        try folder.write("store/staging/0123/archive", "half")
        try folder.write("store/staging/0123/version/files/app.yaml", "half")
        try folder.write("store/apps/hello/3.0.0-0000000000000000/files/app.yaml", "no record")
        try folder.write("store/apps/bad_name/x", "no app")
        try folder.write("store/.online.json.0123", "{")

        let store = try open()

        #expect(
            store.openingReport.findings.map(\.description) == [
                "removed the unfinished \"0123\" from staging",
                "removed \"bad_name\": not the folder of an app",
                "removed \"hello/3.0.0-0000000000000000\": cannot open "
                    + "\"\(folder.path)/store/apps/hello/3.0.0-0000000000000000/installed.json\": No such file or directory",
            ])
        #expect(store.installed(hello) == app)
        #expect(folder.names(in: "store") == ["apps", "lock", "objects", "online.json", "quarantine", "staging"])
        #expect(folder.names(in: "store/staging") == [])
        #expect(folder.names(in: "store/apps") == ["hello"])
    }

    @Test(arguments: ["missing", "cut", "link", "record", "manifest"])
    func `a version that is not whole goes offline at the opening`(_ damage: String) throws {
        let app: InstalledApp
        do {
            let store = try open()
            app = try install(v1, in: store)
            try store.activate(hello, version: v1)
        }
        let note = "\(app.folder)/lib/note.txt"
        switch damage {
        case "missing": try FileManager.default.removeItem(atPath: note)
        case "cut": try folder.replace("\(place(app))/files/lib/note.txt", "")
        case "link":
            try FileManager.default.moveItem(atPath: note, toPath: "\(folder.path)/outside")
            try FileManager.default.createSymbolicLink(atPath: note, withDestinationPath: "\(folder.path)/outside")
        case "record": try folder.replace("\(place(app))/installed.json", "{}")
        default:
            let other = Samples.manifest(name: "hullo")
            try folder.replace("\(place(app))/files/app.yaml", other)
        }

        let store = try open()

        #expect(store.list() == [])
        #expect(store.openingReport.findings.count == 2)
        #expect(store.openingReport.findings.last == .missingOnline(app: hello, version: v1))
        #expect(folder.names(in: "store/apps/hello") == [])
    }

    @Test func `an unreadable index takes everything offline and is kept`() throws {
        do { try install(v1, in: open()) }
        try folder.write("store/online.json", "{\"hello\":")

        let store = try open()

        #expect(store.openingReport.findings == [.brokenIndex])
        #expect(store.installed(hello) == nil)
        #expect(store.installed(hello, version: v1) != nil)
        #expect(folder.has("store/online.json.broken"))
    }

    @Test(arguments: ["changed byte", "cut", "other size announced", "other app", "other version", "hostile"])
    func `a tampered archive is refused and the old version stays`(_ damage: String) throws {
        let store = try open()
        let first = try install(v1, in: store)
        try store.activate(hello, version: v1)
        let app = try packed(v2)
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: app.path)))
        var expected = ExpectedArchive(digest: app.contents.digest, size: app.contents.size)
        var (name, version) = (hello, v2)
        switch damage {
        case "changed byte": bytes[bytes.count / 2] ^= 1
        case "cut": bytes.removeLast(30)
        case "other size announced": expected.size = 1
        case "other app": name = try AppName("other")
        case "other version": version = try AppVersion("2.0.1")
        default:
            bytes = Samples.archive(ZipBuilder.Entry("../../../../escaped"))
            expected = ExpectedArchive()
        }
        let archive = try folder.write("received", bytes)

        #expect(throws: AppStoreError.self) {
            try store.install(archive: archive, app: name, version: version, expected: expected)
        }

        #expect(store.installed(hello) == first)
        #expect(store.list().count == 1)
        #expect(folder.names(in: "store/staging") == [])
        #expect(folder.names(in: "store/apps") == ["hello"])
        #expect(folder.names(in: "store/apps/hello").count == 1)
    }

    @Test func `many installations at once leave one of each`() async throws {
        let store = try open()
        let archives = try (1...4).map { try packed(AppVersion("1.0.\($0)")) }

        try await withThrowingTaskGroup { group in
            for archive in archives + archives + archives {
                group.addTask { [hello] in
                    let version = archive.contents.manifest.version
                    _ = try store.install(archive: archive.path, app: hello, version: version)
                    try store.activate(hello, version: version)
                }
            }
            try await group.waitForAll()
        }

        #expect(store.list().map(\.installed.manifest.version) == archives.map(\.contents.manifest.version))
        #expect(folder.names(in: "store/staging") == [])
        #expect(store.installed(hello) != nil)
    }
}
