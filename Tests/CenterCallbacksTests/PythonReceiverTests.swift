import ElvesBus
import ElvesModel
import ElvesStore
import ElvesTestSupport
import ElvesWebhooks
import Testing

/// The Python library of Standard Webhooks believes what a center sends, for the secrets that count and no other.
@Suite(.timeLimit(.minutes(10))) struct PythonReceiverTests {
    @Test func `another implementation verifies callbacks, before and after a rotation`() async throws {
        let scratch = try ScratchFolder()
        let python = try await PythonEnvironment.webhooks(scratch)
        // By the receiver's clock, which is the machine's.
        try await Site.with(from: Clocks.systemWall()) { site in
            let old = try #require(try await site.set("http://127.0.0.1:1024/"))
            let new = try await site.bus.call(RotateProcessorSecret(app: try AppName("hello")), trace: TraceID("t"))
            let other = WebhookSecret(from: .system).text
            let receiver = try SpawnedProcess(
                python, ["\(Checkout.root)/Tests/Fixtures/webhooks/receiver.py", old, new, other],
                environment: Checkout.environment(scratch), files: scratch.file("receiver"))
            let verdicts: Result<[String], any Error>
            do { verdicts = .success(try await deliver(site, to: receiver)) } catch { verdicts = .failure(error) }
            await receiver.kill()

            let refused = "No-matching-signature-found"
            #expect(try verdicts.get() == ["msg_both good good \(refused)", "msg_new \(refused) good \(refused)"])
        }
    }

    /// - Returns: The lines of the receiver.
    private func deliver(_ site: Site, to receiver: SpawnedProcess) async throws -> [String] {
        let first = try await eventually("the receiver listens") {
            let line = receiver.output.split(separator: "\n").first.map(String.init)
            return (line, receiver.output.contains("\n"))
        }
        _ = try await site.set("http://127.0.0.1:\(try #require(first))/")
        try await site.add("msg_both", body: #"{"größe":"\u0007 \n"}"#)
        #expect(await site.nextSettled()?.state == .delivered)
        let app = try AppName("hello")
        let endpoint = try #require(try await site.store.callbackEndpoint(of: app))
        try await site.store.set(.init(app: app, url: endpoint.url, secrets: [endpoint.secrets[0]]))
        try await site.add("msg_new")
        #expect(await site.nextSettled()?.state == .delivered)
        return receiver.output.split(separator: "\n").dropFirst().map(String.init)
    }
}
