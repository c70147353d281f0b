import Glibc
import Synchronization

/// One app behind one pair of descriptors.
package final class Worker: Sendable {
    private static let protocols = [1]

    private let writer: Int32
    private let clock: @Sendable () -> Duration
    private let input: Mutex<Input>
    /// Held while a line is written, so that nothing about a call follows its result, from no thread.
    private let state = Mutex(WorkerState())

    /// - Parameter clock: Time that only goes forward.
    package init(reader: Int32, writer: Int32, clock: @escaping @Sendable () -> Duration) {
        self.writer = writer
        self.clock = clock
        input = Mutex(Input(descriptor: reader))
    }

    package var appVersion: String? { state.withLock { $0.version } }
    package var secrets: Members { state.withLock { $0.secrets } }

    // MARK: The life of a worker

    /// Answers calls until `bye` or the end of input.
    package func serve(_ load: () throws -> [Function]) -> ExitCode {
        do {
            guard let first = try next() else { return .done }
            guard case .hello(let hello) = first else { throw Refused("\(first.type) before hello") }
            let version = try accept(hello)
            let table: FunctionTable
            do {
                table = try FunctionTable(try load())
            } catch {
                log("the app cannot be loaded: \(ErrorText(error))", .error)
                return .notLoaded
            }
            Descriptors.flush()
            write(Lines.ready(protocol: version, functions: table.names))
            while let message = try next() {
                switch message {
                case .call(let call): answer(call, table)
                case .cancel: break
                case .bye: return .done
                case .hello: throw Refused("a second hello")
                }
            }
            return .done
        } catch let refusal as Refused {
            log("refused: \(refusal.reason)", .error)
            return .refused
        } catch {
            log("\(ErrorText(error))", .error)
            return .refused
        }
    }

    private func next() throws -> Message? {
        try input.withLock { try $0.next() }
    }

    /// Takes limits and names from the hello and returns the protocol to speak.
    private func accept(_ hello: Hello) throws -> Int {
        guard let version = Self.protocols.last(where: { hello.protocols.contains(.integer($0)) }) else {
            throw Refused(
                "no protocol in common: the host offers \(JSON.list(hello.protocols)), "
                    + "this worker speaks \(JSON(Self.protocols))")
        }
        let secrets = try hello.secretsDescriptor.map { try Secrets.read(from: Int32($0)) } ?? Members()
        input.withLock { input in
            input.lineBytes = hello.lineBytes
            input.depth = hello.depth
        }
        state.withLock { state in
            state.lineBytes = hello.lineBytes
            state.depth = hello.depth
            state.version = hello.version
            state.secrets = secrets
        }
        return version
    }

    // MARK: One call

    private func answer(_ call: Call, _ table: FunctionTable) {
        let begin = clock()
        state.withLock { $0.begin(call, until: call.timeout.map { begin + $0 }) }
        let (answer, reason) = outcome(of: call, table)
        if Descriptors.isChild.load(ordering: .relaxed) {
            Descriptors.flush()
            _exit(answer.flag ? 0 : 1)
        }
        Descriptors.flush()
        state.withLock { state in
            let line = state.resultLine(answer, reason)
            if let progress = state.takeProgress(now: clock()) { put(progress) }
            state.end()
            put(line)
        }
    }

    private func outcome(of call: Call, _ table: FunctionTable) -> (Answer, reason: String?) {
        guard let function = table[call.function] else {
            return (.false("\(UnknownFunction(name: call.function, known: table.names))"), "unknown-function")
        }
        do {
            let answer = try function.body(call.param)
            return (answer, !answer.flag && state.withLock(\.isCancelled) ? "cancelled" : nil)
        } catch let error as BadParam {
            return (.false(error.description), "bad-param")
        } catch let error as Cancelled {
            return (.false(error.description), "cancelled")
        } catch {
            let text = "\(ErrorText(error))"
            log(text, .error)
            return (.false(text), "exception")
        }
    }

    // MARK: What an app asks for

    package func log(_ message: String, _ level: Level) {
        if Descriptors.isChild.load(ordering: .relaxed) {
            Descriptors.complain("\(level.rawValue): \(message)")
        } else {
            state.withLock { put($0.logLine(message, level)) }
        }
    }

    package func progress(_ percent: Double?, _ message: String?) {
        guard !Descriptors.isChild.load(ordering: .relaxed) else { return }
        state.withLock { state in
            state.hold(percent, message)
            if let line = state.takeProgress(ifDue: clock()) { put(line) }
        }
    }

    package func timeLeft() -> Duration? {
        state.withLock(\.until).map { max(.zero, $0 - clock()) }
    }

    /// Reads what has come in and returns whether the running call is cancelled; any thread may ask.
    package func seesCancel() -> Bool {
        guard !Descriptors.isChild.load(ordering: .relaxed) else { return false }
        let call: String? = state.withLock { state in
            if let line = state.takeProgress(ifDue: clock()) { put(line) }
            return state.isCancelled ? nil : state.call
        }
        // Between calls the input is locked by the thread that waits for it.
        guard let call, let found = input.withLockIfAvailable({ input in Result { try input.holdsCancel(of: call) } })
        else { return state.withLock(\.isCancelled) }
        do {
            guard try found.get() else { return false }
        } catch {
            // Inside of the app's code there is nobody to hand an error to.
            log("refused: \((error as? Refused)?.reason ?? "\(error)")", .error)
            Descriptors.flush()
            _exit(ExitCode.refused.rawValue)
        }
        return state.withLock { $0.cancel(call) }
    }

    // MARK: Lines

    private func write(_ line: [UInt8]) {
        state.withLock { _ in put(line) }
    }

    /// Writes one line; the caller holds the state.
    private func put(_ line: [UInt8]) {
        Descriptors.write(line, to: writer)
    }
}

/// Runs the worker of this process and ends the process.
func runWorker(_ load: () throws -> [Function]) -> Never {
    let (reader, writer) = Descriptors.claim()
    let worker = Worker(reader: reader, writer: writer) {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
    current.withLock { $0 = worker }
    exit(worker.serve(load).rawValue)
}
