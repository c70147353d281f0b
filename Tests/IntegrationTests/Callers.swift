import ElvesTestSupport
import Synchronization

/// Callers that send the same signed call again and again, and what they were answered.
final class Callers: Sendable {
    struct Call: Sendable {
        /// Nil if the connection ended before an answer was there.
        let answer: V2Answer?
        let took: Duration
    }

    private let calls = Mutex<[Call]>([])
    private let mayEnd = Atomic(false)
    private let request: SignedRequest
    private let port: Int
    private let limit: Duration

    init(_ request: SignedRequest, port: Int, limit: Duration) {
        self.request = request
        self.port = port
        self.limit = limit
    }

    /// Calls made so far.
    var all: [Call] { calls.withLock { $0 } }
    /// Calls that an agent had or the center ended: those with a task.
    var answered: [V2Answer] { all.compactMap(\.answer).filter { $0.task != nil } }

    /// Lets `count` callers call until `body` has ended.
    func run(_ count: Int, while body: () async throws -> Void) async throws {
        mayEnd.store(false, ordering: .relaxed)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { while !self.mayEnd.load(ordering: .relaxed) { try await self.callOnce() } }
            }
            defer { mayEnd.store(true, ordering: .relaxed) }
            try await body()
            mayEnd.store(true, ordering: .relaxed)
            try await group.waitForAll()
        }
    }

    /// Waits until so many calls in all have an answer with a task.
    func waitUntil(answered count: Int) async throws {
        try await eventually("\(count) calls are answered", within: .seconds(60)) {
            let now = answered.count
            return (now, now >= count)
        }
    }

    private func callOnce() async throws {
        let start = ContinuousClock.now
        let call = request.with { $0.timestamp = SignedRequest.timestamp(offset: 0) }
        let reply: HTTPReply?
        do { reply = try await call.send(to: port, within: limit) } catch is NoAnswer { reply = nil }
        let answer = try reply.map { try V2Answer($0) }
        let took = ContinuousClock.now - start
        calls.withLock { $0.append(Call(answer: answer, took: took)) }
    }
}
