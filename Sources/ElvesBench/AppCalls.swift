import ElvesAgent
import ElvesApps
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesWorkers
import NIOCore

/// Calls of one function through its `AppRuntime`, made on the event loop of its workers, as an agent makes them.
struct AppCalls {
    let runtime: AppRuntime
    let function: Manifest.Function
    let param: RawJSON
    let loop: any EventLoop

    private struct State {
        /// Calls not begun.
        var remaining: Int
        var running = 0
        var number: UInt64 = 0
        var times: [Int64] = []
        var results: [RawJSON] = []
        let done: EventLoopPromise<(times: [Int64], results: [RawJSON])>
    }

    /// Makes `count` calls, so many at a time.
    ///
    /// - Returns: Their times, and what they answered.
    /// - Throws: `BenchError` if one is not answered with flag true.
    func make(_ count: Int, atOnce callers: Int) async throws -> (latencies: Latencies, results: [RawJSON]) {
        let promise = loop.makePromise(of: (times: [Int64], results: [RawJSON]).self)
        let state = NIOLoopBoundBox.makeBoxSendingValue(State(remaining: count, done: promise), eventLoop: loop)
        let start = ContinuousClock.now
        loop.execute { for _ in 0..<min(callers, count) { next(state) } }
        let (times, results) = try await promise.futureResult.get()
        return (Latencies(times, wall: ContinuousClock.now - start), results)
    }

    private func next(_ state: NIOLoopBoundBox<State>) {
        guard state.value.remaining > 0 else {
            if state.value.running == 0 { state.value.done.succeed((state.value.times, state.value.results)) }
            return
        }
        state.value.remaining -= 1
        state.value.running += 1
        state.value.number += 1
        let call = WorkerCall(
            id: TaskID(String(state.value.number, radix: 16)), function: function.name, param: param,
            timeout: function.timeout)
        let before = ContinuousClock.now
        runtime.run(
            call, function,
            .init(started: {}) { answer in
                state.value.times.append((ContinuousClock.now - before).nanoseconds)
                state.value.results.append(answer.result)
                state.value.running -= 1
                guard answer.flag == .succeeded else {
                    state.value.remaining = 0
                    let reason = answer.reason.map { " (\($0.word))" } ?? ""
                    return state.value.done.fail(BenchError("\(function.name) answered \(answer.result.text)\(reason)"))
                }
                // Its worker is free when all is read that it wrote along with the answer.
                loop.execute { next(state) }
            })
    }
}
