import CenterRepository
import ElvesModel
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Testing

/// What python-tuf makes of time; its clock is the machine's.
@Suite struct ExpiryTests {
    @Test func `python-tuf refuses what has expired and takes what the center has renewed`() async throws {
        let now = Clocks.systemWall()
        let key = SigningKey()
        var site = try Site(
            root: [key], targets: [key], now: Timestamp(microseconds: now.microseconds - 30 * 3_600_000_000))
        try site.editor.delegate(AppName("one"), to: [key.publicKey], threshold: 1, now: site.now)
        _ = try site.editor.sign(with: key)
        try site.publish()
        try site.release("one", "1.0.0", by: [key])
        let scratch = try ScratchFolder()
        func step(_ name: String) throws -> PythonClient.Step {
            let folder = try scratch.makeFolder(name)
            for (resource, bytes) in site.served { try scratch.write("\(name)/\(resource.urlPath)", bytes) }
            return PythonClient.Step(metadata: folder, root: "\(folder)/1.root.json", targets: ["apps/one/1.0.0.zip"])
        }

        let expired = try step("expired")
        site.now = now
        #expect(try site.renew())
        let renewed = try step("renewed")
        let answers = try await PythonClient.look([expired, renewed], scratch)

        let digest = site.upload("one", "1.0.0").digest.hex
        for look in [answers[0].fresh, answers[0].kept] {
            guard case .failed(let error) = look else {
                Issue.record("what has expired was taken: \(look)")
                continue
            }
            #expect(error.contains("ExpiredMetadataError") && error.contains("timestamp"), "\(error)")
        }
        #expect(answers[1].fresh == .found([digest]))
        #expect(answers[1].kept == .found([digest]))
    }
}
