import CenterRepository
import ElvesBus
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Testing

/// The center's half: what it takes, what it refuses, and what it renews.
@Suite struct CenterRepositoryTests {
    private let key = SigningKey()
    private let author = SigningKey()
    private let reviewer = SigningKey(.ecdsa)

    private func site(_ apps: String..., threshold: Int64 = 1) throws -> Site {
        var site = try Site(root: [key], targets: [key])
        let keys = threshold == 2 ? [author, reviewer] : [author]
        for app in apps {
            try site.editor.delegate(AppName(app), to: keys.map(\.publicKey), threshold: threshold, now: site.now)
        }
        _ = try site.editor.sign(with: key)
        try site.publish()
        return site
    }

    @Test func `a version is found from the moment it is signed for, by name and digest`() throws {
        var site = try Site(root: [key], targets: [key])
        #expect(try site.find("one", "1.0.0") == .noRepository)
        try site.publish()
        #expect(try site.find("one", "1.0.0") == .notDelegated)
        try site.editor.delegate(AppName("one"), to: [author.publicKey], threshold: 1, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()
        #expect(try site.find("one", "1.0.0") == .notNamed)

        try site.release("one", "1.0.0", by: [author])

        let archive = site.upload("one", "1.0.0")
        #expect(try site.find("one", "1.0.0") == .named(digest: archive.digest, size: archive.size))
        #expect(try site.find("one", "1.0.1") == .notNamed)
    }

    @Test func `where two must sign, one is not enough`() throws {
        var site = try site("one", threshold: 2)
        let archive = site.upload("one", "1.0.0")
        var first = try site.author(of: "one")
        try first.add(
            AppVersion("1.0.0"), digest: archive.digest, size: archive.size, facts: .sample, floor: nil, now: site.now)
        try first.sign(with: author)

        #expect(first.signatures.missing == 1)
        #expect(throws: RepositoryRefusal.self) { try site.send([("app-one", first.file.bytes)]) }
        #expect(try site.find("one", "1.0.0") == .notNamed)

        var second = try site.author(of: "one")
        try second.resume(SignedFile(parsing: first.file.bytes, name: "app-one"))
        try second.sign(with: reviewer)
        try site.send([("app-one", second.file.bytes)])
        #expect(try site.find("one", "1.0.0") == .named(digest: archive.digest, size: archive.size))
    }

    // MARK: Refusals

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let cause: String
        let send: @Sendable (inout Site, SigningKey, SigningKey) throws -> Void

        init(_ name: String, _ cause: String, _ send: @escaping @Sendable (inout Site, SigningKey, SigningKey) throws -> Void) {
            (testDescription, self.cause, self.send) = (name, cause, send)
        }
    }

