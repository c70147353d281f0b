package import ElvesJSON
package import ElvesModel

/// How one call ended.
package struct WorkerAnswer: Equatable, Sendable {
    package let flag: TaskFlag
    package let result: RawJSON
    package let reason: Reason?
    /// What the worker's sandbox refused meanwhile.
    package var violations = Violations()

    package init(flag: TaskFlag, result: RawJSON, reason: Reason?) {
        self.flag = flag
        self.result = result
        self.reason = reason
    }

    /// The answer for a call that got none from its function.
    package static func error(_ reason: Reason, _ text: String) -> WorkerAnswer {
        WorkerAnswer(flag: .error, result: .string(text), reason: reason)
    }
}

/// How a worker's process ended, as the launcher or the spawn reports it.
package enum WorkerEnding: Equatable, Sendable {
    case exited(code: Int)
    case signaled(number: Int)
    /// A layer of the sandbox could not be had, so the worker never ran.
    case refused(layer: String, text: String)
    /// The launcher itself could not be started.
    case spawnFailed(String)
    /// The launcher went without saying how the worker ended.
    case lost

    /// The signal that ends a worker whose filter kills for a call.
    package static let badSystemCall = 31

    /// The answer for a call the worker had. `tail` is the end of what it wrote on standard error.
    func answer(tail: String) -> WorkerAnswer {
        let last = tail.trimmedBlanks
        let said = last.isEmpty ? "" : "; its last words: \(last)"
        switch self {
        case .exited(0):
            return .error(.noResult, "the worker ended without an answer\(said)")
        case .exited(let code):
            return .error(.exited, "the worker exited with code \(code) in the middle of the call\(said)")
        case .signaled(let number):
            return .error(.crashed, "the worker was ended by signal \(number)\(said)")
        case .refused(let layer, let text):
            return .error(
                .sandbox(layer: layer), "the sandbox layer \(layer) could not be had, so nothing was run: \(text)")
        case .spawnFailed(let text):
            return .error(.spawn, "the worker could not be started: \(text)")
        case .lost:
            return .error(.crashed, "the launcher ended without a word\(said)")
        }
    }
}

extension String {
    fileprivate var trimmedBlanks: String {
        var text = self[...]
        while text.last?.isWhitespace == true { text = text.dropLast() }
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        return String(text)
    }
}
