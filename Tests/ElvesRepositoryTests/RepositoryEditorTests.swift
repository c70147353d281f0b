import ElvesModel
import ElvesRepository
import ElvesTUF
import Testing

/// The offline half: thresholds, chains of roots, delegations, and what is refused.
@Suite struct RepositoryEditorTests {
    private let a = SigningKey()
    private let b = SigningKey(.ecdsa)
    private let c = SigningKey()
    private let stranger = SigningKey()
    private let now = Site.start

    private func editor(root: [SigningKey], _ threshold: Int64, targets: [SigningKey], _ ofTargets: Int64 = 1) throws
        -> RepositoryEditor
    {
        try RepositoryEditor(
            rootKeys: root.map(\.publicKey), rootThreshold: threshold, targetsKeys: targets.map(\.publicKey),
            targetsThreshold: ofTargets, onlineKey: stranger.publicKey, now: now)
    }

    @Test func `a role is complete when as many keys as its threshold have signed`() throws {
        var editor = try editor(root: [a, b, c], 2, targets: [a, b], 2)

        #expect(editor.status.map(\.isComplete) == [false, false])
        #expect(throws: EditError.self) { try editor.complete() }
        #expect(try editor.sign(with: a) == ["root", "targets"])
        #expect(editor.status.flatMap { $0.signatures.map(\.missing) } == [1, 1])
        #expect(try editor.sign(with: a) == [])
        #expect(try editor.sign(with: c) == ["root"])
        #expect(editor.status.map(\.isComplete) == [true, false])
        #expect(try editor.sign(with: b) == ["targets"])
        #expect(editor.status.map(\.isComplete) == [true, true])
        // A complete version may be published already: nothing is added to it.
        #expect(editor.root.signatures.count == 2)
        #expect(throws: EditError.keySignsNothing(try stranger.publicKey.id())) { try editor.sign(with: stranger) }
    }

    @Test func `a new root needs the signatures of the old one as well as its own`() throws {
        var editor = try editor(root: [a, b], 2, targets: [a])
        for key in [a, b] { _ = try editor.sign(with: key) }

        try editor.rotate(
            .root, removing: [a.publicKey.id(), b.publicKey.id()], adding: [c.publicKey], threshold: 1, now: now)

        #expect(editor.root.role.version == 2)
        _ = try editor.sign(with: c)
        #expect(editor.status[0].signatures.map(\.missing) == [2, 0])
        _ = try editor.sign(with: a)
        #expect(!editor.status[0].isComplete)
        _ = try editor.sign(with: b)
        #expect(editor.status[0].isComplete)
        #expect(try editor.complete().roots.map(\.role.version) == [1, 2])
    }

    @Test func `a change to what awaits signatures stays in its version and drops those it has`() throws {
        var editor = try editor(root: [a], 1, targets: [a, b], 2)
        _ = try editor.sign(with: a)

        try editor.delegate(AppName("one"), to: [c.publicKey], threshold: 1, now: now)
        #expect(editor.targets.role.version == 1)
        #expect(editor.targets.signatures == [])

        for key in [a, b] { _ = try editor.sign(with: key) }
        try editor.delegate(AppName("two"), to: [c.publicKey], threshold: 1, now: now)
        #expect(editor.targets.role.version == 2)
        #expect(editor.delegations.map(\.name) == ["app-one", "app-two"])
    }

    @Test func `new targets keys bring targets that they must sign`() throws {
        var editor = try editor(root: [a], 1, targets: [a])
        _ = try editor.sign(with: a)

        try editor.rotate(.targets, removing: [a.publicKey.id()], adding: [b.publicKey], threshold: nil, now: now)

        #expect(editor.root.role.version == 2)
        #expect(editor.targets.role.version == 2)
        #expect(try editor.sign(with: a) == ["root"])
        #expect(try editor.sign(with: b) == ["targets"])
        #expect(editor.status.map(\.isComplete) == [true, true])
    }

    @Test func `rotating without keys renews what would expire`() throws {
        var editor = try editor(root: [a], 1, targets: [a])
        _ = try editor.sign(with: a)
        let later = Timestamp(microseconds: now.microseconds + 86_400_000_000)

        try editor.rotate(.root, removing: [], adding: [], threshold: nil, now: later)
        try editor.rotate(.targets, removing: [], adding: [], threshold: nil, now: later)

        #expect(editor.root.role.expires == Lifetime.expiry(Lifetime.root, from: later))
        #expect(editor.targets.role.expires == Lifetime.expiry(Lifetime.targets, from: later))
        #expect([editor.root.role.version, editor.targets.role.version] == [2, 2])
    }

