import ElvesBus
import ElvesModel
import ElvesStore
import ElvesWebhooks
import NIOHTTP1
import Testing

/// Callbacks against a receiver on loopback.
@Suite(.timeLimit(.minutes(1))) struct CallbackSenderTests {
    @Test func `a callback is signed, delivered and settled; the name is dialled at the address that was checked`() async throws
    {
        let receiver = try await Receiver { _ in .status(204) }
        try await Site.with { site in
            let secret = try #require(try await site.set("http://receiver.test:\(receiver.port)/hook?x=1"))
            try await site.add("msg_1", body: #"{"größe":1}"#)

            let request = try #require(await receiver.requests.first { _ in true })
            #expect(request.path == "/hook?x=1")
            #expect(request.headers["host"] == ["receiver.test:\(receiver.port)"])
            #expect(request.headers["content-type"] == ["application/json"])
            #expect(request.body == Array(#"{"größe":1}"#.utf8))
            try WebhookSignature.verify(
                id: request.id, timestamp: request.headers["webhook-timestamp"].first ?? "",
                signatures: request.headers["webhook-signature"].first ?? "", body: request.body,
                secrets: [WebhookSecret(secret)], at: noon)
            let settled = try #require(await site.nextSettled())
            #expect(settled.state == .delivered && settled.attempts == 1 && settled.problem == nil)
        }
        await receiver.close()
    }

    @Test(arguments: [
        (Receiver.Answer.status(500, body: "no\ntable"), "the endpoint answered 500: no table", Int64(5)),
        (.status(302, headers: [("location", "http://169.254.169.254/")]), "redirects are not followed", 5),
        (.status(404), "the endpoint answered 404", 5), (.status(429, headers: [("retry-after", "7200")]), "429", 7200),
        (.status(503), "503", 60), (.flood(500, bytes: 100_000), "the endpoint answered 500: yyy", 5),
    ])
    func `what fails is tried again later`(answer: Receiver.Answer, problem: String, after: Int64) async throws {
        let receiver = try await Receiver { _ in answer }
        try await Site.with { site in
            _ = try await site.set("http://127.0.0.1:\(receiver.port)/")
            try await site.add("msg_1")

            let settled = try #require(await site.nextSettled())
            #expect(settled.state == .pending && settled.attempts == 1)
            #expect(settled.problem?.contains(problem) == true, "\(settled.problem ?? "")")
            #expect((settled.problem?.utf8.count ?? 0) < 300)
            #expect(settled.dueAt == seconds(after))
        }
        await receiver.close()
    }

    @Test func `who says nothing is waited for 15 s`() async throws {
        let receiver = try await Receiver { _ in .silence }
        try await Site.with { site in
            _ = try await site.set("http://127.0.0.1:\(receiver.port)/")
            try await site.add("msg_1")
            _ = await receiver.requests.first { _ in true }
            site.time.move(to: seconds(15))

            let settled = try #require(await site.nextSettled())
            #expect(settled.problem == "the endpoint did not answer within 15 s")
            #expect(settled.dueAt == seconds(20))
        }
        await receiver.close()
    }

    @Test func `a body that never ends changes nothing about the status, and what is long is not read`() async throws {
        let receiver = try await Receiver { $0.id == "msg_2" ? .flood(200, bytes: 10_000_000) : .endless(200) }
        try await Site.with { site in
            _ = try await site.set("http://127.0.0.1:\(receiver.port)/")
            try await site.add("msg_2")
            #expect(await site.nextSettled()?.state == .delivered)
        }
        await receiver.close()
    }

    @Test func `410 disables the endpoint; what comes then is dead at once, until it is set anew`() async throws {
        let receiver = try await Receiver { $0.id == "msg_1" ? .status(410) : .status(200) }
        try await Site.with { site in
            let url = "http://127.0.0.1:\(receiver.port)/"
            _ = try await site.set(url)
            try await site.add("msg_1")
            #expect(await site.nextSettled()?.state == .dead)
            _ = await site.store.disabled.first { _ in true }
            let view = try #require(try await find(site))
            #expect(view.disabledReason?.contains("410") == true)
            try await site.add("msg_2")
            #expect(try await site.store.delivery(DeliveryID("msg_2"))?.state == .dead)
            await #expect(throws: StoreError.self) { try await redeliver("msg_2", site) }

            #expect(try await site.set(url) == nil, "the secret stays")
            try await redeliver("msg_2", site)
            #expect(await site.nextSettled()?.state == .delivered)
            let dead = try await site.bus.call(ListDeadCallbacks(app: nil, limit: 10), trace: TraceID("t"))
            #expect(dead.map(\.id.text) == ["msg_1"])
        }
        await receiver.close()
    }

    @Test func `one endpoint in trouble holds no other up`() async throws {
        let receiver = try await Receiver { $0.path == "/stuck" ? .silence : .status(200) }
        try await Site.with(apps: ["hello", "stuck"]) { site in
            _ = try await site.set("http://127.0.0.1:\(receiver.port)/stuck", for: "stuck")
            _ = try await site.set("http://127.0.0.1:\(receiver.port)/fine")
            for index in 0..<50 { try await site.add("stuck_\(index)", app: "stuck") }
            try await site.add("msg_1")

            #expect(await site.nextSettled()?.id.text == "msg_1")
        }
        await receiver.close()
    }

    @Test func `a center that was killed goes on with the schedule, under the same id, and the schedule ends`() async throws {
        let receiver = try await Receiver { _ in .status(500) }
        let port = receiver.port
        try await Site.with(
            { site in
                _ = try await site.set("http://127.0.0.1:\(port)/")
                try await site.add("msg_1")
                #expect(await site.nextSettled()?.dueAt == seconds(5))
            },
            next: { site in
                for await delay in site.time.started where delay == .seconds(5) { break }
                site.time.move(to: seconds(5))
                for attempt in 2...DeliverySchedule.attempts {
                    let settled = try #require(await site.nextSettled())
                    #expect(settled.attempts == attempt && settled.id.text == "msg_1")
                    if attempt == DeliverySchedule.attempts {
                        #expect(settled.state == .dead)
                    } else {
                        site.time.move(to: settled.dueAt)
                        site.bus.cast(CallbacksDue(), trace: TraceID("t"))
                    }
                }
                #expect(site.time.now == seconds(86_400))
            })
        await receiver.close()
    }

    @Test func `after a rotation both secrets count for a day`() async throws {
        let receiver = try await Receiver { _ in .status(200) }
        try await Site.with { site in
            let old = try #require(try await site.set("http://127.0.0.1:\(receiver.port)/"))
            let new = try await site.bus.call(RotateProcessorSecret(app: try AppName("hello")), trace: TraceID("t"))
            #expect(old != new)
            #expect(try await find(site)?.formerSecretUntil == seconds(86_400))
            for (time, count) in [(Int64(0), 2), (86_399, 2), (86_400, 1)] {
                site.time.move(to: seconds(time))
                try await site.add("msg_\(time)")
                let request = try #require(await receiver.requests.first { _ in true })
                #expect(request.headers["webhook-signature"].first?.split(separator: " ").count == count)
                _ = await site.nextSettled()
            }
        }
        await receiver.close()
    }

    @Test(arguments: [
        "http://127.0.0.1:80/", "https://10.0.0.1/", "https://[::1]/", "https://inner.test/", "https://u@example.com/",
        "http://outer.test/",
    ])
    func `an endpoint that the operator did not allow is refused when it is set`(url: String) async throws {
        try await Site.with(
            allowed: [],
            resolve: { host in [NetworkAddress(host == "inner.test" ? "192.168.0.1" : "93.184.216.34")].compactMap(\.self) }
        ) { site in
            await #expect(throws: EndpointRefusal.self) { try await site.set(url) }
            let found = try await find(site)
            #expect(found == nil)
        }
    }

    @Test func `a name that leads elsewhere by then is not dialled`() async throws {
        let receiver = try await Receiver { _ in .status(200) }
        let lookups = Lookups(["93.184.216.34", "127.0.0.1"])
        try await Site.with(allowed: [], resolve: { _ in [lookups.next()].compactMap(\.self) }) { site in
            _ = try await site.set("https://rebinding.test:\(receiver.port)/")
            try await site.add("msg_1")

            let settled = try #require(await site.nextSettled())
            #expect(settled.state == .pending)
            #expect(settled.problem?.contains("rebinding.test is 127.0.0.1, which is a loopback address") == true)
        }
        await receiver.close()
    }

    private func find(_ site: Site) async throws -> ProcessorView? {
        try await site.bus.call(FindProcessor(app: try AppName("hello")), trace: TraceID("t"))
    }

    private func redeliver(_ id: String, _ site: Site) async throws {
        _ = try await site.bus.call(Redeliver(id: try DeliveryID(id)), trace: TraceID("t"))
    }
}
