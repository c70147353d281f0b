import ElvesJSON
import ElvesTestSupport
import Testing

/// What `/api/v2` answers when all is well: the shapes and types that its old clients read.
@Suite(.fewAtOnce) struct V2AnswerTests {
    @Test(arguments: SignedRequest.Method.allCases)
    func `a call is answered with the types the old clients know`(_ method: SignedRequest.Method) async throws {
        try await V2Site.with { site in
            let reply = try await site.call.with { $0.method = method }.send(to: site.center.port)

            #expect(reply.status == 200)
            #expect(reply.headers["content-type"] == "text/plain;charset=UTF-8")
            let envelope = try JSONObject(parsing: Array(reply.body.utf8))
            #expect(envelope.keys == ["flag", "error", "result"])
            #expect(try envelope.string("flag") == "true")
            #expect(try envelope.string("error") == "")
            let result = try JSONObject(#require(envelope.raw("result")))
            #expect(result.keys == ["id", "worker_flag", "worker_message", "worker_costtime"])
            #expect(try #require(try result.string("id")).contains(/^[0-9A-F]{16}$/))
            #expect(try result.integer("worker_flag") == 1)
            #expect(try result.string("worker_message") == "toryzen")
            #expect(try #require(try result.integer("worker_costtime")) >= 0)
        }
    }

    @Test func `flags and messages say how the function ended`() async throws {
        try await V2Site.with { site in
            let rows: [(function: String, param: String?, flag: Int64, message: String)] = [
                ("helloword", #"{"my":"x"}"#, 1, "x"),
                ("helloword", #"{"my":""}"#, 1, ""),
                ("helloword", #"{"my":[1, {"a": null}]}"#, 1, #"[1,{"a":null}]"#),
                ("helloword", "{}", 0, #"pass the text to answer as "my", for example {"my":"toryzen"}"#),
                ("version", nil, 1, "1.0.0"),
                ("version", "", 1, "1.0.0"),
                ("slow", #"{"seconds":0}"#, 1, #"{"version":"1.0.0","seconds":0}"#),
                (
                    "nosuch", "{}", -1,
                    #"apptest 1.0.0 has no function "nosuch"; it has: helloword, slow, version, fresh, counter"#
                ),
            ]
            for row in rows {
                let result = try await site.result(
                    site.call.setting("func", row.function).setting("param", row.param))
                #expect(try result.integer("worker_flag") == row.flag, "\(row)")
                #expect(try result.string("worker_message") == row.message, "\(row)")
            }
        }
    }

    @Test(arguments: SignedRequest.Method.allCases)
    func `any text of parameters comes back as it was`(_ method: SignedRequest.Method) async throws {
        try await V2Site.with { site in
            for text in [
                "two words", " ", "a+b", "1%2B1=2&x=y", "größer", "精灵 😀", "e\u{301}", "\u{1}\t\n\"\\", "<b>'", "\u{7F}\u{2028}",
            ] {
                let param = RawJSON.object { $0.add("my", text) }.text
                let result = try await site.result(site.call.setting("param", param).with { $0.method = method })
                let message = try #require(try result.string("worker_message"))
                #expect(Array(message.utf8) == Array(text.utf8), "\(text)")
            }
        }
    }

    @Test func `a blank may be sent as plus or in percent and is signed as a blank`() async throws {
        try await V2Site.with { site in
            let call = site.call.setting("param", #"{"my":"a b"}"#)
            for blank in ["+", "%20"] {
                let reply = try await call.with { $0.blank = blank }.send(to: site.center.port)
                #expect(reply.body.contains(#""worker_message":"a b""#), "\(blank): \(reply.body)")
            }
        }
    }

    @Test func `the sign and its type count in upper and lower case`() async throws {
        try await V2Site.with { site in
            for change in [{ $0.uppercased() }, { $0.lowercased() }] as [@Sendable (String) -> String] {
                let call = site.call.with { request in
                    request.signType = change("md5")
                    request.bend = { fields in
                        fields = fields.map { $0.0 == "sign" ? ($0.0, change($0.1)) : $0 }
                    }
                }
                let reply = try await call.send(to: site.center.port)
                #expect(reply.body.hasPrefix(#"{"flag":"true""#))
            }
        }
    }

    @Test func `a timestamp within three minutes counts`() async throws {
        try await V2Site.with { site in
            for offset in [-170, 170] {
                let call = site.call.with { $0.timestamp = SignedRequest.timestamp(offset: offset) }
                let reply = try await call.send(to: site.center.port)
                #expect(reply.body.hasPrefix(#"{"flag":"true""#), "\(offset)")
            }
        }
    }

    @Test func `a call that takes longer than its timeout is ended and says so`() async throws {
        try await V2Site.with { site in
            let call = site.call.setting("func", "slow").setting("param", #"{"seconds":60}"#).setting("timeout", "1")

            let result = try await site.result(call)

            #expect(try result.integer("worker_flag") == -1)
            #expect(try #require(try result.integer("worker_costtime")) >= 1000)
        }
    }

    @Test(arguments: ["info/app", "info/apps"])
    func `an app is described`(_ action: String) async throws {
        try await V2Site.with { site in
            let result = try await site.result(SignedRequest(action, [:], key: site.key))

            #expect(result.keys == ["app", "app_name", "app_ver", "last_update_time"])
            #expect(try result.string("app") == "apptest")
            #expect(try result.string("app_name") == "The smallest app that shows everything a function can do")
            #expect(try result.string("app_ver") == "1.0.0")
            #expect(try #require(try result.string("last_update_time")).contains(dateTime))
        }
    }

    @Test func `the agents of an app are listed whether they are there or not`() async throws {
        try await V2Site.with { site in
            let reply = try await SignedRequest("info/agents", [:], key: site.key).send(to: site.center.port)

            #expect(reply.body == #"{"flag":"true","error":"","result":["127.0.0.1","127.0.0.2"]}"#)
        }
    }

    @Test func `an agent that is there is described`() async throws {
        try await V2Site.with { site in
            for showcron in [nil, "false", "TRUE"] {
                let request = SignedRequest("info/agents/detail", ["ip": "127.0.0.1"], key: site.key)
                let result = try await site.result(request.setting("showcron", showcron))

                #expect(result.keys == ["ip", "asset", "last_hb_time"])
                #expect(try result.string("ip") == "127.0.0.1")
                #expect(try result.string("asset")?.isEmpty == false)
                #expect(try #require(try result.string("last_hb_time")).contains(dateTime))
            }
        }
    }

    private var dateTime: Regex<Substring> { /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/ }
}

extension V2Site {
    /// The `result` of a request that must succeed.
    func result(_ request: SignedRequest) async throws -> JSONObject {
        let reply = try await request.send(to: center.port)
        let envelope = try JSONObject(parsing: Array(reply.body.utf8))
        try #require(try envelope.string("flag") == "true", "\(reply.body)")
        return try JSONObject(#require(envelope.raw("result")))
    }
}
