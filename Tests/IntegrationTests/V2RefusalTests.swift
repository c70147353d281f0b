import ElvesTestSupport
import Testing

/// Every refusal of `/api/v2`, word for word, with both methods.
@Suite(.fewAtOnce) struct V2RefusalTests {
    static let signature: [V2Row] =
        ["auth_id", "timestamp", "sign_type", "sign"].flatMap { name in
            [
                V2Row("no \(name)", "[401.1]Unauthorized Missing Sign Param") { $0.call.bending(name, nil) },
                V2Row("empty \(name)", "[401.1]Unauthorized Missing Sign Param") { $0.call.bending(name, "") },
                V2Row("blank \(name)", "[401.1]Unauthorized Missing Sign Param") { $0.call.bending(name, " ") },
            ]
        } + [
            V2Row("sha1", "[401.3]Unauthorized SignType Is Illegal") { $0.call.bending("sign_type", "sha1") },
            V2Row("sign of 31", "[401.4]Unauthorized Sign Length Is Illegal") {
                $0.call.bending("sign", String(repeating: "0", count: 31))
            },
            V2Row("sign of 33", "[401.4]Unauthorized Sign Length Is Illegal") {
                $0.call.bending("sign", String(repeating: "0", count: 33))
            },
            V2Row("timestamp with a letter", "[401.8]Unauthorized Timestamp Is Illegal") { $0.call.at("12x") },
            V2Row("timestamp with a sign", "[401.8]Unauthorized Timestamp Is Illegal") { $0.call.at("-5") },
            V2Row("timestamp with a point", "[401.8]Unauthorized Timestamp Is Illegal") { $0.call.at("1.5") },
            V2Row("timestamp in other digits", "[401.8]Unauthorized Timestamp Is Illegal") { $0.call.at("١٢٣") },
            V2Row("stale", "[401.7]Unauthorized Sign Timeout") { $0.call.at(SignedRequest.timestamp(offset: -181)) },
            V2Row("from the future", "[401.7]Unauthorized Sign Timeout") {
                $0.call.at(SignedRequest.timestamp(offset: 200))
            },
            V2Row("of 1970", "[401.7]Unauthorized Sign Timeout") { $0.call.at("0") },
            V2Row("beyond 64 bits", "[401.7]Unauthorized Sign Timeout") { $0.call.at("99999999999999999999") },
            V2Row("in milliseconds", "[401.7]Unauthorized Sign Timeout") {
                $0.call.at(SignedRequest.timestamp(offset: 0) + "000")
            },
            V2Row("unknown key", "[413.1]AuthId Not Found") { site in
                site.call.with { $0.key = APIKey(id: "0123456789ABCDEF", secret: site.key.secret) }
            },
            V2Row("revoked key", "[413.1]AuthId Not Found") { site in site.call.with { $0.key = site.revokedKey } },
            V2Row("wrong sign", "[401.5]Unauthorized Sign Error") {
                $0.call.bending("sign", String(repeating: "0", count: 32))
            },
            V2Row("wrong secret", "[401.5]Unauthorized Sign Error") { site in
                site.call.with { $0.key = APIKey(id: site.key.id, secret: site.foreignKey.secret) }
            },
            V2Row("a parameter changed", "[401.5]Unauthorized Sign Error") {
                $0.call.bending("param", #"{"my":"somebody else"}"#)
            },
            V2Row("a parameter added", "[401.5]Unauthorized Sign Error") { $0.call.bending("more", "1") },
            V2Row("a parameter taken away", "[401.5]Unauthorized Sign Error") { $0.call.bending("timeout", nil) },
            V2Row("another action's sign", "[401.5]Unauthorized Sign Error") { site in
                site.call.with { $0.signedAction = "info/app" }
            },
        ]

    static let permission: [V2Row] = [
        V2Row("other app", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("app", "hostile") },
        V2Row("unknown app", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("app", "nosuch") },
        V2Row("no name of an app", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("app", "../x") },
        V2Row("unbound agent", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("ip", V2Site.unbound) },
        V2Row("unknown agent", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("ip", "10.1.2.3") },
        V2Row("name as ip", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("ip", "localhost") },
        V2Row("garbage as ip", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("ip", "127.0.0.1x") },
        V2Row("short ip", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("ip", "127.1") },
        V2Row("IPv6 as ip", "[401.6]Unauthorized AuthId Permission Denied") { $0.call.setting("ip", "::1") },
        V2Row("forbidden source", "[401.6]Unauthorized AuthId Permission Denied") { site in
            site.call.with { $0.key = site.foreignKey }
        },
        V2Row("detail of an unbound agent", "[401.6]Unauthorized AuthId Permission Denied") {
            SignedRequest("info/agents/detail", ["ip": V2Site.unbound], key: $0.key)
        },
    ]

    static let parameters: [V2Row] =
        [
            V2Row("no app", "[403.3]Request Params (app) Illegal") { $0.call.setting("app", nil) },
            V2Row("empty app", "[403.3]Request Params (app) Illegal") { $0.call.setting("app", "") },
            V2Row("no func", "[403.7]Request Params (func) Illegal") { $0.call.setting("func", nil) },
            V2Row("blank func", "[403.7]Request Params (func) Illegal") { $0.call.setting("func", " ") },
            V2Row("no ip", "[403.1]Request Params (ip) Illegal") { $0.call.setting("ip", nil) },
            V2Row("empty ip", "[403.1]Request Params (ip) Illegal") { $0.call.setting("ip", "") },
            V2Row("offline agent", "[410.0]Send Job To Agent Fail") { $0.call.setting("ip", V2Site.offline) },
            V2Row("detail without ip", "[403.1]Request Params (ip) Illegal") {
                SignedRequest("info/agents/detail", [:], key: $0.key)
            },
            V2Row("detail of an offline agent", "[414.1]Agent Info Not Found") {
                SignedRequest("info/agents/detail", ["ip": V2Site.offline], key: $0.key)
            },
        ]
        + ["{", #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, "nul", "{} x", "NaN", "'a'", "[1,]", #"{"a":"\ud800"}"#].map {
            (param: String) in
            V2Row("param \(param)", "[403.2]Request Params (param) Illegal") { $0.call.setting("param", param) }
        }
        + ["abc", "-1", "1.5", "99999999999", "0x10"].map { (timeout: String) in
            V2Row("timeout \(timeout)", "[403.8]Request Params (timeout) Illegal") { $0.call.setting("timeout", timeout) }
        }

    static let stored: [V2Row] =
        ["addtask", "commit", "stop", "result"].flatMap { action in
            [
                V2Row("queue/\(action) without queue_id", "[403.6]Request Params (queue_id) Illegal") {
                    SignedRequest("queue/\(action)", ["ip": $0.agent.ip, "func": "version"], key: $0.key)
                },
                V2Row("queue/\(action) of no queue", "[412.1]Queue Not Found") {
                    SignedRequest(
                        "queue/\(action)", ["queue_id": "0123456789ABCDEF", "ip": $0.agent.ip, "func": "version"],
                        key: $0.key)
                },
            ]
        }
        + ["start", "stop", "delete", "detail", "info"].flatMap { action in
            [
                V2Row("cron/\(action) without cron_id", "[403.9]Request Params (cron_id) Illegal") {
                    SignedRequest("cron/\(action)", [:], key: $0.key)
                },
                V2Row("cron/\(action) of no schedule", "[411.1]Not Find Cron Job To Operate") {
                    SignedRequest("cron/\(action)", ["cron_id": "0123456789ABCDEF"], key: $0.key)
                },
            ]
        }

    @Test func `a request that is not signed as it must be is refused by the first rule it breaks`() async throws {
        try await expect(Self.signature)
    }

    @Test func `a key opens its own app on agents bound to it for callers at its addresses`() async throws {
        try await expect(Self.permission)
    }

    @Test func `a parameter that is missing or malformed is named by its code`() async throws {
        try await expect(Self.parameters)
    }

    @Test func `a queue or a schedule that is not there is not found`() async throws {
        try await expect(Self.stored)
    }

    @Test func `a body that is too long is refused as an illegal param`() async throws {
        try await V2Site.with { site in
            let long = #"{"my":""# + String(repeating: "x", count: 1 << 20) + #""}"#
            let request = site.call.setting("param", long).with { $0.method = .post }

            let reply = try await request.send(to: site.center.port)

            #expect(reply.status == 200)
            #expect(reply.body == #"{"flag":"false","error":"[403.2]Request Params (param) Illegal"}"#)
            let next = try await site.call.send(to: site.center.port)
            #expect(next.body.hasPrefix(#"{"flag":"true""#))
        }
    }

    private func expect(_ rows: [V2Row]) async throws {
        try await V2Site.with { site in
            for row in rows {
                for method in SignedRequest.Method.allCases {
                    let reply = try await row.request(site).with { $0.method = method }.send(to: site.center.port)
                    #expect(reply.status == 200, "\(method) \(row.name)")
                    #expect(reply.body == #"{"flag":"false","error":"\#(row.error)"}"#, "\(method) \(row.name)")
                }
            }
        }
    }
}

extension SignedRequest {
    fileprivate func at(_ timestamp: String) -> SignedRequest { with { $0.timestamp = timestamp } }
}
