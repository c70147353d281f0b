import ElvesJSON
import ElvesProtocol
import Foundation

/// Calls `apptest.helloword` over the signed REST API, as an old client does.
struct SignedCaller {
    let authID: String
    let authKey: String

    /// The signed form of a request.
    func form(_ path: String, _ parameters: KeyValuePairs<String, String>) -> String {
        var fields = parameters.map { ($0.key, $0.value) }
        fields += [
            ("auth_id", authID), ("timestamp", String(Int(Date().timeIntervalSince1970))), ("sign_type", "MD5"),
        ]
        fields.append(("sign", SignatureV2.sign(path: path, parameters: fields, key: authKey)))
        return fields.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")" }
            .joined(separator: "&")
    }

    /// Sends one request.
    ///
    /// - Returns: A member of the answer's result that is a text.
    func ask(
        _ caller: HTTPCaller, _ path: String, _ parameters: KeyValuePairs<String, String>, _ member: String
    ) throws -> String {
        let answer = try caller.post(path, form: form(path, parameters))
        guard let result = try JSONObject(parsing: Array(answer.utf8)).raw("result"),
            let text = try JSONObject(result).string(member)
        else { throw BenchError("\(path) answered \(answer)") }
        return text
    }

    /// Makes `count` calls with `callers` threads, each with a connection of its own.
    ///
    /// - Throws: `BenchError` if any answer is not the right one.
    func measure(
        _ count: Int, callers: Int, port: Int, path: String = "/api/v2/rt/exec",
        expecting answer: String = "\"worker_message\":\"toryzen\""
    ) throws -> Latencies {
        let results = Results()
        let start = ContinuousClock.now
        let group = DispatchGroup()
        for _ in 0..<callers {
            group.enter()
            let thread = Thread {
                results.add(
                    Result {
                        let caller = try HTTPCaller(port: port)
                        // Signed beforehand: what is measured begins when the request leaves its caller.
                        let form = form(
                            path, ["app": "apptest", "func": "helloword", "ip": "127.0.0.1", "param": "{\"my\":\"toryzen\"}"])
                        return try ElvesBench.times(count / callers) {
                            let reply = try caller.post(path, form: form)
                            guard reply.contains(answer) else { throw BenchError("answered \(reply)") }
                        }
                    })
                group.leave()
            }
            thread.start()
        }
        group.wait()
        return Latencies(try results.all(), wall: ContinuousClock.now - start)
    }
}
