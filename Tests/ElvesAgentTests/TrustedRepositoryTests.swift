import ElvesAgent
import ElvesHTTPClient
import ElvesModel
import ElvesProtocol
import ElvesTUF
import ElvesTestSupport
import Logging
import Synchronization
import Testing

/// What an agent installs: what the authors signed, as new as it should be, and nothing else.
@Suite struct TrustedRepositoryTests {
    /// A wall clock that the test sets.
    private final class Wall: Sendable {
        private let time: Mutex<Timestamp>
        init(_ time: Timestamp) { self.time = Mutex(time) }
        var now: Timestamp { time.withLock { $0 } }
        func advance(days: Int64) {
            time.withLock { $0 = Timestamp(microseconds: $0.microseconds + days * 86_400_000_000) }
        }
    }

    private let scratch: ScratchFolder
    private let wall = Wall(Timestamp(microseconds: 1_900_000_000_000_000))
    private let app: AppName

    init() throws {
        scratch = try ScratchFolder()
        app = try AppName("hello")
    }

    private func repository() throws -> TrustedRepository {
        let wall = wall
        return try TrustedRepository(
            folder: scratch.file("repository"), center: CenterURL("https://center.test"), authorityPEM: nil,
            clocks: Clocks(wall: { wall.now }, monotonic: { .zero }), log: Logger(label: "test"))
    }

    private func assignment(_ version: String, _ content: String = "archive") throws -> AppAssignment {
        AppAssignment(
            app: app, version: try AppVersion(version), digest: SignedRepository.digest(content),
            size: Int64(content.utf8.count))
    }

    /// Verifies and notes, as an install does.
    private func install(_ version: String, from served: SignedRepository, on host: TrustedRepository) async throws {
        try await host.mayRun(app, AppVersion(version))
        let floor = try await host.verify(assignment(version), with: served)
        try await host.note(installed: app, AppVersion(version), floor: floor)
    }

    @Test func `what the authors signed is installed`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0", floor: "0.9.0")])

        #expect(try await repository().verify(assignment("1.0.0"), with: served) == AppVersion("0.9.0"))
    }

    @Test func `another archive than the authors signed is refused`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0")])

        for content in ["ARCHIVE", "archive "] {
            await #expect(throws: TrustedRepositoryError.anotherArchive(app, try AppVersion("1.0.0"))) {
                try await repository().verify(assignment("1.0.0", content), with: served)
            }
        }
    }

    @Test func `a version that nobody signed is refused`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0")])

        await #expect(throws: TrustError.noSuchTarget("apps/hello/1.0.1.zip")) {
            try await repository().verify(assignment("1.0.1"), with: served)
        }
    }

    @Test func `a center without a repository is named as such`() async throws {
        struct Nothing: Fetcher {
            func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
                throw FetchError.absent(resource)
            }
        }

        await #expect(throws: TrustedRepositoryError.noRepository) {
            try await repository().verify(assignment("1.0.0"), with: Nothing())
        }
    }

    @Test func `the root of the join counts, not one that comes later`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0")])
        var foreign = try SignedRepository(now: wall.now)
        try foreign.publish([.init(version: "1.0.0")])
        let root = String(decoding: served.root, as: UTF8.self)
        try TrustedRepository.begin(in: scratch.file("repository"), root: root, now: wall.now)
        let host = try repository()

        let refusal = await #expect(throws: TrustError.self) { try await host.verify(assignment("1.0.0"), with: foreign) }
        #expect(refusal?.description.contains("0 of the 1 signatures") == true)
        _ = try await host.verify(assignment("1.0.0"), with: served)
    }

    @Test func `expired metadata blocks an install, and not what runs`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0"), .init(version: "1.1.0")])
        let host = try repository()
        try await install("1.0.0", from: served, on: host)
        wall.advance(days: 2)

        let refusal = await #expect(throws: TrustError.self) { try await host.verify(assignment("1.1.0"), with: served) }
        #expect(refusal?.description.contains("expired") == true)
        try await host.mayRun(app, AppVersion("1.0.0"))
    }

    @Test func `a clock that was set back does not make old metadata valid`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0")])
        let old = served
        try served.publish([.init(version: "1.0.0")], days: 100)
        wall.advance(days: 50)
        #expect(try await repository().verify(assignment("1.0.0"), with: served) == nil)
        wall.advance(days: -50)

        // What expired on day 1, on a host that forgot what it had trusted since.
        let folder = scratch.file("repository/metadata")
        try TrustedFolder(folder).write("root.json", old.root)
        for name in ["timestamp", "snapshot", "targets", "app-hello"] { try TrustedFolder(folder).write("\(name).json", []) }
        let refusal = await #expect(throws: TrustError.self) { try await repository().verify(assignment("1.0.0"), with: old) }
        #expect(refusal?.description.contains("expired") == true)
    }

    @Test func `a host goes back as far as the authors let it`() async throws {
        var served = try SignedRepository(now: wall.now)
        let versions = ["1.0.0", "1.1.0", "1.2.0"]
        try served.publish(versions.map { .init(version: $0, floor: $0 == "1.2.0" ? "1.1.0" : nil) })
        let host = try repository()
        try await install("1.0.0", from: served, on: host)
        try await install("1.2.0", from: served, on: host)

        try await install("1.1.0", from: served, on: host)
        let refusal = await #expect(throws: TrustedRepositoryError.self) { try await install("1.0.0", from: served, on: host) }
        #expect(
            refusal?.description == """
                this host had hello 1.2.0, and its authors let no host go back behind 1.1.0: 1.0.0 is not run; they can sign 1.2.0 \
                with a lower floor
                """)
        // Noted on the disk: a host that starts again knows it, without asking anybody.
        await #expect(throws: TrustedRepositoryError.self) { try await repository().mayRun(app, AppVersion("1.0.0")) }
    }

    @Test func `without a floor a host goes back to whatever is listed`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0"), .init(version: "2.0.0")])
        let host = try repository()
        try await install("2.0.0", from: served, on: host)

        try await install("1.0.0", from: served, on: host)
    }

    @Test func `authors can lower a floor, and a withdrawn version keeps its own`() async throws {
        var served = try SignedRepository(now: wall.now)
        try served.publish([.init(version: "1.0.0"), .init(version: "1.1.0"), .init(version: "2.0.0", floor: "2.0.0")])
        let host = try repository()
        try await install("2.0.0", from: served, on: host)

        try served.publish([.init(version: "1.0.0"), .init(version: "1.1.0")])
        await #expect(throws: TrustedRepositoryError.self) { try await host.verify(assignment("1.1.0"), with: served) }
        try served.publish([.init(version: "1.0.0"), .init(version: "1.1.0"), .init(version: "2.0.0", floor: "1.1.0")])
        _ = try await host.verify(assignment("1.1.0"), with: served)
        await #expect(throws: TrustedRepositoryError.self) { try await host.verify(assignment("1.0.0"), with: served) }
    }
}
