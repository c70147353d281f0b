import ElvesDigest
import ElvesProcessor
import Testing

struct ProcessorTests {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let now = 1_614_265_330
    static let body = Array(
        #"""
        {"type":"task.finished","timestamp":"2026-11-24T13:00:00.000Z","data":{"instruction":{"id":"9778EE12A999086A",
        "ip":"10.0.0.8","agent":"3502F22051081B17","mode":"queue","app":"apptest","version":"1.0.0",
        "function":"helloword",
        "param":{"my":"toryzen"},"timeout":90},"flag":1,"result":"toryzen","reason":null,"cost_ms":12}}
        """#.utf8)

    private func headers(_ body: [UInt8] = body, id: String = "msg_1", secret: String = secret) -> [String: String] {
        let key = Base64.bytes(String(secret.dropFirst(6))) ?? []
        let code = HMAC.code(Array("\(id).\(Self.now).".utf8) + body, key: key)
        return ["Webhook-Id": id, "webhook-timestamp": "\(Self.now)", "webhook-signature": "v1,\(Base64.text(code))"]
    }

    private func receive(
        _ headers: [String: String], _ body: [UInt8] = body, now: Int = now, secrets: [String] = [secret]
    ) throws -> Delivery {
        try Processor(secrets: secrets).receive(headers: headers, body: body, now: now)
    }

    @Test func `an author gets instruction, flag, result and cost`() throws {
        let delivery = try receive(headers())
        let outcome = try #require(delivery.outcome)
        #expect(delivery.id == "msg_1")
        #expect(outcome.instruction.function == "helloword")
        #expect(outcome.instruction.param["my"] == "toryzen")
        #expect(outcome.instruction.timeout == 90)
        #expect(outcome.flag == .true)
        #expect(outcome.result == "toryzen")
        #expect(outcome.reason == nil)
        #expect(outcome.cost == .milliseconds(12))
    }

    @Test func `the published vector of Standard Webhooks is accepted`() throws {
        let headers = [
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        ]
        // Signed well, although it is no message of a center.
        #expect(throws: Rejected.badBody("\"type\" is not a text")) {
            try receive(headers, Array(#"{"test": 2432232314}"#.utf8))
        }
        #expect(throws: Rejected.wrongSignature) { try receive(headers, Array(#"{"test": 2432232315}"#.utf8)) }
    }

    @Test func `an unknown type is verified and has no outcome`() throws {
        let body = Array(#"{"type":"agent.joined","data":7}"#.utf8)
        let delivery = try receive(headers(body), body)
        #expect(delivery.type == "agent.joined")
        #expect(delivery.outcome == nil)
    }

    @Test func `during a rotation one of several signatures and secrets is enough`() throws {
        let old = "whsec_" + Base64.text(Array("an older secret".utf8))
        var headers = headers(secret: old)
        headers["webhook-signature"] = "v1a,AAAA v1,not base64 v1,Zm9v \(headers["webhook-signature"] ?? "")"
        #expect(throws: Rejected.wrongSignature) { try receive(headers) }
        #expect(try receive(headers, secrets: [Self.secret, old]).id == "msg_1")
    }

    @Test func `a time that is too far off is refused`() throws {
        #expect(try receive(headers(), now: Self.now + 300).id == "msg_1")
        #expect(try receive(headers(), now: Self.now - 300).id == "msg_1")
        #expect(throws: Rejected.wrongTime(seconds: 301)) { try receive(headers(), now: Self.now + 301) }
        #expect(throws: Rejected.wrongTime(seconds: -301)) { try receive(headers(), now: Self.now - 301) }
    }

    @Test(arguments: ["webhook-timestamp", "webhook-signature", "Webhook-Id"])
    func `each header has to be there`(name: String) {
        var headers = headers()
        headers[name] = nil
        #expect(throws: Rejected.missingHeader(name.lowercased())) { try receive(headers) }
    }

    @Test(arguments: ["1614265330.0", "+1614265330", " 1614265330", "01614265330", "-1", "now"])
    func `a timestamp is digits`(time: String) {
        var headers = headers()
        headers["webhook-timestamp"] = time
        #expect(throws: Rejected.badHeader("webhook-timestamp")) { try receive(headers) }
    }

    @Test func `an id with a dot is refused, since a part of the body could be passed for a body`() {
        // The signature of one message fits another cut of the same bytes.
        let inner = #".\#(Self.now).{"type":"agent.joined"}"#
        let body = Array("x\(inner)".utf8)
        var moved = headers(body)
        moved["Webhook-Id"] = "msg_1.\(Self.now).x"
        #expect(throws: Rejected.badHeader("webhook-id")) {
            try receive(moved, Array(#"{"type":"agent.joined"}"#.utf8))
        }
    }

    @Test(arguments: [
        #"{"type":"task.finished"}"#, #"{"type":"task.finished","data":[]}"#, #"["task.finished"]"#, "nonsense",
        #"{"type":"task.finished","type":"agent.joined","data":{}}"#, #"{"type":7}"#,
    ])
    func `a body that no center sends is refused`(text: String) {
        let body = Array(text.utf8)
        #expect(throws: Rejected.self) { try receive(headers(body), body) }
    }

    @Test(arguments: [[], ["whsec_"], ["whsec_?"], ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], [secret, "whsec_x"]])
    func `a secret that is none is refused without being repeated`(secrets: [String]) {
        let error = #expect(throws: BadSecret.self) { try Processor(secrets: secrets) }
        #expect(error?.description.contains("MfKQ9r8G") == false)
    }
}
