package import ElvesModel
import Synchronization

/// The bus of a center that is one process: a message is a function call, nothing is serialised.
package final class InMemoryBus: Bus {
    private struct State {
        var servers: [ObjectIdentifier: any Sendable] = [:]
        var receivers: [ObjectIdentifier: [any Sendable]] = [:]
        var taps: [@Sendable (BusPassage) -> Void] = []
    }

    private struct CallHandler<Message: BusCall>: Sendable {
        let run: @Sendable (Message, TraceID) async throws -> Message.Reply
    }

    private struct CastHandler<Message: BusCast>: Sendable {
        let run: @Sendable (Message, TraceID) -> Void
    }

    private let state = Mutex(State())

    package init() {}

    package func call<Message: BusCall>(_ message: Message, trace: TraceID) async throws -> Message.Reply {
        let (handler, taps) = state.withLock { ($0.servers[ObjectIdentifier(Message.self)], $0.taps) }
        for tap in taps { tap(BusPassage(route: Message.route, trace: trace, message: message)) }
        guard let handler = handler as? CallHandler<Message> else { throw BusError.noComponent(Message.route) }
        return try await handler.run(message, trace)
    }

    package func cast<Message: BusCast>(_ message: Message, trace: TraceID) {
        let (receivers, taps) = state.withLock { ($0.receivers[ObjectIdentifier(Message.self)] ?? [], $0.taps) }
        for tap in taps { tap(BusPassage(route: Message.route, trace: trace, message: message)) }
        for receiver in receivers { (receiver as? CastHandler<Message>)?.run(message, trace) }
    }

    package func serve<Message: BusCall>(
        _: Message.Type, _ handler: @escaping @Sendable (Message, TraceID) async throws -> Message.Reply
    ) {
        state.withLock { $0.servers[ObjectIdentifier(Message.self)] = CallHandler(run: handler) }
    }

    package func receive<Message: BusCast>(
        _: Message.Type, _ handler: @escaping @Sendable (Message, TraceID) -> Void
    ) {
        state.withLock { $0.receivers[ObjectIdentifier(Message.self), default: []].append(CastHandler(run: handler)) }
    }

    package func tap(_ observer: @escaping @Sendable (BusPassage) -> Void) {
        state.withLock { $0.taps.append(observer) }
    }
}
