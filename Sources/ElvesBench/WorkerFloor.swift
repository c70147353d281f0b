import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesSandbox
import Foundation

/// The floor of the worker: the same Python worker in the same sandbox, spoken to over its bare pipes by a blocking parent.
struct WorkerFloor {
    let sandbox: PreparedSandbox
    let launcher: Launcher
    let hello: WorkerHello
    let function: String
    let param: RawJSON

    func measure(_ count: Int) throws -> Latencies {
        let process = try launcher.launch(sandbox)
        defer {
            process.closeDescriptors()
            _ = try? process.reap()
        }
        let pipe = LinePipe(input: process.standardOutput, output: process.standardInput)
        try pipe.write(HostMessage.hello(hello).line)
        _ = try pipe.readLine()
        let call = HostMessage.call(
            WorkerCall(id: TaskID("0123456789ABCDEF"), function: function, param: param, timeout: .seconds(90))
        ).line
        func roundTrip() throws {
            try pipe.write(call)
            _ = try pipe.readLine()
        }
        for _ in 0..<min(count, 200) { try roundTrip() }
        return try ElvesBench.measure(count) { try roundTrip() }
    }
}

/// Lines over two blocking descriptors.
final class LinePipe {
    private let input: Int32
    private let output: Int32
    private var part = [UInt8](repeating: 0, count: 16 << 10)
    /// What was read beyond the last line.
    private var rest: [UInt8] = []

    init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
    }

    func write(_ bytes: [UInt8]) throws {
        guard Foundation.write(output, bytes, bytes.count) == bytes.count else { throw BenchError("the worker reads no more") }
    }

    /// The next line that is wanted, without its line feed; those before it are dropped.
    func readLine(where isWanted: (ArraySlice<UInt8>) -> Bool = { _ in true }) throws -> [UInt8] {
        while true {
            while let end = rest.firstIndex(of: 0x0A) {
                let line = rest[..<end]
                let found = isWanted(line) ? Array(line) : nil
                rest.removeSubrange(...end)
                if let found { return found }
            }
            let count = read(input, &part, part.count)
            guard count > 0 else { throw BenchError("the worker ended") }
            rest += part[..<count]
        }
    }
}

/// The original's way: a new interpreter for each call.
enum InterpreterFloor {
    static func measure(_ count: Int, interpreter: String) throws -> Latencies {
        try ElvesBench.measure(count) {
            let words = [
                interpreter, "-c",
                "import sys, json, base64; sys.exit(json.loads(base64.b64decode(sys.argv[1]))['my'] != 'toryzen')",
                "eyJteSI6InRvcnl6ZW4ifQ==",
            ]
            var arguments = words.map { strdup($0) } + [nil]
            defer { for argument in arguments { free(argument) } }
            var process = pid_t()
            var status: Int32 = 0
            guard posix_spawn(&process, interpreter, nil, nil, &arguments, environ) == 0,
                waitpid(process, &status, 0) == process, status == 0
            else { throw BenchError("\(interpreter) could not be run") }
        }
    }
}
