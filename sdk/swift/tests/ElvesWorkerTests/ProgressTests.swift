import ElvesWorker
import Testing

struct ProgressTests {
    let host = Host()

    /// The percents that left during a call, on the test's clock.
    private func percents(_ body: @escaping (Host) -> Void) -> [JSON?] {
        let host = host
        let (messages, _) = host.run(
            [
                Function("f") { _ in
                    body(host)
                    return .true
                }
            ], Host.call("f"))
        #expect(messages.last?["type"] == "result")
        return messages.dropLast().map { $0["percent"] }
    }

    @Test func `ten a second leave, and the last one wins`() {
        let sent = percents { host in
            for step in 0...100 {
                host.worker.progress(Double(step), nil)
                host.advance(by: .milliseconds(10))
            }
        }
        #expect(sent == [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100])
    }

    @Test func `a held one leaves when the app asks for its cancel`() {
        let sent = percents { host in
            host.worker.progress(1, nil)
            host.worker.progress(2, nil)
            host.advance(by: .milliseconds(200))
            _ = host.worker.seesCancel()
            host.worker.progress(3, nil)
        }
        #expect(sent == [1, 2, 3])
    }

    @Test func `percent is clamped and rounded`() {
        let sent = percents { host in
            for percent in [-1, 33.33333, 1e9, .nan] {
                host.worker.progress(percent, "at work")
                host.advance(by: .seconds(1))
            }
        }
        #expect(sent == [0, 33.3, 100, nil])
    }

    @Test func `nothing about a call follows its result`() {
        #expect(percents { _ in } == [])
        host.worker.progress(50, nil)
        host.worker.log("later", .info)
        #expect(host.heard() == [["type": "log", "level": "info", "message": "later"]])
    }

    @Test func `the time left falls to nothing, and is nil without a limit`() {
        let host = host
        var seen: [Duration?] = []
        let asks = Function("f") { _ in
            seen.append(host.worker.timeLeft())
            host.advance(by: .seconds(70))
            seen.append(host.worker.timeLeft())
            return .true
        }
        _ = host.run([asks], Host.call("f", timeout: 60_000), #"{"type":"call","id":"2","function":"f"}"#)
        #expect(seen == [.seconds(60), .zero, nil, nil])
    }

    @Test func `a cancel of another call is none`() {
        let host = host
        var seen: [Bool] = []
        let asks = Function("f") { _ in
            seen.append(host.worker.seesCancel())
            host.say(#"{"type":"cancel","id":"2"}"#)
            seen.append(host.worker.seesCancel())
            host.say(#"{"type":"cancel","id":"1"}"#, #"{"type":"bye"}"#)
            seen.append(host.worker.seesCancel())
            return .true
        }
        host.say(Host.hello, Host.call("f"))
        #expect(host.worker.serve { [asks] } == .done)
        #expect(seen == [false, false, true])
    }
}
