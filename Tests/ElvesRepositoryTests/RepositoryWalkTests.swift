import CenterRepository
import ElvesBus
import ElvesModel
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Foundation
import Testing

/// Random lives of a repository: whatever is done in whatever order, every client accepts what is served, and finds exactly the
/// versions that the center says are signed.
@Suite struct RepositoryWalkTests {
    @Test(arguments: 1...12)
    func `every client accepts every state, while time passes`(seed: UInt64) async throws {
        var walk = try Walk(seed: seed, now: Site.start, movesTime: true)
        let scratch = try ScratchFolder()
        var kept: TrustedFolder?
        for step in 0..<60 {
            walk.move()
            guard walk.site.center.root != nil else { continue }
            let fresh = try walk.site.newClient(in: scratch, "fresh-\(step)")
            if kept == nil { kept = try walk.site.newClient(in: scratch, "kept") }
            for client in [fresh, kept].compactMap({ $0 }) {
                for (app, version) in walk.released {
                    try await walk.compare(app, version, client, "seed \(seed), step \(step)")
                }
            }
        }
        #expect(walk.accepted > 5 && walk.refused > 0, "\(walk.log)")
    }

    @Test(arguments: 101...103)
    func `python-tuf accepts every state`(seed: UInt64) async throws {
        // Its clock cannot be set: the walk stays in this hour.
        var walk = try Walk(seed: seed, now: Clocks.systemWall(), movesTime: false)
        let scratch = try ScratchFolder()
        var steps: [PythonClient.Step] = []
        var expected: [[String?]] = []
        for step in 0..<60 {
            walk.move()
            guard walk.site.center.root != nil else { continue }
            let folder = try scratch.makeFolder("served-\(step)")
            for (resource, bytes) in walk.site.served {
                try scratch.write("served-\(step)/\(resource.urlPath)", bytes)
            }
            steps.append(
                PythonClient.Step(
                    metadata: folder, root: "\(folder)/1.root.json",
                    targets: walk.released.map { "apps/\($0)/\($1).zip" }))
            expected.append(try walk.released.map { try walk.digest($0, $1)?.hex })
        }

        let answers = try await PythonClient.look(steps, scratch)

        #expect(answers.count == steps.count && steps.count > 30)
        for (index, answer) in answers.enumerated() {
            for look in [answer.fresh, answer.kept] {
                guard case .found(let found) = look, found.count == expected[index].count else {
                    Issue.record("seed \(seed), step \(index): \(look); \(walk.log)")
                    continue
                }
                for (target, pair) in zip(steps[index].targets, zip(found, expected[index])) {
                    let isFound = pair.0 == pair.1
                    // A role that today's authors did not sign is an error there, and nothing that could be installed.
                    let isRefused = pair.1 == nil && pair.0?.contains("Error: ") == true
                    #expect(isFound || isRefused, "seed \(seed), step \(index), \(target): \(pair)")
                }
            }
        }
    }
}

/// One random life.
private struct Walk {
    var site: Site
    private(set) var released: [(String, String)] = []
    private(set) var accepted = 0
    private(set) var refused = 0
    private(set) var log: [String] = []
    private var random: SplitMix
    private let movesTime: Bool
    private let keys: [SigningKey] = (0..<6).map { SigningKey($0 % 3 == 2 ? .ecdsa : .ed25519) }

    init(seed: UInt64, now: Timestamp, movesTime: Bool) throws {
        random = SplitMix(state: seed)
        self.movesTime = movesTime
        site = try Site(root: [keys[0]], targets: [keys[1]], now: now)
    }

    /// Does one thing, which may be refused.
    mutating func move() {
        let choice = Int.random(in: 0..<(movesTime ? 15 : 12), using: &random)
        do {
            switch choice {
            case 0: try rotate(.root)
            case 1: try rotate(.targets)
            case 2:
                site.center.onlineKeys.append(SigningKey())
                let key = site.center.onlineKeys[site.center.onlineKeys.count - 1]
                try site.editor.rotate(.online, removing: [], adding: [key.publicKey], threshold: nil, now: site.now)
            case 3, 4: try delegate()
            case 5: try site.editor.revoke(AppName(app()), now: site.now)
            case 6, 7: try signAll()
            case 8:
                try signAll()
                try site.publish()
            case 9, 10, 11: try release()
            case 12, 13: site.pass(.seconds(Int.random(in: 1...20 * 3600, using: &random)))
            default: site.pass(.seconds(Int.random(in: 1...9 * 86400, using: &random)))
            }
            log.append("\(choice)")
            accepted += 1
        } catch {
            log.append("\(choice): \(error)")
            refused += 1
        }
        // The center looks every few minutes. Offline keys are brought out before their time is over.
        _ = try? site.renew()
        if site.editor.targets.role.expires < Lifetime.expiry(.seconds(20 * 86400), from: site.now) { renewOffline() }
    }

    private mutating func renewOffline() {
        do {
            for role in [RepositoryEditor.Role.root, .targets] {
                try site.editor.rotate(role, removing: [], adding: [], threshold: nil, now: site.now)
            }
            try signAll()
            try site.publish()
            log.append("renewed")
        } catch {
            log.append("renewal: \(error)")
        }
    }

    private mutating func rotate(_ role: RepositoryEditor.Role) throws {
        let type: RoleType = role == .root ? .root : .targets
        let ids = site.editor.root.role.roles[type]?.keyIDs ?? []
        let removed = ids.filter { _ in Bool.random(using: &random) }
        let added = try keys.map(\.publicKey).filter { key in
            try Bool.random(using: &random) && !ids.contains(key.id())
        }
        let count = Int64(ids.count - removed.count + added.count)
        let threshold = count > 0 && Bool.random(using: &random) ? Int64.random(in: 1...count, using: &random) : nil
        try site.editor.rotate(role, removing: removed, adding: added, threshold: threshold, now: site.now)
    }

    private mutating func delegate() throws {
        let authors = keys.map(\.publicKey).filter { _ in Int.random(in: 0..<3, using: &random) == 0 }
        let threshold = Int64.random(in: 1...max(1, Int64(authors.count)), using: &random)
        try site.editor.delegate(AppName(app()), to: authors, threshold: threshold, now: site.now)
    }

    private mutating func signAll() throws {
        for key in keys.shuffled(using: &random) { _ = try? site.editor.sign(with: key) }
    }

    /// Signs with all keys that may, or with one of them, which may be too few.
    private mutating func release() throws {
        let (app, version) = (app(), "1.\(released.count).0")
        let authority = try site.author(of: app).signatures
        var authors = try keys.filter { try authority.keyIDs.contains($0.publicKey.id()) }
        if Int.random(in: 0..<4, using: &random) == 0 { authors = Array(authors.prefix(1)) }
        released.append((app, version))
        try site.release(app, version, by: authors)
    }

    private mutating func app() -> String { ["one", "two", "three"].randomElement(using: &random) ?? "one" }

    // MARK: What a client must find

    /// The digest by the center's word.
    func digest(_ app: String, _ version: String) throws -> Digest? {
        if case .named(let digest, _) = try site.find(app, version) { digest } else { nil }
    }

    func compare(_ app: String, _ version: String, _ client: TrustedFolder, _ place: String) async throws {
        try await site.refresh(client)
        let expected = try digest(app, version)
        do {
            #expect(try await site.look(app, version, in: client) == expected, "\(place): \(app) \(version); \(log)")
        } catch let error as TrustError {
            #expect(expected == nil, "\(place): \(app) \(version): \(error); \(log)")
        }
    }
}

/// A small generator that a seed replays.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
