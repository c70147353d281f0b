import ElvesProtocol
import Foundation

/// Calls `apptest.helloword` over the signed REST API, as an old client does.
struct SignedCaller {
    let authID: String
    let authKey: String

    func form() -> String {
        var fields = [
            ("app", "apptest"), ("func", "helloword"), ("ip", "127.0.0.1"), ("param", "{\"my\":\"toryzen\"}"),
            ("auth_id", authID), ("timestamp", String(Int(Date().timeIntervalSince1970))), ("sign_type", "MD5"),
        ]
        fields.append(("sign", SignatureV2.sign(path: "/api/v2/rt/exec", parameters: fields, key: authKey)))
        return fields.map { "\($0)=\($1 == fields[3].1 ? "%7B%22my%22%3A%22toryzen%22%7D" : $1)" }.joined(separator: "&")
    }

    /// Makes `count` calls with `callers` threads, each with a connection of its own.
    ///
    /// - Throws: `BenchError` if any answer is not the right one.
    func measure(_ count: Int, callers: Int, port: Int) throws -> Latencies {
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
                        let form = form()
                        return try ElvesBench.times(count / callers) {
                            let answer = try caller.post("/api/v2/rt/exec", form: form)
                            guard answer.contains("\"worker_message\":\"toryzen\"") else {
                                throw BenchError("answered \(answer)")
                            }
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
