/// What a worker knows of its host and of the running call, and the lines that come of it.
struct WorkerState {
    private static let betweenProgress = Duration.milliseconds(100)

    var lineBytes = Hello.lineBytes
    var depth = Hello.depth
    var version: String?
    var secrets = Members()

    /// The running call; nil between calls.
    private(set) var call: String?
    private(set) var until: Duration?
    private(set) var isCancelled = false
    /// The id as JSON text.
    private var id: [UInt8] = []
    private var held: (percent: Double?, message: String?)?
    private var lastProgress: Duration?

    mutating func begin(_ call: Call, until: Duration?) {
        self.call = call.id
        self.until = until
        isCancelled = false
        id.removeAll(keepingCapacity: true)
        JSON.write(call.id, into: &id)
    }

    mutating func end() {
        call = nil
        until = nil
        isCancelled = false
        held = nil
    }

    /// Marks the call as cancelled, if it is still the running one, and returns whether it is.
    mutating func cancel(_ call: String) -> Bool {
        if self.call == call { isCancelled = true }
        return isCancelled
    }

    // MARK: Progress

    /// Keeps a progress until it may leave; a later one takes its place.
    mutating func hold(_ percent: Double?, _ message: String?) {
        guard call != nil else { return }
        held = (percent.flatMap { $0.isNaN ? nil : min(100, max(0, $0)) }, message)
    }

    /// The held progress as a line, when the last one is long enough ago.
    mutating func takeProgress(ifDue now: Duration) -> [UInt8]? {
        if let lastProgress, now - lastProgress < Self.betweenProgress { return nil }
        return takeProgress(now: now)
    }

    /// The held progress as a line.
    mutating func takeProgress(now: Duration) -> [UInt8]? {
        guard let (percent, message) = held else { return nil }
        held = nil
        lastProgress = now
        return Lines.progress(id: id, percent: percent, message: message, lineBytes: lineBytes)
    }

    // MARK: Other lines

    func logLine(_ message: String, _ level: Level) -> [UInt8] {
        Lines.log(message, level, id: call == nil ? nil : id, lineBytes: lineBytes)
    }

    /// The line that answers the running call, whatever the function has answered.
    func resultLine(_ answer: Answer, _ reason: String?) -> [UInt8] {
        var line: [UInt8] = []
        do {
            line = try Lines.result(id: id, answer, reason, depth: depth - 1)
        } catch {
            return failure("the result cannot be sent as JSON: \(error)", "exception")
        }
        guard line.count - 1 > lineBytes else { return line }
        return failure("the result takes a line of \(line.count - 1) bytes, the limit is \(lineBytes)", "output-limit")
    }

    private func failure(_ text: String, _ reason: String) -> [UInt8] {
        // A text is JSON at any depth.
        (try? Lines.result(id: id, .false(text), reason, depth: 0)) ?? []
    }
}
