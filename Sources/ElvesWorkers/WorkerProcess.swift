import ElvesFlow
import ElvesModel
import ElvesProtocol
import ElvesSandbox
import NIOCore
import NIOPosix

/// One sandboxed process, its tree and its pipes. Confined to its event loop.
///
/// It has ended when its launcher has said how and all three pipes are closed: only then has everything it wrote been read,
/// and only then is its process tree known to be gone.
final class WorkerProcess: HostedWorker {
    /// What the process does, told on the event loop.
    struct Events {
        let output: Output
        let closedOutput: () -> Void
        let standardError: (ByteBuffer) -> Void
        let ended: (WorkerRemains) -> Void
    }

    /// What becomes of the process's standard output.
    enum Output {
        /// Lines of the worker protocol; `settled` follows when all that was written so far was handed over.
        case lines(limit: Int, received: ([UInt8]) -> Void, tooLong: () -> Void, settled: () -> Void)
        /// Bytes, as they come.
        case bytes((ByteBuffer) -> Void)

        func handler(closed: @escaping () -> Void) -> any ChannelInboundHandler {
            switch self {
            case .lines(let limit, let received, let tooLong, let settled):
                LineHandler(limit: limit, received: received, tooLong: tooLong, settled: settled, closed: closed)
            case .bytes(let received): BytesHandler(received: received, closed: closed)
            }
        }
    }

    private enum Phase {
        /// The launcher is being started; what is to be written waits. Next: `running`, `ended`.
        case launching(unwritten: [[UInt8]], isKilled: Bool)
        /// Next: `ended`.
        case running(Pipes)
        case ended
    }

    private struct Pipes {
        let started: StartedWorker
        let protocolChannel: any Channel
        let control: any Channel
        var open = 3
    }

    private let loop: any EventLoop
    private let events: Events
    private var phase = Phase.launching(unwritten: [], isKilled: false)
    private var ending: WorkerEnding?
    private var process: Int32?
    private var use = WorkerUse()
    private var fatalCall: FatalCall?
    /// How long the launcher may take to say how a worker ended that has closed its output.
    private static let closingLimit = TimeAmount.milliseconds(500)

    init(loop: any EventLoop, events: Events) {
        self.loop = loop
        self.events = events
    }

    // MARK: From the host

    func start(_ launch: @escaping @Sendable () throws -> StartedWorker) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        // Starting a process blocks for half a millisecond: not on the loop that serves everybody else.
        NIOSingletons.posixBlockingThreadPool.runIfActive(eventLoop: loop) { try launch() }
            .whenComplete { bound.value.launched($0) }
    }

    func write(_ message: HostMessage) { write(message.line) }

    private func write(_ line: [UInt8]) {
        switch phase {
        case .launching(let unwritten, let isKilled):
            phase = .launching(unwritten: unwritten + [line], isKilled: isKilled)
        case .running(let pipes):
            pipes.protocolChannel.writeAndFlush(ByteBuffer(bytes: line), promise: nil)
        case .ended: break
        }
    }

    func kill() {
        switch phase {
        case .launching(let unwritten, _): phase = .launching(unwritten: unwritten, isKilled: true)
        case .running(let pipes):
            pipes.control.writeAndFlush(ByteBuffer(bytes: [ControlCommand.kill.rawValue]), promise: nil)
        case .ended: break
        }
    }

    var counts: GroupCounts { if case .running(let pipes) = phase { pipes.started.group.counts() } else { GroupCounts() } }

    // MARK: From the process

    private func launched(_ result: Result<StartedWorker, any Error>) {
        let started: StartedWorker
        switch result {
        case .success(let launched): started = launched
        case .failure(let error):
            phase = .ended
            return events.ended(WorkerRemains(.spawnFailed("\(error)")))
        }
        let process = started.process
        let bound = NIOLoopBound(self, eventLoop: loop)
        let output = NIOPipeBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let worker = bound.value
                try channel.pipeline.syncOperations.addHandler(
                    worker.events.output.handler(closed: { worker.outputClosed() }))
            }
        }.takingOwnershipOfDescriptors(input: process.standardOutput, output: process.standardInput)
        let errors = NIOPipeBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let worker = bound.value
                try channel.pipeline.syncOperations.addHandler(
                    BytesHandler(received: worker.events.standardError, closed: { worker.pipeClosed() }))
            }
        }.takingOwnershipOfDescriptor(input: process.standardError)
        let control = ClientBootstrap(group: loop).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                let worker = bound.value
                try channel.pipeline.syncOperations.addHandler(
                    LineHandler(
                        limit: 4096, received: { worker.controlled($0) }, tooLong: {}, settled: {},
                        closed: { worker.controlClosed(started) }))
            }
        }.withConnectedSocket(process.control)
        output.and(control).and(errors).whenComplete { result in
            bound.value.connected(started, result.map { ($0.0.0, $0.0.1) })
        }
    }

    private func connected(_ started: StartedWorker, _ channels: Result<(any Channel, any Channel), any Error>) {
        guard case .launching(let unwritten, let isKilled) = phase else { return }
        switch channels {
        case .failure(let error):
            phase = .ended
            events.ended(WorkerRemains(.spawnFailed("its pipes could not be opened: \(error)")))
        case .success(let (output, control)):
            phase = .running(Pipes(started: started, protocolChannel: output, control: control))
            for line in unwritten { write(line) }
            if isKilled { kill() }
        }
    }

    private func controlled(_ line: [UInt8]) {
        switch try? ControlMessage(String(decoding: line, as: UTF8.self)) {
        case .started(let process): self.process = process
        case .failed(let layer, _, let reason): ending = .refused(layer: layer, text: reason)
        case .exited(let code): if ending == nil { ending = .exited(code: Int(code)) }
        case .signaled(let number): if ending == nil { ending = .signaled(number: Int(number)) }
        case nil:
            ending = .refused(
                layer: "control", text: "a launcher of another build: \(String(decoding: line.prefix(80), as: UTF8.self))")
        }
    }

    /// The worker closed its output. Usually it has ended, and the launcher is about to say so; a worker that lives on has
    /// broken the protocol.
    private func outputClosed() {
        let bound = NIOLoopBound(self, eventLoop: loop)
        loop.scheduleTask(in: Self.closingLimit) {
            guard case .running = bound.value.phase else { return }
            bound.value.events.closedOutput()
        }
        pipeClosed()
    }

    private func controlClosed(_ started: StartedWorker) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        let (process, isFiltered) = (process, ending == .signaled(number: WorkerEnding.badSystemCall))
        // The launcher ends right after it closed the socket; a wait for it is short, but may block.
        NIOSingletons.posixBlockingThreadPool.runIfActive(eventLoop: loop) {
            (started.finish(), isFiltered ? started.fatalCall(process: process) : nil)
        }.whenSuccess { use, fatalCall in
            (bound.value.use, bound.value.fatalCall) = (use, fatalCall)
            bound.value.pipeClosed()
        }
    }

    private func pipeClosed() {
        guard case .running(var pipes) = phase else { return }
        pipes.open -= 1
        phase = pipes.open == 0 ? .ended : .running(pipes)
        if pipes.open == 0 { events.ended(WorkerRemains(ending ?? .lost, use, fatalCall)) }
    }
}

/// What is known of a worker that has gone.
struct WorkerRemains {
    let ending: WorkerEnding
    let use: WorkerUse
    let fatalCall: FatalCall?

    init(_ ending: WorkerEnding, _ use: WorkerUse = WorkerUse(), _ fatalCall: FatalCall? = nil) {
        self.ending = ending
        self.use = use
        self.fatalCall = fatalCall
    }
}
