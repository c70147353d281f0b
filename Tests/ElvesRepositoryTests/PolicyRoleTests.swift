import CenterRepository
import Crypto
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Foundation
import Testing

/// What operators may grant: who signs it, what a center takes of it, and what clients find.
@Suite struct PolicyRoleTests {
    private let key = SigningKey()
    private let signer = SigningKey()
    private let path = "policy/grants.yaml"
    private static let grants = """
        schema: elves.grants/v1
        version: 1
        summary: what the fleet may grant
        apps:
          - {name: one, grants: ["read:/srv"], reason: it reports on /srv, approvedBy: ops}

        """

    private func site(threshold: Int64 = 1, _ signers: SigningKey...) throws -> Site {
        var site = try Site.published(key, apps: "one")
        let keys = signers.isEmpty ? [signer] : signers
        try site.editor.delegatePolicy(to: keys.map(\.publicKey), threshold: threshold, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()
        return site
    }

    private func digest(_ text: String) -> ElvesModel.Digest {
        ElvesModel.Digest(bytes: SHA256.hash(data: Array(text.utf8)))
    }

    /// What a signer goes on from, with a file in it.
    private func editor(_ site: Site, _ text: String = grants) throws -> PolicyRoleEditor {
        let targets = try #require(site.center.targets).role
        var editor = try PolicyRoleEditor(targets: targets, current: site.center.policy?.file, now: site.now)
        try editor.put("grants.yaml", digest: digest(text), size: text.utf8.count, now: site.now)
        return editor
    }

    private func publish(_ text: String = grants, to site: inout Site) throws {
        var editor = try editor(site, text)
        try editor.sign(with: signer)
        try site.send(policy: editor.file, files: [path: text])
    }

    private func look(_ site: Site, in folder: TrustedFolder) async throws -> String {
        let client = try RepositoryClient(folder: folder, fetcher: ServedFiles(files: site.served), now: site.now)
        return String(decoding: try await client.content(of: path, limit: 65536).bytes, as: UTF8.self)
    }

    @Test func `clients find what was signed last, and no state before it`() async throws {
        var site = try site()
        let scratch = try ScratchFolder()
        let client = try site.newClient(in: scratch, "client")
        await #expect(throws: TrustError.self) { try await look(site, in: client) }
        try publish(to: &site)
        #expect(try await look(site, in: client) == Self.grants)
        let before = site

        let next = Self.grants.replacing("version: 1", with: "version: 2")
        try publish(next, to: &site)

        #expect(try await look(site, in: client) == next)
        await #expect(throws: TrustError.self) { try await look(before, in: client) }
        #expect(throws: RepositoryRefusal.outdated(role: "policy", version: 1, current: 2)) {
            try site.send(policy: try #require(before.center.policy).file, files: [path: Self.grants])
        }
    }

    @Test func `a center takes nothing that an agent could not use`() throws {
        let site = try site()
        func refusal(_ text: String?, path: String = "policy/grants.yaml", signed: TargetFile) throws -> RepositoryRefusal? {
            var copy = site
            let role = TargetsMetadata(header: site.header(1), targets: [path: signed])
            let file = try SignedFile(role, name: "policy")
            let complete = file.adding(try signer.signature(of: file))
            do { try copy.send(policy: complete, files: text.map { [path: $0] } ?? [:]) } catch let error as RepositoryRefusal {
                #expect(copy.center.policy == nil)
                return error
            }
            return nil
        }
        func target(_ text: String, length: Int? = nil) -> TargetFile {
            TargetFile(length: Int64(length ?? text.utf8.count), digests: FileDigests(sha256: digest(text)))
        }

        #expect(try refusal(Self.grants, signed: target(Self.grants)) == nil)
        #expect(try refusal(nil, signed: target(Self.grants)) == .policyMissing(path: path))
        #expect(try refusal(Self.grants + "#", signed: target(Self.grants)) == .policyDiffers(path: path))
        #expect(
            try refusal(Self.grants, signed: target(Self.grants, length: 1 << 17))
                == .policyTooLong(path: path, bytes: 1 << 17))
        for other in ["policy/python.json", "policy/../x", "apps/one/1.0.0.zip"] {
            #expect(
                try refusal(Self.grants, path: other, signed: target(Self.grants))
                    == .strangeTarget(role: "policy", path: other))
        }
        let unknown = Self.grants.replacing("summary:", with: "sumary:")
        let bad = try refusal(unknown, signed: target(unknown))
        #expect(bad?.description.contains("policy/grants.yaml:3:1") == true, "\(bad.debugDescription)")
        #expect(bad?.description.contains("sumary") == true, "\(bad.debugDescription)")
    }

    @Test func `only who the targets name may sign, and as many as must`() throws {
        let second = SigningKey()
        var site = try site(threshold: 2, signer, second)
        var editor = try self.editor(site)
        #expect(throws: EditError.self) { try editor.sign(with: key) }
        try editor.sign(with: signer)
        #expect(editor.signatures.missing == 1)
        let half = editor.file
        #expect(throws: RepositoryRefusal.self) { try site.send(policy: half, files: [path: Self.grants]) }

        // The second signer takes up what the first has signed, and names the same file.
        var other = try self.editor(site)
        try other.resume(half)
        try other.put("grants.yaml", digest: digest(Self.grants), size: Self.grants.utf8.count, now: site.now)
        try other.sign(with: second)
        #expect(other.signatures.missing == 0)
        try site.send(policy: other.file, files: [path: Self.grants])
        #expect(try !self.editor(site).isNew, "the same again is nothing new")

        try site.editor.revokePolicy(now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()
        #expect(throws: EditError.policyNotDelegated) { try self.editor(site) }
        let view = site.center.view(now: site.now).roles.first { $0.role == "policy" }
        #expect(view?.problem?.contains("nobody may sign") == true)
    }

    @Test func `nobody signs a policy without a delegation, and no file that agents do not read`() throws {
        let plain = try Site.published(key, apps: "one")
        #expect(throws: EditError.policyNotDelegated) { try self.editor(plain) }
        let site = try site()
        var editor = try self.editor(site)
        let file = editor.file
        #expect(throws: EditError.strangePolicy("python.yaml")) {
            try editor.put("python.yaml", digest: digest(""), size: 0, now: site.now)
        }
        #expect(throws: EditError.policyTooLong("grants.yaml", bytes: 65537)) {
            try editor.put("grants.yaml", digest: digest(""), size: 65537, now: site.now)
        }
        #expect(editor.file.bytes == file.bytes)
        #expect(throws: EditError.noKeys(role: "policy")) {
            var editor = site.editor
            try editor.delegatePolicy(to: [], threshold: 1, now: site.now)
        }
    }

    @Test func `a center says at once what is above the ceiling, as long as the ceiling counts`() throws {
        var site = try site()
        let app = try AppName("one")
        let (within, above) = (try Grant("read:/srv/data"), try Grant("read:/etc"))
        #expect(site.center.refusal(of: [above], for: app, now: site.now) == nil, "nothing is signed yet")
        try publish(to: &site)

        #expect(site.center.refusal(of: [within], for: app, now: site.now) == nil)
        #expect(
            site.center.refusal(of: [within, above], for: app, now: site.now)
                == "read:/etc is above what the signed grants.yaml lets one have: whoever signs it can raise that")
        #expect(site.center.refusal(of: [within], for: try AppName("two"), now: site.now) != nil)
        site.pass(.seconds(181 * 86400))
        #expect(site.center.refusal(of: [above], for: app, now: site.now) == nil)
        #expect(site.center.expiring(now: site.now).contains { $0.hasPrefix("policy expires") })
    }

    @Test func `a policy is on the disk of a center before it counts, and damage is named`() throws {
        let before = try site()
        var after = before
        try publish(to: &after)
        let scratch = try ScratchFolder()
        let place = scratch.file("metadata")
        let keys = before.center.onlineKeys
        let folder = try MetadataFolder(path: place)
        try folder.save(before.center, after: RepositoryState(onlineKeys: keys))
        try folder.save(after.center, after: before.center)

        let found = try #require(try folder.load(onlineKeys: keys))
        #expect(found.policy?.contents == ["grants.yaml": Array(Self.grants.utf8)])
        #expect(found.policy?.file.bytes == after.center.policy?.file.bytes)
        #expect(found.policy?.ceiling == after.center.policy?.ceiling && found.policy?.ceiling != nil)

        // A second policy replaces the first one's file.
        var next = after
        try publish(Self.grants + "# more\n", to: &next)
        try folder.save(next.center, after: after.center)
        let files = try FileManager.default.contentsOfDirectory(atPath: place).filter { $0.hasSuffix(".yaml") }
        #expect(files == ["\(digest(Self.grants + "# more\n").hex).policy.yaml"])
        try Data("other".utf8).write(to: URL(filePath: "\(place)/\(files[0])"))
        let damage = #expect(throws: DamagedRepository.self) { try folder.load(onlineKeys: keys) }
        #expect(damage?.file.hasSuffix(files[0]) == true)
    }
}