    /// On a site with app `one` at 1.0.0. The keys are the site's own and the author's.
    static let rows: [Row] = [
        Row("no metadata at all", "not acceptable") { site, _, _ in try site.send([("app-one", Array("{}".utf8))]) },
        Row("a duplicate key in it", "not acceptable") { site, _, _ in
            try site.send([("targets", Array(#"{"signed":{},"signed":{},"signatures":[]}"#.utf8))])
        },
        Row("a role that is none", "\"app-\" is none of them") { site, _, _ in
            try site.send([("app-", site.center.targets?.bytes ?? [])])
        },
        Row("a timestamp", "\"timestamp\" is none of them") { site, _, _ in
            try site.send([("timestamp", site.center.timestamp?.bytes ?? [])])
        },
        Row("root as targets", "_type is \"root\"") { site, _, _ in try site.send([("targets", site.editor.root.bytes)]) },
        Row("an app nobody may sign", "nobody may sign two yet") { site, _, author in
            let file = try SignedFile(TargetsMetadata(header: site.header(1)), name: "app-two")
            try site.send([("app-two", file.adding(author.signature(of: file)).bytes)])
        },
        Row("an app signed by a stranger", "0 of the 1 signatures") { site, _, _ in
            let file = try SignedFile(TargetsMetadata(header: site.header(2)), name: "app-one")
            try site.send([("app-one", file.adding(SigningKey().signature(of: file)).bytes)])
        },
        Row("one app's metadata as another's", "0 of the 1 signatures") { site, key, _ in
            let stranger = SigningKey()
            try site.editor.delegate(AppName("two"), to: [stranger.publicKey], threshold: 1, now: site.now)
            _ = try site.editor.sign(with: key)
            try site.publish()
            let file = try SignedFile(TargetsMetadata(header: site.header(2)), name: "app-two")
            try site.send([("app-one", file.adding(stranger.signature(of: file)).bytes)])
        },
        Row("the version before, with other content", "the center has version 1") { site, _, author in
            let file = try SignedFile(TargetsMetadata(header: site.header(1, days: 3)), name: "app-one")
            try site.send([("app-one", file.adding(author.signature(of: file)).bytes)])
        },
        Row("a replay of targets", "the center has version 3") { site, key, _ in
            let old = site.editor.targets.bytes
            try site.editor.rotate(.targets, removing: [], adding: [], threshold: nil, now: site.now)
            _ = try site.editor.sign(with: key)
            try site.publish()
            try site.send([("targets", old)])
        },
        Row("metadata that has expired", "app-one\" version 2 expired") { site, _, author in
            let file = try SignedFile(TargetsMetadata(header: site.header(2, days: -1)), name: "app-one")
            try site.send([("app-one", file.adding(author.signature(of: file)).bytes)])
        },
        Row("an archive that is not here", "is not here (SHA-256") { site, _, author in
            var editor = try site.author(of: "one")
            try editor.add(
                AppVersion("2.0.0"), digest: Digest(bytes: 0..<32), size: 5, facts: .sample, floor: nil, now: site.now)
            try editor.sign(with: author)
            try site.send([("app-one", editor.file.bytes)])
        },
        Row("an archive of another size", "for an archive of 7 bytes") { site, _, author in
            let archive = site.upload("one", "2.0.0")
            var editor = try site.author(of: "one")
            try editor.add(
                AppVersion("2.0.0"), digest: archive.digest, size: 7, facts: .sample, floor: nil, now: site.now)
            try editor.sign(with: author)
            try site.send([("app-one", editor.file.bytes)])
        },
        Row("another app's archive", "names \"apps/two/1.0.0.zip\"") { site, _, author in
            var role = TargetsMetadata(header: site.header(2))
            let archive = site.upload("two", "1.0.0")
            role.targets["apps/two/1.0.0.zip"] = TargetFile(
                length: archive.size, digests: FileDigests(sha256: archive.digest))
            let file = try SignedFile(role, name: "app-one")
            try site.send([("app-one", file.adding(author.signature(of: file)).bytes)])
        },
        Row("a target that leads out", "names \"apps/one/../two/1.0.0.zip\"") { site, _, author in
            var role = TargetsMetadata(header: site.header(2))
            let archive = site.upload("two", "1.0.0")
            role.targets["apps/one/../two/1.0.0.zip"] = TargetFile(
                length: archive.size, digests: FileDigests(sha256: archive.digest))
            let file = try SignedFile(role, name: "app-one")
            try site.send([("app-one", file.adding(author.signature(of: file)).bytes)])
        },
        Row("targets signed by an author", "0 of the 1 signatures") { site, _, author in
            let file = try SignedFile(
                TargetsMetadata(header: site.header(3), delegations: site.editor.targets.role.delegations))
            try site.send([("targets", file.adding(author.signature(of: file)).bytes)])
        },
        Row("a root that the old keys did not sign", "0 of the 1 signatures that root version 1") { site, _, _ in
            let stranger = SigningKey()
            var root = site.editor.root.role
            root.header.version = 2
            root.keys[try stranger.publicKey.id()] = stranger.publicKey
            root.roles[.root] = RoleKeys(keyIDs: [try stranger.publicKey.id()], threshold: 1)
            let file = try SignedFile(root)
            try site.send([("root", file.adding(stranger.signature(of: file)).bytes)])
        },
        Row("a root of a version that is left out", "does not follow on version 1") { site, key, _ in
            var root = site.editor.root.role
            root.header.version = 3
            let file = try SignedFile(root)
            try site.send([("root", file.adding(key.signature(of: file)).bytes)])
        },
        Row("another first root", "the center has version 1") { site, _, _ in
            let stranger = SigningKey()
            let other = try Site(root: [stranger], targets: [stranger])
            try site.send([("root", other.editor.root.bytes)])
        },
        Row("a root that has expired", "root\" version 2 expired") { site, key, _ in
            var root = site.editor.root.role
            root.header = site.header(2, days: -1)
            let file = try SignedFile(root)
            try site.send([("root", file.adding(key.signature(of: file)).bytes)])
        },
        Row("a root without consistent snapshots", "must have consistent_snapshot") { site, key, _ in
            var root = site.editor.root.role
            root.header.version = 2
            root.consistentSnapshot = false
            let file = try SignedFile(root)
            try site.send([("root", file.adding(key.signature(of: file)).bytes)])
        },
        Row("a root with another online key", "must give snapshot to one key") { site, key, _ in
            try site.editor.rotate(.online, removing: [], adding: [SigningKey().publicKey], threshold: nil, now: site.now)
            _ = try site.editor.sign(with: key)
            try site.publish()
        },
        Row("new targets keys without targets that they signed", "0 of the 1 signatures that root version 2") {
            site, key, _ in
            let next = SigningKey()
            try site.editor.rotate(
                .targets, removing: [key.publicKey.id()], adding: [next.publicKey], threshold: nil, now: site.now)
            _ = try site.editor.sign(with: key)
            try site.send([("root", site.editor.root.bytes)])
        },
    ]

    @Test(arguments: rows)
    func `what a client would refuse is refused, and nothing changes`(_ row: Row) async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        let scratch = try ScratchFolder()
        let client = try site.newClient(in: scratch, "client")

        let refused = #expect(throws: RepositoryRefusal.self) { try row.send(&site, key, author) }

        #expect(refused.map { "\($0)" }?.contains(row.cause) == true, "\(refused.map { "\($0)" } ?? "")")
        let archive = site.upload("one", "1.0.0")
        #expect(try site.find("one", "1.0.0") == .named(digest: archive.digest, size: archive.size))
        #expect(try await site.look("one", "1.0.0", in: client) == archive.digest)
    }

    @Test func `a repository begins with root and targets together`() throws {
        var site = try Site(root: [key], targets: [key])
        let (root, targets) = (site.editor.root.bytes, site.editor.targets.bytes)

        #expect(throws: RepositoryRefusal.rootMissing) { try site.send([("targets", targets)]) }
        #expect(throws: RepositoryRefusal.targetsMissing) { try site.send([("root", root)]) }
        #expect(throws: RepositoryRefusal.rootGap(version: 2, current: 0)) {
            try site.editor.rotate(.root, removing: [], adding: [], threshold: nil, now: site.now)
            _ = try site.editor.sign(with: key)
            try site.send([("root", site.editor.root.bytes), ("targets", targets)])
        }
        try site.send([("root", root), ("targets", targets)])
        #expect(site.center.snapshot?.role.version == 1)
        // The same again is nothing new.
        try site.send([("root", root), ("targets", targets)])
        #expect(site.center.timestamp?.role.version == 1)
    }

    // MARK: Renewal

    @Test func `snapshot and timestamp are renewed when half of their time is over, and clients never notice`() async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        let scratch = try ScratchFolder()
        let client = try site.newClient(in: scratch, "client")
        try await site.refresh(client)

        #expect(try !site.renew())
        site.pass(.seconds(12 * 3600 - 1))
        #expect(try !site.renew())
        site.pass(.seconds(2))
        #expect(try site.renew())
        #expect([site.center.snapshot?.role.version, site.center.timestamp?.role.version] == [2, 3])
        #expect(try !site.renew())
        try await site.refresh(client)
        for _ in 0..<30 {
            site.pass(.seconds(11 * 3600))
            _ = try site.renew()
            try await site.refresh(client)
            #expect(try await site.look("one", "1.0.0", in: client) != nil)
        }
        #expect((3...5).contains(site.center.snapshot?.role.version ?? 0))
    }

    @Test func `a center that was away for a month is current again after one renewal`() async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        let scratch = try ScratchFolder()
        let client = try site.newClient(in: scratch, "client")
        try await site.refresh(client)
        site.pass(.seconds(30 * 86400))
        await #expect(throws: TrustError.self) { try await site.refresh(client) }

        #expect(try site.renew())

        try await site.refresh(client)
        #expect(try await site.look("one", "1.0.0", in: client) != nil)
    }

