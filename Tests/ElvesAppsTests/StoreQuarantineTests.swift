import ElvesApps
import ElvesModel
import Foundation
import Testing

/// Versions that are not what was installed, and what is found, kept and repaired.
@Suite struct StoreQuarantineTests {
    let samples: StoreSamples
    let store: AppStore
    let app: InstalledApp
    var folder: TemporaryFolder { samples.folder }

    init() throws {
        samples = try StoreSamples()
        store = try AppStore.open(at: "\(samples.folder.path)/store")
        app = try samples.install("1.0.0", in: store)
        try store.activate(samples.hello, version: app.manifest.version)
    }

    @Test(arguments: [
        ("changed", ["\"main.py\" has other content"]), ("missing", ["\"lib/note.txt\" is missing, or no regular file"]),
        ("added", ["\"lib/added.py\" was added"]), ("link", ["\"main.py\" is missing, or no regular file"]),
        ("folder link", ["\"lib/note.txt\" is missing, or no regular file", "\"lib\" was added"]),
    ])
    func `verify names what differs`(_ damage: String, _ findings: [String]) throws {
        let files = "\(samples.place(app))/files"
        switch damage {
        case "changed": try folder.replace("\(files)/main.py", String(Samples.main.reversed()))
        case "missing": try FileManager.default.removeItem(atPath: "\(app.folder)/lib/note.txt")
        case "added": try folder.write("\(files)/lib/added.py", "")
        case "link":
            try FileManager.default.moveItem(atPath: "\(app.folder)/main.py", toPath: "\(folder.path)/outside")
            try FileManager.default.createSymbolicLink(
                atPath: "\(app.folder)/main.py", withDestinationPath: "\(folder.path)/outside")
        default:
            try FileManager.default.moveItem(atPath: "\(app.folder)/lib", toPath: "\(folder.path)/lib")
            try FileManager.default.createSymbolicLink(atPath: "\(app.folder)/lib", withDestinationPath: "\(folder.path)/lib")
        }

        #expect(try store.verify(samples.hello, version: app.manifest.version) == findings)
    }

    @Test func `a quarantined version is offline, kept for the operator, and can be installed again`() throws {
        try folder.replace("\(samples.place(app))/files/main.py", "evil")

        let place = try store.quarantine(app.key, findings: ["\"main.py\" has other content"])

        #expect(store.keys == [])
        #expect(store.installed(samples.hello) == nil)
        #expect(!FileManager.default.fileExists(atPath: app.folder))
        #expect(try String(contentsOfFile: place + "/findings.txt", encoding: .utf8) == "\"main.py\" has other content\n")
        #expect(try String(contentsOfFile: place + "/files/main.py", encoding: .utf8) == "evil")
        #expect(throws: AppStoreError.notInstalled(app: samples.hello, version: app.manifest.version)) {
            try store.quarantine(app.key, findings: [])
        }

        let again = try samples.install("1.0.0", in: store)
        #expect(again.folder == app.folder)
        #expect(try store.verify(samples.hello, version: app.manifest.version) == [])
    }

    @Test func `a damaged content does not come back with the clean copy`() throws {
        let file = "\(app.folder)/main.py"
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
        let handle = try #require(FileHandle(forUpdatingAtPath: file))
        try handle.write(contentsOf: Data("#".utf8))
        try handle.close()
        let findings = try store.verify(samples.hello, version: app.manifest.version)
        #expect(findings == ["\"main.py\" has other content"])

        try store.quarantine(app.key, findings: findings)
        try samples.install("1.0.0", in: store)

        #expect(try store.verify(samples.hello, version: app.manifest.version) == [])
    }

    @Test func `of quarantined versions the last few are kept`() throws {
        var places: [String] = []
        for _ in 0..<10 {
            places.append(try store.quarantine(app.key, findings: ["again"]))
            try samples.install("1.0.0", in: store)
        }

        let kept = folder.names(in: "store/quarantine")
        #expect(kept.count == 8)
        #expect(Set(kept) == Set(places.suffix(8).map { URL(filePath: $0).lastPathComponent }))
    }
}
