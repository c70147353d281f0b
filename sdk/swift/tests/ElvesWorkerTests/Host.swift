import ElvesWorker
import Glibc
import Synchronization

/// The host's end of a worker that runs inside of the test, with a clock that only the test moves.
final class Host: Sendable {
    private let clock: Clock
    private let ends: [Int32]
    private let toWorker: Int32
    private let fromWorker: Int32
    let worker: Worker

    init() {
        var input: [Int32] = [-1, -1]
        var output: [Int32] = [-1, -1]
        pipe(&input)
        pipe(&output)
        toWorker = input[1]
        fromWorker = output[0]
        let clock = Clock(time: .seconds(100))
        self.clock = clock
        worker = Worker(reader: input[0], writer: output[1]) { clock.now }
        ends = [input[0], output[1]]
    }

    deinit {
        for descriptor in ends + [toWorker, fromWorker] { close(descriptor) }
    }

    func advance(by step: Duration) { clock.advance(by: step) }

    /// Writes lines to the worker.
    func say(_ lines: String...) {
        for line in lines {
            let bytes = Array((line + "\n").utf8)
            write(toWorker, bytes, bytes.count)
        }
    }

    /// Says hello, then the lines, then bye, and returns what the worker wrote without its `ready`, and how it ended.
    ///
    /// Both have to fit into a pipe, 64 KiB.
    func run(
        _ functions: [Function], hello: String = Host.hello, _ lines: String..., load: (() throws -> Void)? = nil
    ) -> (messages: [JSON], code: ExitCode) {
        say(hello)
        for line in lines { say(line) }
        say(#"{"type":"bye"}"#)
        let code = worker.serve {
            try load?()
            return functions
        }
        return (heard().filter { $0["type"] != "ready" }, code)
    }

    /// What the worker has written since the last time; it has to have written something.
    func heard() -> [JSON] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = read(fromWorker, &buffer, buffer.count)
        let lines = buffer[..<max(0, count)].split(separator: 0x0A)
        return lines.compactMap { try? JSON(parsing: Array($0)) }
    }

    static let hello = #"{"type":"hello","protocols":[1],"app":"tried","version":"1.2.3","entry":"x"}"#

    static func call(_ function: String, _ param: String = "null", timeout: Int = 60_000) -> String {
        #"{"type":"call","id":"1","function":"\#(function)","param":\#(param),"timeout_ms":\#(timeout)}"#
    }
}

/// A clock that stands still until it is moved.
final class Clock: Sendable {
    private let time: Mutex<Duration>

    init(time: Duration) {
        self.time = Mutex(time)
    }

    var now: Duration { time.withLock { $0 } }
    func advance(by step: Duration) { time.withLock { $0 += step } }
}
