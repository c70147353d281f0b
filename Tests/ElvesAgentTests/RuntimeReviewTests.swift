import ElvesAgent
import ElvesApps
import ElvesModel
import ElvesPolicy
import ElvesSandbox
import ElvesTestSupport
import Foundation
import Logging
import NIOPosix
import Synchronization
import Testing

/// What was prepared stands only as long as it would be prepared so again.
@Suite struct RuntimeReviewTests {
    private final class HandClock: Sendable {
        private let days = Mutex<Int64>(0)
        func move(days more: Int64) { days.withLock { $0 += more } }
        var clocks: Clocks {
            Clocks(
                wall: {
                    let days = self.days.withLock { $0 }
                    return Timestamp(microseconds: Clocks.systemWall().microseconds + days * 86_400_000_000)
                }, monotonic: { .zero })
        }
    }

    private let scratch: ScratchFolder
    private let clock = HandClock()
    private let policies: String
    private let factory: RuntimeFactory
    private let app: InstalledApp

    init() throws {
        scratch = try ScratchFolder()
        policies = try scratch.copyPolicies(adding: "optOut: [{layer: landlock, \(ScratchFolder.accepted)}]\n")
        factory = RuntimeFactory(
            policies: policies, host: try SandboxHost(launcher: scratch.launcherWithoutLandlock()), sockets: scratch.path,
            secrets: .given([:]), loop: MultiThreadedEventLoopGroup.singleton.next(), clocks: clock.clocks,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let folder = "\(Checkout.root)/Tests/Fixtures/apps/intruder"
        let manifest = try Manifest(yaml: Array(Data(contentsOf: URL(filePath: folder + "/app.yaml"))))
        app = InstalledApp(manifest: manifest, folder: folder, digest: Digest(bytes: 0..<32))
    }

    @Test func `an opt-out that has ended takes the app away, with the layer's name`() async throws {
        let runtime = try await factory.prepare(app, grants: [])
        #expect(try await factory.stands(runtime, ceiling: nil))
        clock.move(days: 29)
        #expect(try await factory.stands(runtime, ceiling: nil), "its last days count")

        clock.move(days: 3)

        let error = await #expect(throws: PlanError.self) { _ = try await factory.stands(runtime, ceiling: nil) }
        #expect("\(try #require(error))".contains("layer landlock>=1"), "\(String(describing: error))")
    }

    @Test func `a policy's file that was changed counts once policies are read again`() async throws {
        let runtime = try await factory.prepare(app, grants: [])
        let file = policies + "/python.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try (text + "# changed\n").write(toFile: file, atomically: false, encoding: .utf8)
        factory.forgetPolicies()
        #expect(try await factory.stands(runtime, ceiling: nil), "it says the same")

        try text.replacing("reason: an old kernel", with: "reason: another").write(
            toFile: file, atomically: false, encoding: .utf8)
        #expect(try await factory.stands(runtime, ceiling: nil), "not read again yet")
        factory.forgetPolicies()

        #expect(try await factory.stands(runtime, ceiling: nil) == false)
        let fresh = try await factory.prepare(app, grants: [])
        #expect(try await factory.stands(fresh, ceiling: nil))

        try "schema: none\n".write(toFile: file, atomically: false, encoding: .utf8)
        factory.forgetPolicies()
        await #expect(throws: PolicyCatalogError.self) { _ = try await factory.stands(fresh, ceiling: nil) }
    }

    @Test func `a ceiling that was lowered asks for another look`() async throws {
        let grants = [try Grant("read:/srv")]
        let runtime = try await factory.prepare(app, grants: [], ceiling: AppCeiling(grants: grants))

        #expect(try await factory.stands(runtime, ceiling: AppCeiling(grants: grants)))
        #expect(try await factory.stands(runtime, ceiling: AppCeiling(grants: [])) == false)
        #expect(try await factory.stands(runtime, ceiling: nil) == false)
    }
}
