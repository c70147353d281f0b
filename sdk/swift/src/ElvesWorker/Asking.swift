// What an app may ask and say. Outside of a worker, in a test, these do nothing, and `log` prints on standard error.

import Synchronization

/// The worker of this process, once there is one.
let current = Mutex<Worker?>(nil)

private var worker: Worker? { current.withLock { $0 } }

/// How much a log line matters.
public enum Level: String, Sendable, CaseIterable {
    case debug, info, warning, error
}

/// Sends a log line.
public func log(_ message: String, level: Level = .info) {
    if let worker { worker.log(message, level) } else { Descriptors.complain("\(level.rawValue): \(message)") }
}

/// Says how far the call is.
///
/// Ten a second go out, of which the last one wins; the last one of a call is always sent.
///
/// - Parameter percent: 0 to 100; what is beyond is taken for the nearer of the two.
public func progress(_ percent: Double? = nil, _ message: String? = nil) {
    worker?.progress(percent, message)
}

/// The time left before the host kills the call; nil when there is no limit.
public func deadline() -> Duration? {
    worker?.timeLeft()
}

/// Whether the caller has given up. Ask it in loops, and throw `Cancelled`.
public func cancelled() -> Bool {
    worker?.seesCancel() ?? false
}

/// Throws `Cancelled` when the caller has given up.
public func checkCancelled(_ description: @autoclosure () -> String = "cancelled") throws(Cancelled) {
    if cancelled() { throw Cancelled(description()) }
}

/// The version of the app that runs; nil outside of a worker.
public func appVersion() -> String? {
    worker?.appVersion
}

/// A secret that the manifest asks for.
///
/// - Throws: `UnknownSecret`, which names those there are. Outside of a worker there is none.
public func secret(_ name: String) throws(UnknownSecret) -> String {
    let secrets = worker?.secrets ?? Members()
    guard let text = secrets[name]?.text else { throw UnknownSecret(name: name, known: secrets.map(\.key)) }
    return text
}

/// A secret that the host did not pass.
public struct UnknownSecret: Error, Equatable, CustomStringConvertible {
    let name: String
    let known: [String]

    public var description: String {
        let names = known.sorted().joined(separator: ", ")
        return "no secret \(JSON.text(name)); there is \(known.isEmpty ? "none" : names)"
            + "; list it under secrets in app.yaml and give it a value on the host"
    }
}