    @Test func `a key that no role uses any more leaves the metadata`() throws {
        var editor = try editor(root: [a], 1, targets: [a])
        _ = try editor.sign(with: a)
        try editor.delegate(AppName("one"), to: [b.publicKey, c.publicKey], threshold: 2, now: now)
        #expect(editor.targets.role.delegations?.keys.count == 2)

        try editor.delegate(AppName("one"), to: [c.publicKey], threshold: 1, now: now)
        #expect(editor.targets.role.delegations?.keys.keys.sorted() == [try c.publicKey.id()])
        try editor.revoke(AppName("one"), now: now)
        #expect(editor.targets.role.delegations?.keys.isEmpty == true)
        #expect(editor.delegations.isEmpty)
    }

    @Test func `what cannot be is refused and changes nothing`() throws {
        var editor = try editor(root: [a, b], 2, targets: [a])
        for key in [a, b] { _ = try editor.sign(with: key) }
        let (root, targets) = (editor.root.bytes, editor.targets.bytes)
        let (idA, app) = (try a.publicKey.id(), try AppName("one"))

        let refusals: [(EditError, (inout RepositoryEditor) throws -> Void)] = [
            (
                .thresholdOutOfRange(role: "root", threshold: 3, keys: 2),
                { try $0.rotate(.root, removing: [], adding: [], threshold: 3, now: self.now) }
            ),
            (
                .thresholdOutOfRange(role: "root", threshold: 0, keys: 2),
                { try $0.rotate(.root, removing: [], adding: [], threshold: 0, now: self.now) }
            ),
            // The threshold of two stays, and one key is left.
            (
                .thresholdOutOfRange(role: "root", threshold: 2, keys: 1),
                { try $0.rotate(.root, removing: [idA], adding: [], threshold: nil, now: self.now) }
            ),
            (
                .keyIsThere(role: "root", key: idA),
                { try $0.rotate(.root, removing: [], adding: [self.a.publicKey], threshold: nil, now: self.now) }
            ),
            (
                .keyIsNotThere(role: "targets", key: "00ff"),
                { try $0.rotate(.targets, removing: ["00ff"], adding: [], threshold: nil, now: self.now) }
            ),
            (
                .noKeys(role: "targets"),
                { try $0.rotate(.targets, removing: [idA], adding: [], threshold: nil, now: self.now) }
            ),
            (.onlineKeyNeeded, { try $0.rotate(.online, removing: [], adding: [], threshold: nil, now: self.now) }),
            (.noKeys(role: "app-one"), { try $0.delegate(app, to: [], threshold: 1, now: self.now) }),
            (
                .thresholdOutOfRange(role: "app-one", threshold: 2, keys: 1),
                { try $0.delegate(app, to: [self.c.publicKey, self.c.publicKey], threshold: 2, now: self.now) }
            ),
            (.notDelegated(app), { try $0.revoke(app, now: self.now) }),
        ]
        for (expected, move) in refusals {
            #expect(throws: expected) { try move(&editor) }
            #expect(editor.root.bytes == root && editor.targets.bytes == targets, "\(expected)")
        }
    }

    @Test func `a repository that was carried elsewhere is taken up, and a gap in it is found`() throws {
        var editor = try editor(root: [a], 1, targets: [a])
        _ = try editor.sign(with: a)
        try editor.rotate(.root, removing: [], adding: [b.publicKey], threshold: 2, now: now)

        var again = try RepositoryEditor(
            roots: editor.roots.map { try SignedFile(parsing: $0.bytes) }, targets: SignedFile(parsing: editor.targets.bytes))
        for key in [a, b] { _ = try again.sign(with: key) }

        #expect(again.status[0].isComplete)
        #expect(throws: EditError.self) { try RepositoryEditor(roots: [again.roots[1]], targets: again.targets) }
        #expect(throws: EditError.self) { try RepositoryEditor(roots: [], targets: again.targets) }
        // Signed by nobody, and yet it has a successor.
        let unsigned = try SignedFile(again.roots[0].role)
        #expect(throws: EditError.self) { try RepositoryEditor(roots: [unsigned, again.roots[1]], targets: again.targets) }
    }
}
