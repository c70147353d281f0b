import ElvesAgent
import ElvesHTTPClient
import ElvesModel
import ElvesPolicy
import ElvesProtocol
import ElvesTUF
import ElvesTestSupport
import Foundation
import Logging
import Synchronization
import Testing

/// What an agent grants: as far as the repository's policy lets it, and nothing new by one that does not count.
@Suite struct SignedCeilingTests {
    private let scratch: ScratchFolder
    private let seconds = Wall()
    private let app: AppName
    private let (srv, etc): (Grant, Grant)
    private let release = SignedRepository.Release(version: "1.0.0")

    /// A wall clock that the test sets.
    private final class Wall: Sendable {
        private let time = Mutex(Timestamp(microseconds: 1_900_000_000_000_000))
        var now: Timestamp { time.withLock { $0 } }
        func advance(days: Int64) {
            time.withLock { $0 = Timestamp(microseconds: $0.microseconds + days * 86_400_000_000) }
        }
    }

    init() throws {
        scratch = try ScratchFolder()
        app = try AppName("hello")
        (srv, etc) = (try Grant("read:/srv"), try Grant("read:/etc"))
    }

    private func host() throws -> TrustedRepository {
        let wall = seconds
        return try TrustedRepository(
            folder: scratch.file("repository"), center: CenterURL("https://center.test"), authorityPEM: nil,
            clocks: Clocks(wall: { wall.now }, monotonic: { .zero }), log: Logger(label: "test"))
    }

    private func served(_ policy: SignedRepository.Policy, days: Int64 = 1) throws -> SignedRepository {
        var served = try SignedRepository(now: seconds.now)
        try served.publish([release], days: days, policy: policy)
        return served
    }

    private func grants(_ grants: Grant...) -> String {
        """
        schema: elves.grants/v1
        version: 1
        summary: of a test
        apps:
          - {name: hello, grants: [\(grants.map { "\"\($0)\"" }.joined(separator: ", "))], reason: a test, approvedBy: ops}

        """
    }

    private func install(from served: SignedRepository, on host: TrustedRepository) async throws {
        _ = try await host.verify(
            AppAssignment(
                app: app, version: try AppVersion("1.0.0"), digest: SignedRepository.digest("archive"), size: 7),
            with: served)
    }

    @Test func `without a delegation nothing bounds the operator`() async throws {
        let host = try host()
        try await install(from: served(.nobody), on: host)
        #expect(try await host.ceiling(for: app, grants: [etc], before: []) == nil)
    }

    @Test func `a ceiling comes with an install, and counts after a restart without a center`() async throws {
        try await install(from: served(.signed(grants(srv))), on: host())

        let host = try host()
        let ceiling = try await host.ceiling(for: app, grants: [etc], before: [])
        #expect(ceiling?.allows(try Grant("read:/srv/data")) == true)
        #expect(ceiling?.allows(etc) == false)
        let other = try await host.ceiling(for: AppName("other"), grants: [], before: [])
        #expect(other == AppCeiling(grants: []))
    }

    @Test func `a newer ceiling replaces the one before, and an older state of the repository does not`() async throws {
        let host = try host()
        var served = try served(.signed(grants(srv, etc)))
        try await host.refreshCeiling(with: served)
        let before = served
        try served.publish([release], policy: .signed(grants(srv)))
        try await host.refreshCeiling(with: served)

        await #expect(throws: TrustError.self) { try await host.refreshCeiling(with: before) }
        #expect(try await host.ceiling(for: app, grants: [etc], before: [])?.allows(etc) == false)
    }

    @Test func `a delegation under which nothing is signed grants nothing new, and takes nothing away`() async throws {
        let host = try host()
        try await install(from: served(.nothingSigned), on: host)

        #expect(try await host.ceiling(for: app, grants: [srv], before: [srv]) == AppCeiling(grants: [srv]))
        #expect(try await host.ceiling(for: app, grants: [], before: []) == AppCeiling(grants: []))
        let refusal = await #expect(throws: TrustedRepositoryError.self) {
            try await host.ceiling(for: app, grants: [srv, etc], before: [srv])
        }
        #expect(refusal?.description.hasPrefix("hello is not granted read:/etc, since what may be granted is signed") == true)
        #expect(refusal?.description.contains("elves repo policy") == true)
    }

    @Test func `what has expired grants nothing new, and no more than it did`() async throws {
        let host = try host()
        try await install(from: served(.signed(grants(srv), days: 10), days: 100), on: host)
        seconds.advance(days: 11)

        #expect(try await host.ceiling(for: app, grants: [srv], before: [srv]) == AppCeiling(grants: [srv]))
        for before in [[], [etc]] {
            let refusal = await #expect(throws: TrustedRepositoryError.self) {
                try await host.ceiling(for: app, grants: [etc], before: before)
            }
            #expect(refusal?.description.contains("policy/grants.yaml version 2 expired at 2030-03-27T") == true)
        }
    }

    @Test(arguments: [true, false])
    func `a file that is not what was signed, or cannot be read, grants nothing and stops no install`(
        isReplaced: Bool
    ) async throws {
        let host = try host()
        var served = try served(.signed(grants(srv)))
        try await host.refreshCeiling(with: served)
        try served.publish(
            [release], policy: isReplaced ? .replaced(grants(srv), by: grants(etc)) : .signed("schema: elves.grants/v9\n"))

        try await install(from: served, on: host)

        let restarted = try self.host()
        for host in [host, restarted] {
            await #expect(throws: TrustedRepositoryError.self) {
                try await host.ceiling(for: app, grants: [srv], before: [])
            }
            #expect(try await host.ceiling(for: app, grants: [srv], before: [srv, etc]) == AppCeiling(grants: [srv]))
        }
        try served.publish([release], policy: .signed(grants(etc)))
        try await host.refreshCeiling(with: served)
        #expect(try await host.ceiling(for: app, grants: [etc], before: [])?.allows(etc) == true)
    }

    @Test func `a delegation that is withdrawn bounds nothing any more`() async throws {
        let host = try host()
        var served = try served(.signed(grants(srv)))
        try await host.refreshCeiling(with: served)
        try served.publish([release], policy: .nobody)
        try await host.refreshCeiling(with: served)
        for host in [host, try self.host()] {
            #expect(try await host.ceiling(for: app, grants: [etc], before: []) == nil)
        }
    }

    @Test func `a note of the ceiling that cannot be read stops the agent, and names the file`() throws {
        _ = try host()
        let file = try scratch.write("repository/ceiling.json", Array("{".utf8))
        let error = #expect(throws: AgentError.self) { try host() }
        #expect(error.map { "\($0)".contains(file) } == true)
    }
}
