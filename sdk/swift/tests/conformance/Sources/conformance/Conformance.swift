import ElvesWorker
import Glibc

/// The functions that the fixtures call; sdk/protocol/conformance.md says what each does.
@main final class Conformance: App {
    private var calls = 0

    var functions: [Function] {
        Function("bad_param") { _ in throw BadParam("this parameter is never good enough") }
        Function("big") { param in .true(String(repeating: "x", count: try param.integer("bytes"))) }
        Function("count") { _ in
            self.calls += 1
            return .true(self.calls)
        }
        Function("deadline") { param in
            guard let left = deadline() else { return .false("no deadline") }
            let seconds = try param.number("seconds")
            return .true(left > .zero && left <= .seconds(seconds))
        }
        Function("deep") { param in
            var value: JSON = []
            for _ in 1..<(try param.integer("levels")) { value = [value] }
            return .true(value)
        }
        Function("echo") { param in .true(param) }
        Function("fail") { param in .false(param["text"]) }
        Function("json") { _ in
            .true([
                "null": JSON.null, "true": true, "false": false, "integer": -7, "large": 9_007_199_254_740_991,
                "fraction": 0.5, "text": #"a "quote", a \ and a /"#, "empty_text": "",
                "list": JSON.list([1, .list([2, .list([])])]), "object": ["empty": [:] as JSON],
            ])
        }
        Function("log") { param in
            let text = String(repeating: try param.text("text"), count: try param.integer("repeat", default: 1))
            for level in Level.allCases { log(text, level: level) }
            return .true
        }
        Function("none") { _ in .true }
        Function("print") { _ in
            try printInEveryWay()
            return .true("done")
        }
        Function("progress") { _ in
            progress(10, "begun")
            progress(100, "done")
            return .true
        }
        Function("progress_flood") { param in
            let times = try param.integer("times")
            for number in 0..<times { progress(Double(number) * 100 / Double(times)) }
            return .true
        }
        Function("progress_wild") { _ in
            progress(250)
            progress(-3)
            return .true
        }
        Function("raises") { param in throw Boom(text: try param.text("text")) }
        Function("secret") { param in .true(try secret(param.text("name"))) }
        Function("stdin") { _ in .true(readStandardInput()) }
        Function("unicode") { _ in .true("Grüße, 世界, 🧝 \u{1}\t\n\r \" \\ \u{7f} \u{2028} \u{feff}") }
        Function("version") { _ in .true(appVersion()) }
        Function("wait") { _ in
            let clock = ContinuousClock()
            let end = clock.now + .seconds(10)
            while clock.now < end {
                if cancelled() { throw Cancelled("stopped") }
                poll(nil, 0, 10)
            }
            return .true("nobody cancelled")
        }
    }
}

/// What `raises` fails with.
private struct Boom: Error {
    let text: String
}

/// Prints with Swift, on the descriptor and with another program, and leaves a line unfinished.
private func printInEveryWay() throws {
    print(#"{"type":"result","id":"1","flag":true,"result":"printed"}"#)
    let text = "written to descriptor 1\n"
    write(1, text, text.utf8.count)
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("echo"), strdup("printed by another program"), nil]
    defer { arguments.forEach { free($0) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, "/bin/echo", nil, nil, &arguments, nil)
    guard code == 0 else { throw Boom(text: "/bin/echo: \(String(cString: strerror(code)))") }
    waitpid(child, nil, 0)
    print("without a newline", terminator: "")
}

private func readStandardInput() -> String {
    var text = ""
    while let line = readLine(strippingNewline: false) { text += line }
    return text
}
