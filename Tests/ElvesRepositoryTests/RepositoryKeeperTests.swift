import CenterRepository
import ElvesBus
import ElvesModel
import ElvesProtocol
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Logging
import Synchronization
import Testing

/// The repository as a component: timers, bus and disk.
@Suite struct RepositoryKeeperTests {
    /// A center's repository with time in the test's hand.
    private final class Rig: Sendable {
        let scratch: ScratchFolder
        let bus = InMemoryBus()
        let now = Mutex(Site.start)
        private let fires = AsyncStream<@Sendable () -> Void>.makeStream()

        init() throws { scratch = try ScratchFolder() }

        func keeper() throws -> RepositoryKeeper {
            let start = now.withLock { $0 }
            let keeper = try RepositoryKeeper(
                path: scratch.file("repository"), bus: bus,
                clocks: Clocks(
                    wall: { self.now.withLock { $0 } },
                    monotonic: { .microseconds(self.now.withLock { $0.microseconds } - start.microseconds) }),
                timers: Timers { _, fire in
                    self.fires.continuation.yield(fire)
                    return {}
                }, randomness: .system, log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            keeper.attach()
            return keeper
        }

        /// What fires the next look; the look before has ended when it is there.
        func nextFire() async -> (@Sendable () -> Void)? {
            var iterator = fires.stream.makeAsyncIterator()
            return await iterator.next()
        }

        func pass(_ time: Duration) {
            now.withLock { $0 = Timestamp(microseconds: $0.microseconds + time.milliseconds * 1000) }
        }

        func stored() throws -> RepositoryState? {
            try MetadataFolder(path: scratch.file("repository/metadata")).load(onlineKeys: [onlineKey()])
        }

        func onlineKey() throws -> SigningKey {
            try SigningKey(pem: text(of: scratch.file("repository/keys/online-1.key")), passphrase: nil)
        }
    }

    @Test func `what is served is renewed at a look when it is due, and is on the disk`() async throws {
        let rig = try Rig()
        let keeper = try rig.keeper()
        let service = Task { try await keeper.run() }
        let first = await rig.nextFire()
        #expect(try rig.stored() == nil)

        let key = SigningKey()
        var editor = try RepositoryEditor(
            rootKeys: [key.publicKey], rootThreshold: 1, targetsKeys: [key.publicKey], targetsThreshold: 1,
            onlineKey: rig.onlineKey().publicKey, now: Site.start)
        _ = try editor.sign(with: key)
        try await keeper.take([
            RoleText(role: "root", text: String(decoding: editor.root.bytes, as: UTF8.self)),
            RoleText(role: "targets", text: String(decoding: editor.targets.bytes, as: UTF8.self)),
        ])
        #expect(try rig.stored()?.timestamp?.role.version == 1)
        #expect(
            try await rig.bus.call(FindTrustRoot(), trace: TraceID("T"))
                == String(decoding: editor.root.bytes, as: UTF8.self))

        rig.pass(.seconds(3600))
        first?()
        let second = await rig.nextFire()
        #expect(try rig.stored()?.timestamp?.role.version == 1)
        rig.pass(.seconds(12 * 3600))
        second?()
        _ = await rig.nextFire()
        #expect(try rig.stored()?.timestamp?.role.version == 2)
        #expect(try rig.stored()?.snapshot?.role.version == 1)

        service.cancel()
        try? await service.value
    }

    @Test func `the center's key is the same after a restart, and nobody else reads it`() throws {
        let rig = try Rig()
        _ = try rig.keeper()
        let key = try rig.onlineKey().publicKey

        _ = try rig.keeper()

        #expect(try rig.onlineKey().publicKey == key)
    }
}
