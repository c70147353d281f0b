import ElvesWebhooks
import Synchronization

/// A resolver whose answers change from one question to the next.
final class Lookups: Sendable {
    private let answers: Mutex<[String]>

    init(_ answers: [String]) { self.answers = Mutex(answers) }

    func next() -> NetworkAddress? {
        answers.withLock { answers in NetworkAddress(answers.count > 1 ? answers.removeFirst() : answers.first ?? "") }
    }
}
