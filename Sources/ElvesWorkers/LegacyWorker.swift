import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesSandbox
import Foundation
import NIOCore

/// A program of the original system in the place of a worker: each call starts it with the app's name, the function and the
/// parameter in base64 as arguments, and it answers with tags on its standard output (`LegacyAnswer`).
///
/// To its host it looks like any worker that serves one call: ready at once, one result, an end. Confined to its event loop.
final class LegacyWorker: HostedWorker {
    struct Events {
        let line: ([UInt8]) -> Void
        let outputTooLong: () -> Void
        let standardError: (ByteBuffer) -> Void
        let ended: (WorkerRemains) -> Void
    }

    private enum Phase {
        /// Next: `running`, `ended`.
        case waiting
        /// Next: `ended`.
        case running(WorkerProcess)
        case ended
    }

    private let launch: WorkerLaunch
    private let watch: WorkerLaunch.Watch
    private let loop: any EventLoop
    private let outputLimit: Int
    private let events: Events
    private var app = ""
    private var output: [UInt8] = []
    private var phase = Phase.waiting

    init(
        _ launch: WorkerLaunch, _ watch: WorkerLaunch.Watch, loop: any EventLoop, outputLimit: Int, events: Events
    ) {
        self.launch = launch
        self.watch = watch
        self.loop = loop
        self.outputLimit = outputLimit
        self.events = events
    }

    func write(_ message: HostMessage) {
        switch message {
        case .hello(let hello):
            app = hello.app.text
            // The host is in the middle of the move that started this worker.
            later { $0.events.line(WorkerMessage.readyLine(sdk: "legacy", language: "legacy")) }
        case .call(let call): run(call)
        case .cancel: break
        case .bye: if case .waiting = phase { later { $0.end(WorkerRemains(.exited(code: 0))) } }
        }
    }

    var counts: GroupCounts { if case .running(let process) = phase { process.counts } else { GroupCounts() } }

    func kill() {
        switch phase {
        case .waiting: later { $0.end(WorkerRemains(.signaled(number: 9))) }
        case .running(let process): process.kill()
        case .ended: break
        }
    }

    private func run(_ call: WorkerCall) {
        let process = WorkerProcess(
            loop: loop,
            events: .init(
                output: .bytes { self.wrote($0) }, closedOutput: {}, standardError: events.standardError,
                ended: { self.ended(call, $0) }))
        phase = .running(process)
        // As in the original, no parameter is an empty argument.
        let hasParameter = call.param != .emptyObject && call.param != .null
        let param = hasParameter ? Data(call.param.bytes).base64EncodedString() : ""
        process.start { [launch, watch, app] in try launch.start(arguments: [app, call.function, param], watch) }
    }

    private func wrote(_ buffer: ByteBuffer) {
        guard output.count <= outputLimit else { return }
        output += buffer.readableBytesView
        if output.count > outputLimit { events.outputTooLong() }
    }

    private func ended(_ call: WorkerCall, _ remains: WorkerRemains) {
        if remains.ending == .exited(code: 0), output.count <= outputLimit {
            let answer = LegacyAnswer.parse(output)
            let line = WorkerMessage.resultLine(call.id, flag: answer.flag == .succeeded, result: answer.result)
            switch answer.flag {
            // The host says so itself, with the program's last words.
            case .error: events.standardError(ByteBuffer(string: answer.result.stringValue ?? ""))
            case _ where line.count > outputLimit: events.outputTooLong()
            default: events.line(line)
            }
        }
        end(remains)
    }

    private func end(_ remains: WorkerRemains) {
        if case .ended = phase { return }
        phase = .ended
        events.ended(remains)
    }

    private func later(_ body: @escaping (LegacyWorker) -> Void) {
        let bound = NIOLoopBound((self, body), eventLoop: loop)
        loop.execute { bound.value.1(bound.value.0) }
    }
}