    @Test func `what authors signed expires, is told, and counts again when it is signed anew`() async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        // The targets are renewed meanwhile, the app is not.
        site.pass(.seconds(100 * 86400))
        try site.editor.rotate(.targets, removing: [], adding: [], threshold: nil, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()
        site.pass(.seconds(81 * 86400))
        _ = try site.renew()

        #expect(site.center.expiring(now: site.now).map { $0.prefix { $0 != " " } } == ["app-one"])
        guard case .refused(let reason) = try site.find("one", "1.0.0") else {
            Issue.record("1.0.0 is found though its metadata has expired")
            return
        }
        #expect(reason.contains("expired"))
        let view = site.center.view(now: site.now).roles.first { $0.role == "app-one" }
        #expect(view?.isExpired == true && view?.problem?.contains("expired") == true)

        var editor = try site.author(of: "one")
        try editor.renew(now: site.now)
        try editor.sign(with: author)
        try site.send([("app-one", editor.file.bytes)])
        let archive = site.upload("one", "1.0.0")
        #expect(try site.find("one", "1.0.0") == .named(digest: archive.digest, size: archive.size))
    }

    @Test func `the online key is exchanged by a root that names the center's new one`() async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        let scratch = try ScratchFolder()
        let client = try site.newClient(in: scratch, "client")
        try await site.refresh(client)
        let next = SigningKey()
        site.center.onlineKeys.append(next)
        #expect(try !site.renew())

