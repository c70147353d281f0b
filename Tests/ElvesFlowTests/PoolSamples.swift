import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol

func configuration(reusesWorkers: Bool = true) throws -> WorkerPool.Configuration {
    WorkerPool.Configuration(
        hello: WorkerHello(
            app: try AppName("hello"), version: try AppVersion("1.0.0"), entry: "hello.py", isolation: "warm",
            limits: JSONLimits(bytes: 4096, depth: 16)),
        reusesWorkers: reusesWorkers)
}

func call(_ id: String, timeout: Duration = .seconds(5)) -> WorkerCall {
    WorkerCall(id: TaskID(id), function: "greet", param: .string(id), timeout: timeout)
}

/// What a worker may write.
enum Line {
    static let ready = Array(#"{"type":"ready","protocol":1,"sdk":"test","functions":["greet"]}"#.utf8)

    static func result(_ id: String, flag: Bool = true, value: String = "done") -> [UInt8] {
        RawJSON.object { members in
            members.add("type", "result")
            members.add("id", id)
            members.add("flag", flag)
            members.add("result", value)
        }.bytes
    }

    static func log(_ text: String) -> [UInt8] {
        RawJSON.object { members in
            members.add("type", "log")
            members.add("level", "debug")
            members.add("message", text)
        }.bytes
    }

    static func progress(_ id: String) -> [UInt8] { Array(#"{"type":"progress","id":"\#(id)","percent":50}"#.utf8) }
}

extension WorkerAnswer {
    static func done(_ value: String = "done") -> WorkerAnswer {
        WorkerAnswer(flag: .succeeded, result: .string(value), reason: nil)
    }

    var text: String { result.stringValue ?? "" }
}

extension [WorkerPool.Effect] {
    var spawned: [WorkerPool.WorkerID] {
        compactMap { if case .spawn(let id) = $0 { id } else { nil } }
    }

    var killed: [WorkerPool.WorkerID] {
        compactMap { if case .kill(let id) = $0 { id } else { nil } }
    }

    var answers: [(task: String, answer: WorkerAnswer)] {
        compactMap { if case .answer(let task, let answer) = $0 { (task.text, answer) } else { nil } }
    }

    /// The reasons of the answers, by task.
    var reasons: [String: Reason?] {
        answers.reduce(into: [:]) { $0[$1.task] = .some($1.answer.reason) }
    }

    /// Which worker got which call.
    var calls: [(worker: WorkerPool.WorkerID, task: String)] {
        compactMap { if case .write(let id, .call(let call)) = $0 { (id, call.id.text) } else { nil } }
    }

    var byes: [WorkerPool.WorkerID] {
        compactMap { if case .write(let id, .bye) = $0 { id } else { nil } }
    }

    var logged: [String] {
        compactMap { if case .log(let level, let message, _) = $0 { "\(level): \(message)" } else { nil } }
    }
}

extension WorkerPool {
    /// A worker that is ready and idle.
    mutating func idleWorker() throws -> WorkerID {
        let id = try busyWorker("warm-up")
        _ = received(Line.result("warm-up"), from: id)
        _ = settled(id)
        return id
    }

    /// A worker that has the call.
    mutating func busyWorker(_ task: String) throws -> WorkerID {
        let effects = submit(call(task))
        if let idle = effects.calls.first { return idle.worker }
        guard let id = effects.spawned.first else { throw Unexpected(effects: "\(effects)") }
        _ = received(Line.ready, from: id)
        return id
    }
}
