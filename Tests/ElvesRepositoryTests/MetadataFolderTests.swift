import CenterRepository
import ElvesModel
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Foundation
import Testing

/// The center's files: whatever ends between two steps of a change leaves what was served before it.
@Suite struct MetadataFolderTests {
    private let key = SigningKey()

    private struct Died: Error {}

    @Test func `a process that dies at any step of a change leaves the state before it or the one after it`() async throws {
        let (before, after, keys) = try change()
        let counted = try stepsOfChange(before, after, keys)
        #expect(counted.count >= 8, "\(counted)")

        for (index, name) in counted.enumerated() {
            let scratch = try ScratchFolder()
            let folder = try MetadataFolder(path: scratch.file("metadata"))
            try folder.save(before.center, after: RepositoryState(onlineKeys: keys))
            var count = 0
            #expect(throws: Died.self) {
                try folder.save(after.center, after: before.center) { _ in
                    if count == index { throw Died() }
                    count += 1
                }
            }

            let found = try #require(try MetadataFolder(path: scratch.file("metadata")).load(onlineKeys: keys))

            let expected = name == "tidying" ? after.center : before.center
            #expect(found.bytes == expected.bytes, "died before \(name)")
            // What was left half done is no hindrance.
            try folder.save(after.center, after: found)
            #expect(try folder.load(onlineKeys: keys)?.bytes == after.center.bytes, "died before \(name)")
            var site = after
            site.center = try #require(try folder.load(onlineKeys: keys))
            let client = try site.newClient(in: scratch, "client")
            #expect(try await site.look("two", "1.0.0", in: client) != nil)
        }
    }

    /// A change that touches every kind of file: new root and targets keys, an app's first version.
    private func change() throws -> (before: Site, after: Site, keys: [SigningKey]) {
        let before = try Site.published(key, apps: "one", "two")
        var after = before
        let next = SigningKey()
        try after.editor.rotate(
            .targets, removing: [key.publicKey.id()], adding: [next.publicKey], threshold: nil, now: after.now)
        try after.editor.rotate(.root, removing: [], adding: [next.publicKey], threshold: 1, now: after.now)
        for signer in [key, next] { _ = try after.editor.sign(with: signer) }
        let archive = after.upload("two", "1.0.0")
        var author = try after.author(of: "two")
        try author.add(
            AppVersion("1.0.0"), digest: archive.digest, size: archive.size, facts: .sample, floor: nil, now: after.now)
        try author.sign(with: key)
        let complete = try after.editor.complete()
        try after.send(
            complete.roots.map { ("root", $0.bytes) } + [
                ("targets", complete.targets.bytes), ("app-two", author.file.bytes),
            ])
        return (before, after, before.center.onlineKeys)
    }

    private func stepsOfChange(_ before: Site, _ after: Site, _ keys: [SigningKey]) throws -> [String] {
        let scratch = try ScratchFolder()
        let folder = try MetadataFolder(path: scratch.file("metadata"))
        try folder.save(before.center, after: RepositoryState(onlineKeys: keys))
        var steps: [String] = []
        try folder.save(after.center, after: before.center) { steps.append($0) }
        return withExtendedLifetime(scratch) { steps }
    }

    @Test func `of old versions the last ten are kept, and of roots all`() throws {
        let scratch = try ScratchFolder()
        let folder = try MetadataFolder(path: scratch.file("metadata"))
        var site = try Site.published(key, apps: "one")
        try folder.save(site.center, after: RepositoryState(onlineKeys: site.center.onlineKeys))
        for number in 0..<15 {
            let before = site.center
            try site.editor.rotate(.root, removing: [], adding: [], threshold: nil, now: site.now)
            _ = try site.editor.sign(with: key)
            try site.publish()
            try site.release("one", "1.0.\(number)", by: [key])
            try folder.save(site.center, after: before)
        }

        let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("metadata"))
        #expect(names.count { $0.hasSuffix(".root.json") } == 16)
        // Every second snapshot was never saved.
        #expect(names.count { $0.hasSuffix(".snapshot.json") } == 6)
        #expect(names.filter { $0.hasSuffix(".app-one.json") }.count == 11)
        #expect(names.count { $0.hasSuffix(".timestamp.json") } == 1)
    }

    @Test func `a damaged folder is told by its file, and serves nothing`() throws {
        let scratch = try ScratchFolder()
        let path = scratch.file("metadata")
        let folder = try MetadataFolder(path: path)
        let site = try Site.published(key, apps: "one")
        #expect(try folder.load(onlineKeys: site.center.onlineKeys) == nil)
        try folder.save(site.center, after: RepositoryState(onlineKeys: site.center.onlineKeys))

        for name in ["1.root.json", "2.targets.json", "1.snapshot.json", "1.timestamp.json", "current.json"] {
            let whole = bytes(of: "\(path)/\(name)")
            try Data(whole.dropLast(9)).write(to: URL(filePath: "\(path)/\(name)"))
            let refused = #expect(throws: DamagedRepository.self) { try folder.load(onlineKeys: site.center.onlineKeys) }
            #expect(refused?.file.hasSuffix("/\(name)") == true)
            try Data(whole).write(to: URL(filePath: "\(path)/\(name)"))
        }
        #expect(try folder.load(onlineKeys: site.center.onlineKeys)?.bytes == site.center.bytes)
    }
}

extension RepositoryState {
    /// All that it serves, to be compared.
    fileprivate var bytes: [[UInt8]] {
        roots.map(\.bytes) + [targets?.bytes, snapshot?.bytes, timestamp?.bytes].compactMap { $0 }
            + apps.sorted { $0.key < $1.key }.map(\.value.bytes)
    }
}
