import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Testing

/// What nobody honest sends to `/api/v2`. It is refused by a code or answered as a call that failed; nothing is status 5xx,
/// nothing harms the next caller.
@Suite(.fewAtOnce) struct V2HostileTests {
    private static let read = ["app", "func", "ip", "param", "timeout", "proxy", "auth_id", "timestamp", "sign_type", "sign"]

    /// Values that make the signed text that of another request as well.
    static let hidden: [V2Row] =
        read.map { name in
            V2Row("param hides \(name)", "[401.5]Unauthorized Sign Error") {
                $0.call.setting("param", #"{"my":"a&\#(name)=b"}"#)
            }
        } + [
            V2Row("func hides ip", "[401.5]Unauthorized Sign Error") {
                $0.call.setting("func", "helloword&ip=\(V2Site.offline)").setting("ip", nil)
            },
            V2Row("an unknown parameter hides proxy", "[401.5]Unauthorized Sign Error") {
                $0.call.setting("more", "1&proxy=python|x.py")
            },
            V2Row("a name joins two", "[401.5]Unauthorized Sign Error") { $0.call.setting("app=x&func", "y") },
            V2Row("a name with =", "[401.5]Unauthorized Sign Error") { $0.call.setting("a=b", "c") },
            V2Row("addtask hides queue_id", "[401.5]Unauthorized Sign Error") {
                SignedRequest("queue/addtask", ["func": "a&queue_id=b"], key: $0.key)
            },
            V2Row("addtask hides depend_task_id", "[401.5]Unauthorized Sign Error") {
                SignedRequest("queue/addtask", ["func": "a&depend_task_id=b"], key: $0.key)
            },
            V2Row("cron/add hides rule", "[401.5]Unauthorized Sign Error") {
                SignedRequest("cron/add", ["func": "a&rule=b"], key: $0.key)
            },
            V2Row("cron/info is cron/detail", "[401.5]Unauthorized Sign Error") {
                SignedRequest("cron/info", ["cron_id": "a&cron_id=b"], key: $0.key)
            },
        ]

    /// Names that come twice, signed with both or with the first.
    static let repeated: [V2Row] =
        read.map { name in
            V2Row("\(name) twice", "[401.5]Unauthorized Sign Error") { site in
                site.call.setting("proxy", "x").with { request in
                    request.bend = { fields in fields += fields.filter { $0.0 == name } }
                }
            }
        } + [
            V2Row("a second ip that was signed", "[401.5]Unauthorized Sign Error") { site in
                site.call.with { $0.parameters.append(("ip", V2Site.offline)) }
            },
            V2Row("an unknown one twice", "[401.5]Unauthorized Sign Error") { site in
                site.call.with { $0.parameters += [("more", ""), ("more", "")] }
            },
            V2Row("101 parameters", "[401.1]Unauthorized Missing Sign Param") { site in
                site.call.with { $0.parameters += (0..<101).map { ("n\($0)", "") } }
            },
        ]

    static let values: [V2Row] =
        [
            "-1", "+5", " 5", "5 ", "1e9", "NaN", "inf", "2147483648", "9223372036854775808", "0x5", "٣", "5\u{0}", "5\n6",
        ].map { (timeout: String) in
            V2Row("timeout \(timeout.debugDescription)", "[403.8]Request Params (timeout) Illegal") {
                $0.call.setting("timeout", timeout)
            }
        }
        + [
            String(repeating: "[", count: 100_000), String(repeating: #"{"a":"#, count: 10_000), #"{"my":1}{"my":2}"#,
            #"{"my":1,"my":1}"#, #"{"my":1e}"#, #"{"my":01}"#, #"{"my":"\x"}"#, "{\"my\":\"\u{1}\"}", "\u{FEFF}{}",
            #"{"my":Infinity}"#, #"["my"]"#, "7",
        ].map { (param: String) in
            V2Row("param \(param.prefix(20).debugDescription)", "[403.2]Request Params (param) Illegal") {
                $0.call.setting("param", param).with { $0.method = .post }
            }
        }

    @Test(arguments: [hidden, repeated])
    func `a request that can be read in two ways has no signature`(rows: [V2Row]) async throws {
        try await V2Site.with { site in
            for row in rows {
                for method in SignedRequest.Method.allCases {
                    try await expect(row, row.request(site).with { $0.method = method }, of: site)
                }
            }
            try await expectService(of: site)
        }
    }

    @Test func `values that mean different things to different readers are refused`() async throws {
        try await V2Site.with { site in
            for row in Self.values { try await expect(row, row.request(site), of: site) }
            try await expectService(of: site)
        }
    }

    @Test func `a function that the app does not have runs nothing`() async throws {
        try await V2Site.with { site in
            for function in [
                "__init__", "__class__", "os.system", ";rm -rf /", "$(id)", "../helloword", "helloword ", "HELLOWORD",
                "h\u{435}lloword", "helloword\u{0}", "helloword\n", "hello\u{200B}word", "\u{202E}drowolleh",
                String(repeating: "f", count: 10_000),
            ] {
                let call = site.call.setting("func", function).with { $0.method = .post }
                let result = try await site.result(call)
                #expect(try result.integer("worker_flag") == -1, "\(function.prefix(40).debugDescription)")
            }
            try await expectService(of: site)
        }
    }

    @Test func `a request beyond what a server reads ends the request, and no other`() async throws {
        try await V2Site.with { site in
            var exchanges = [HTTPExchange(target: "/api/v2/rt/exec?" + String(repeating: "a", count: 1 << 20))]
            for headers in [
                (0..<10_000).map { ("X-\($0)", "1") }, (0..<100).map { ("X-\($0)", String(repeating: "x", count: 1 << 16)) },
                [("Content-Length", "-1")], [("Transfer-Encoding", "chunked"), ("Content-Length", "5")],
            ] {
                exchanges.append(HTTPExchange(target: site.call.target))
                exchanges[exchanges.count - 1].headers = headers
            }
            for exchange in exchanges {
                // An answer, or none: the connection may be closed while the request is still being sent.
                if let reply = try? await exchange.send(to: site.center.port) { #expect(reply.status < 500) }
                try await expectService(of: site)
            }
        }
    }

    @Test func `a key made with --once takes a signature once`() async throws {
        try await V2Site.with { site in
            let made = try await site.center.elves("key", "create", "apptest", "--once", "--json").succeeded().object()
            let key = APIKey(
                id: try made.require("auth_id", made.string("auth_id")),
                secret: try made.require("auth_key", made.string("auth_key")))
            // Ahead of the second in which the center started, up to which it takes none.
            let timestamp = SignedRequest.timestamp(offset: 5)
            let call = site.call.with { request in
                request.key = key
                request.timestamp = timestamp
            }
            let lower = call.with { request in
                request.bend = { $0 = $0.map { ($0.0, $0.0 == "sign" ? $0.1.lowercased() : $0.1) } }
            }

            #expect(try await call.send(to: site.center.port).body.hasPrefix(#"{"flag":"true""#))
            for again in [call, lower, call.with { $0.method = .post }] {
                let reply = try await again.send(to: site.center.port)
                #expect(reply.body == #"{"flag":"false","error":"[401.7]Unauthorized Sign Timeout"}"#)
            }
            #expect(try await call.setting("more", "1").send(to: site.center.port).body.hasPrefix(#"{"flag":"true""#))
            let listed = try await site.center.elves("key", "list", "--json").succeeded().decode([KeyView].self)
            #expect(listed.filter(\.once).map(\.authID.text) == [key.id])
        }
    }

    private func expect(_ row: V2Row, _ request: SignedRequest, of site: V2Site) async throws {
        let reply = try await request.send(to: site.center.port)
        #expect(reply.status == 200, "\(row.name)")
        #expect(reply.body == #"{"flag":"false","error":"\#(row.error)"}"#, "\(request.method) \(row.name)")
    }

    private func expectService(of site: V2Site) async throws {
        #expect(try await site.call.send(to: site.center.port).body.hasPrefix(#"{"flag":"true""#))
    }
}
