import CenterRepository
import ElvesJSON
import ElvesModel
import ElvesRepository
import ElvesTUF
import Testing

/// The author's half.
@Suite struct AppRoleEditorTests {
    private let key = SigningKey()

    @Test func `the floor of a version is that of the one before unless another is given`() throws {
        var site = try Site.published(key, apps: "one")
        try site.release("one", "1.0.0", by: [key])
        try site.release("one", "1.1.0", by: [key], floor: "1.0.0")
        try site.release("one", "1.2.0", by: [key])
        try site.release("one", "2.0.0", by: [key], floor: "2.0.0")
        try site.release("one", "1.2.1", by: [key])

        #expect(try floors(site) == ["1.0.0": nil, "1.1.0": "1.0.0", "1.2.0": "1.0.0", "2.0.0": "2.0.0", "1.2.1": "1.0.0"])
        #expect(throws: EditError.floorAboveVersion(floor: try AppVersion("4.0.0"), version: try AppVersion("3.0.0"))) {
            try site.release("one", "3.0.0", by: [key], floor: "4.0.0")
        }
    }

    private func floors(_ site: Site) throws -> [String: String?] {
        let app = try AppName("one")
        var floors: [String: String?] = [:]
        for (path, target) in site.center.apps[app]?.role.targets ?? [:] {
            let version = try #require(AppRole.version(of: path, app: app))
            floors[version.text] = .some(try target.custom.flatMap { try JSONObject($0).string("floor") })
        }
        return floors
    }

    @Test func `signing the same archive again changes nothing, and another of its version is refused`() throws {
        var site = try Site.published(key, apps: "one")
        try site.release("one", "1.0.0", by: [key])
        let (known, other) = (site.upload("one", "1.0.0"), site.upload("one", "1.0.0", content: 1))
        var editor = try site.author(of: "one")
        let version = try AppVersion("1.0.0")

        try editor.add(version, digest: known.digest, size: known.size, facts: .sample, floor: nil, now: site.now)
        #expect(!editor.isNew && editor.isPublished(version, digest: known.digest, now: site.now))
        #expect(throws: EditError.versionTaken(editor.app, version)) {
            try editor.add(version, digest: other.digest, size: other.size, facts: .sample, floor: nil, now: site.now)
        }
        try editor.withdraw(version, now: site.now)
        #expect(editor.isNew && editor.file.role.version == 2 && editor.file.role.targets.isEmpty)
        #expect(throws: EditError.versionNotThere(editor.app, version)) { try editor.withdraw(version, now: site.now) }
    }

    @Test func `signing the same archive again shortly before its metadata expires renews it`() throws {
        var site = try Site.published(key, apps: "one")
        try site.release("one", "1.0.0", by: [key])
        site.pass(.seconds(119 * 86400))
        try site.release("one", "1.0.0", by: [key])
        #expect(site.center.apps[try AppName("one")]?.role.version == 1)

        site.pass(.seconds(2 * 86400))
        try site.release("one", "1.0.0", by: [key])

        let role = site.center.apps[try AppName("one")]?.role
        #expect(role?.version == 2)
        #expect(role?.expires == Lifetime.expiry(Lifetime.delegated, from: site.now))
    }

    @Test func `what was started before somebody else published does not go on`() throws {
        var site = try Site.published(key, apps: "one")
        var mine = try site.author(of: "one")
        let archive = site.upload("one", "1.1.0")
        try mine.add(
            AppVersion("1.1.0"), digest: archive.digest, size: archive.size, facts: .sample, floor: nil, now: site.now)
        try mine.sign(with: key)
        try site.release("one", "1.0.0", by: [key])

        var again = try site.author(of: "one")
        #expect(throws: EditError.self) { try again.resume(mine.file) }
        #expect(again.file.role.targets.keys.sorted() == ["apps/one/1.0.0.zip"])
    }

    @Test(arguments: ["app-", "app-1", "app-..", "app-a/b", "one", "root", "app-" + String(repeating: "a", count: 26)])
    func `a role is an app's only by a valid name`(_ role: String) { #expect(AppRole.app(of: role) == nil) }

    @Test(arguments: [
        "apps/one/1.0.zip", "apps/one/1.0.0", "apps/two/1.0.0.zip", "apps/one/../one/1.0.0.zip", "apps/one/1.0.0.zip/",
        "/apps/one/1.0.0.zip", "apps/one/a/1.0.0.zip", "apps/one/1.0.0.ZIP",
    ])
    func `a target is a version only by its whole path`(_ path: String) throws {
        #expect(AppRole.version(of: path, app: try AppName("one")) == nil)
    }
}
