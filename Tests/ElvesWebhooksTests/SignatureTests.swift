import ElvesModel
import ElvesWebhooks
import Testing

@Suite struct SignatureTests {
    private let time = Timestamp(microseconds: 1_614_265_330_000_000)
    private let body = Array(#"{"test": 2432232314}"#.utf8)
    private let known = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @Test func `the vector of the specification comes out`() throws {
        let headers = try WebhookSignature.headers(
            DeliveryID("msg_p5jXN8AQM9LWM0D4loKWxJek"), at: time, body: body, secrets: [WebhookSecret(known)])

        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(
            headers.map(\.value)
                == ["msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="])
    }

    @Test func `what was signed with two secrets is believed by holders of either, and of no other`() throws {
        let (old, new) = (try WebhookSecret(known), WebhookSecret(from: .system))
        let headers = try WebhookSignature.headers(DeliveryID("msg_1"), at: time, body: body, secrets: [new, old])

        #expect(headers[2].value.split(separator: " ").count == 2)
        for secret in [old, new] { #expect(refusal(headers, secret) == nil) }
        #expect(refusal(headers, WebhookSecret(from: .system)) == .noSignatureFits)
    }

    @Test func `whatever is changed is not believed`() throws {
        let secret = try WebhookSecret(known)
        let good = try WebhookSignature.headers(DeliveryID("msg_1"), at: time, body: body, secrets: [secret])

        #expect(refusal(changing(good, 0, "msg_2"), secret) == .noSignatureFits)
        #expect(refusal(changing(good, 1, "1614265331"), secret) == .noSignatureFits)
        #expect(refusal(good, secret, body: body + [32]) == .noSignatureFits)
        for id in ["", "msg.1", "msg_1\r\nx: y", "msg 1", String(repeating: "a", count: 65)] {
            #expect(refusal(changing(good, 0, id), secret) == .badIdentifier)
        }
        for stamp in ["", "1614265330.5", "+1614265330", "01614265330", "-1", "99999999999999"] {
            #expect(refusal(changing(good, 1, stamp), secret) == .badTimestamp)
        }
        let code = String(good[2].value.dropFirst(3))
        for list in ["", code, "v1", "v1,", "v1a,\(code)", "v2,\(code)", "v1,\(code.dropLast(4))", "v1 \(code)"] {
            #expect(refusal(changing(good, 2, list), secret) == .noSignatureFits)
        }
        #expect(refusal(changing(good, 2, "v1a,AAAA v9 \(good[2].value)"), secret) == nil)
    }

    @Test func `five minutes are the limit, on both sides`() throws {
        let secret = try WebhookSecret(known)
        let headers = try WebhookSignature.headers(DeliveryID("msg_1"), at: time, body: body, secrets: [secret])

        #expect(refusal(headers, secret, after: 300) == nil)
        #expect(refusal(headers, secret, after: -300) == nil)
        #expect(refusal(headers, secret, after: 301) == .tooOld(seconds: 301))
        #expect(refusal(headers, secret, after: -301) == .tooNew(seconds: 301))
    }

    @Test func `a secret has 24 to 64 bytes, reads as it is written, and is not shown`() throws {
        let secret = WebhookSecret(from: .system)

        #expect(secret.bytes.count == 32)
        #expect(try WebhookSecret(secret.text) == secret)
        #expect("\(secret)" == "whsec_…")
        let short = "whsec_" + String(repeating: "A", count: 31) + "="
        let long = "whsec_" + String(repeating: "A", count: 87) + "="
        for text in [short, long, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_????", ""] {
            #expect { try WebhookSecret(text) } throws: { !"\($0)".contains("MfKQ") }
        }
    }

    private func refusal(
        _ headers: [(name: String, value: String)], _ secret: WebhookSecret, body: [UInt8]? = nil, after seconds: Int64 = 0
    ) -> WebhookRefusal? {
        do throws(WebhookRefusal) {
            try WebhookSignature.verify(
                id: headers[0].value, timestamp: headers[1].value, signatures: headers[2].value, body: body ?? self.body,
                secrets: [secret], at: Timestamp(microseconds: time.microseconds + seconds * 1_000_000))
            return nil
        } catch { return error }
    }

    private func changing(
        _ headers: [(name: String, value: String)], _ index: Int, _ value: String
    ) -> [(name: String, value: String)] {
        var headers = headers
        headers[index].value = value
        return headers
    }
}
