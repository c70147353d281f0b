import ElvesBus
import ElvesModel
import Synchronization
import Testing

/// A way for the components of a center to speak. A new one adds itself to `available`.
struct BusBackend: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () -> any Bus

    var testDescription: String { name }

    static let available = [BusBackend(name: "in memory") { InMemoryBus() }]
}

private struct Ask: BusCall {
    typealias Reply = String
    static let route = BusRoute(.supervisor, "ask")
    let question: String
}

private struct Tell: BusCast {
    static let route = BusRoute(.heartbeat, "tell")
    let number: Int
}

private struct Refusal: Error, Equatable { let text: String }

/// What is heard, in the order in which it is heard.
private final class Notes: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}

/// The cases every bus must pass.
@Suite struct BusConformanceTests {
    private let trace = TraceID("trace-1")

    @Test(arguments: BusBackend.available)
    func `a call is answered by the component that serves it, which knows the trace`(on backend: BusBackend) async throws {
        let bus = backend.make()
        bus.serve(Ask.self) { message, trace in "\(message.question) in \(trace)" }

        #expect(try await bus.call(Ask(question: "why"), trace: trace) == "why in trace-1")
    }

    @Test(arguments: BusBackend.available)
    func `a call that nobody serves names the component that is missing`(on backend: BusBackend) async {
        let bus = backend.make()

        let error = await #expect(throws: BusError.self) { try await bus.call(Ask(question: "why"), trace: trace) }

        #expect(error == .noComponent(Ask.route))
        #expect(
            error.map { "\($0)" }
                == "nothing serves supervisor.ask: the component supervisor is switched off in this center")
    }

    @Test(arguments: BusBackend.available)
    func `what a component throws reaches the caller`(on backend: BusBackend) async {
        let bus = backend.make()
        bus.serve(Ask.self) { message, _ in throw Refusal(text: message.question) }

        await #expect(throws: Refusal(text: "why")) { try await bus.call(Ask(question: "why"), trace: trace) }
    }

    @Test(arguments: BusBackend.available)
    func `a cast that nobody receives is dropped`(on backend: BusBackend) {
        backend.make().cast(Tell(number: 1), trace: trace)
    }

    @Test(arguments: BusBackend.available)
    func `casts of one sender arrive in their order`(on backend: BusBackend) async throws {
        let bus = backend.make()
        let (heard, hear) = AsyncStream<Int>.makeStream()
        bus.receive(Tell.self) { message, _ in hear.yield(message.number) }

        for number in 0..<1000 { bus.cast(Tell(number: number), trace: trace) }

        var numbers: [Int] = []
        for await number in heard {
            numbers.append(number)
            if numbers.count == 1000 { break }
        }
        #expect(numbers == Array(0..<1000))
    }

    @Test(arguments: BusBackend.available)
    func `casts of many senders all arrive, each sender's in order`(on backend: BusBackend) async throws {
        let bus = backend.make()
        let (heard, hear) = AsyncStream<Int>.makeStream()
        bus.receive(Tell.self) { message, _ in hear.yield(message.number) }

        await withTaskGroup { group in
            for sender in 0..<8 {
                group.addTask { for number in 0..<200 { bus.cast(Tell(number: sender * 1000 + number), trace: TraceID("")) } }
            }
        }

        var numbers: [Int: [Int]] = [:]
        var count = 0
        for await number in heard {
            numbers[number / 1000, default: []].append(number % 1000)
            count += 1
            if count == 1600 { break }
        }
        for sender in 0..<8 { #expect(numbers[sender] == Array(0..<200)) }
    }

    @Test(arguments: BusBackend.available)
    func `calls run at the same time`(on backend: BusBackend) async throws {
        let bus = backend.make()
        let (opened, open) = AsyncStream<Void>.makeStream()
        bus.serve(Ask.self) { message, _ in
            if message.question == "wait" { for await _ in opened { break } } else { open.yield() }
            return message.question
        }

        async let first = bus.call(Ask(question: "wait"), trace: trace)
        async let second = bus.call(Ask(question: "open"), trace: trace)

        #expect(try await first == "wait")
        #expect(try await second == "open")
    }

    @Test(arguments: BusBackend.available)
    func `a tap sees every message before its receiver, even one that nobody receives`(on backend: BusBackend) async throws {
        let bus = backend.make()
        let notes = Notes()
        let (done, finish) = AsyncStream<Void>.makeStream()
        bus.cast(Tell(number: 0), trace: trace)
        bus.tap { passage in
            notes.add("tap \(passage.route) \(passage.trace) \(passage.message is Ask || passage.message is Tell)")
        }
        _ = try? await bus.call(Ask(question: "nobody"), trace: trace)
        bus.serve(Ask.self) { _, _ in
            notes.add("served")
            return ""
        }
        bus.receive(Tell.self) { _, _ in
            notes.add("received")
            finish.yield()
        }

        _ = try await bus.call(Ask(question: "x"), trace: trace)
        bus.cast(Tell(number: 1), trace: trace)
        for await _ in done { break }

        #expect(
            notes.all == [
                "tap supervisor.ask trace-1 true", "tap supervisor.ask trace-1 true", "served",
                "tap heartbeat.tell trace-1 true",
                "received",
            ])
    }

    @Test(arguments: BusBackend.available)
    func `every tap sees every message`(on backend: BusBackend) {
        let bus = backend.make()
        let notes = Notes()
        for name in ["a", "b"] { bus.tap { notes.add("\(name) \($0.trace)") } }

        bus.cast(Tell(number: 1), trace: trace)

        #expect(notes.all == ["a trace-1", "b trace-1"])
    }

    @Test(arguments: BusBackend.available)
    func `a receiver may cast and call in turn`(on backend: BusBackend) async throws {
        let bus = backend.make()
        let (heard, hear) = AsyncStream<Int>.makeStream()
        bus.receive(Tell.self) { message, trace in
            if message.number < 3 { bus.cast(Tell(number: message.number + 1), trace: trace) }
            hear.yield(message.number)
        }
        bus.serve(Ask.self) { message, trace in
            message.question == "inner" ? "deep" : try await bus.call(Ask(question: "inner"), trace: trace)
        }

        #expect(try await bus.call(Ask(question: "outer"), trace: trace) == "deep")
        bus.cast(Tell(number: 0), trace: trace)
        var numbers: Set<Int> = []
        for await number in heard {
            numbers.insert(number)
            if numbers.count == 4 { break }
        }
        #expect(numbers == [0, 1, 2, 3])
    }
}