        try site.editor.rotate(.online, removing: [], adding: [next.publicKey], threshold: nil, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()

        #expect(try site.center.timestamp?.signatures.map(\.keyID) == [next.publicKey.id()])
        #expect(try await site.look("one", "1.0.0", in: client) != nil)
        let fresh = try site.newClient(in: scratch, "fresh")
        #expect(try await site.look("one", "1.0.0", in: fresh) != nil)
    }

    @Test func `a center from a backup is refused until its online key is exchanged`() async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        let backup = site
        for number in 1...5 { try site.release("one", "1.0.\(number)", by: [author]) }
        let scratch = try ScratchFolder()
        let client = try site.newClient(in: scratch, "client")
        #expect(try await site.look("one", "1.0.5", in: client) != nil)

        site = backup
        await #expect(throws: TrustError.self) { try await site.refresh(client) }
        let next = SigningKey()
        site.center.onlineKeys.append(next)
        try site.editor.rotate(.online, removing: [], adding: [next.publicKey], threshold: nil, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()

        #expect(try await site.look("one", "1.0.0", in: client) != nil)
        await #expect(throws: TrustError.noSuchTarget("apps/one/1.0.5.zip")) {
            try await site.look("one", "1.0.5", in: client)
        }
    }

    @Test func `new authors leave behind what the old ones signed`() async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        let next = SigningKey()
        try site.editor.delegate(AppName("one"), to: [next.publicKey], threshold: 1, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()

        guard case .refused = try site.find("one", "1.0.0") else {
            Issue.record("1.0.0 is found though its author may not sign any more")
            return
        }
        #expect(try site.author(of: "one").leftBehind)
        try site.release("one", "1.1.0", by: [next])
        #expect(try site.find("one", "1.0.0") == .notNamed)
        #expect(site.center.apps[try AppName("one")]?.role.version == 2)
        #expect(throws: EditError.self) { try site.release("one", "1.2.0", by: [author]) }
    }

    @Test func `an app that was revoked is not found by anybody, and may come back`() async throws {
        var site = try site("one")
        try site.release("one", "1.0.0", by: [author])
        let scratch = try ScratchFolder()
        let client = try site.newClient(in: scratch, "client")
        try await site.refresh(client)
        try site.editor.revoke(AppName("one"), now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()

        #expect(try site.find("one", "1.0.0") == .notDelegated)
        await #expect(throws: TrustError.noSuchTarget("apps/one/1.0.0.zip")) {
            try await site.look("one", "1.0.0", in: client)
        }
        try site.editor.delegate(AppName("one"), to: [author.publicKey], threshold: 1, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()
        #expect(try await site.look("one", "1.0.0", in: client) != nil)
    }
}

extension Site {
    func header(_ version: Int64, days: Int64 = 30) -> RoleHeader {
        RoleHeader(version: version, expires: ExpiryTime(seconds: now.seconds + days * 86400))
    }
}
