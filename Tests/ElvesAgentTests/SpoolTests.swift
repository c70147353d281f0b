import ElvesAgent
import ElvesFlow
import ElvesJSON
import ElvesModel
import ElvesProtocol
import ElvesTestSupport
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

/// The spool's file: what is durable when, and what the next agent makes of it.
@Suite struct SpoolTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.next()
    private let scratch: ScratchFolder
    private var path: String { scratch.file("spool.jsonl") }

    init() throws { scratch = try ScratchFolder() }

    @Test func `an intent is in the file when it is told to be durable, and the next agent owes a report`() async throws {
        let spool = try await open()
        try await intend("A", in: spool)

        #expect(text(of: path).hasPrefix(#"+{"task":"A","attempt":2,"#) && text(of: path).hasSuffix("}\n"))
        let next = try await open()
        let recovered = try await on(next) { $0.recovered }
        #expect(recovered.map(\.id) == [AttemptID(TaskID("A"), 2)] && recovered.map(\.reason) == [.agentLost])
        #expect(recovered.map(\.endedAt) == [Timestamp(microseconds: 99)])
        // It stands in the file as a report from now on.
        #expect(text(of: path).hasPrefix(#"{"type":"result","task":"A""#))
        try await on(next) { try $0.forget(AttemptID(TaskID("A"), 2)) }
        let last = try await open()
        #expect(try await on(last) { $0.recovered } == [])
    }

    @Test func `what comes while the disk works shares one sync`() async throws {
        let disk = SlowDisk()
        let spool = try await open { _, _ in disk.sync() }
        let (dones, done) = AsyncStream<Result<Void, any Error>>.makeStream()
        try await on(spool) { spool in
            for number in 0..<20 { spool.intend(try intent("A\(number)")) { done.yield($0) } }
        }
        await disk.waitUntilBusy()
        #expect(disk.count == 1)
        disk.release(times: 2)

        var succeeded = 0
        for await result in dones.prefix(20) { if case .success = result { succeeded += 1 } }
        #expect(succeeded == 20 && disk.count == 2)
    }

    @Test func `after the disk has failed nothing is durable but in a new file`() async throws {
        let syncs = Mutex(0)
        let spool = try await open { file, withFolder in
            let isFirst = syncs.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst { throw POSIXError(.EIO) }
            try file.sync(withFolder: withFolder)
        }
        let before = try inode()

        await #expect(throws: POSIXError.self) { try await intend("A", in: spool) }
        #expect(try inode() == before)
        try await on(spool) { try $0.keep(AttemptID(TaskID("A"), 2), frame: Array(#"{"kept":1}"#.utf8)) }
        #expect(try inode() != before)
        try await intend("B", in: spool)

        let lines = text(of: path).split(separator: "\n")
        #expect(lines.count == 2 && lines.first == #"{"kept":1}"# && lines.last?.hasPrefix(#"+{"task":"B""#) == true)
    }

    @Test func `where no new file can be had no intent is taken, and the error says why`() async throws {
        let broken = try await open { _, _ in throw POSIXError(.EIO) }
        await #expect(throws: POSIXError.self) { try await intend("A", in: broken) }
        try scratch.makeFolder("spool.jsonl.new")

        let error = await #expect(throws: (any Error).self) { try await intend("B", in: broken) }
        #expect(error.map { "\($0)" }?.contains("spool.jsonl could not be rewritten: Is a directory") == true)
    }

    @Test func `a file that cannot be brought in order at the start is owed all the same, and written as soon as it can be`()
        async throws
    {
        _ = try await intend("A", in: open())
        try scratch.makeFolder("spool.jsonl.new")
        let spool = try await open()

        let (recovered, trouble) = try await on(spool) { ($0.recovered, $0.trouble.map { "\($0)" }) }
        #expect(recovered.map(\.reason) == [.agentLost] && trouble?.contains("could not be rewritten") == true)
        await #expect(throws: (any Error).self) { try await intend("B", in: spool) }
        try FileManager.default.removeItem(atPath: path + ".new")
        try await intend("C", in: spool)

        let next = try await on(open()) { $0.recovered }
        #expect(next.map(\.task) == [TaskID("A"), TaskID("B"), TaskID("C")])
        #expect(next.first == recovered.first)
    }

    // MARK: On the loop

    private func open(
        sync: @escaping @Sendable (SpoolFile, Bool) throws -> Void = { try $0.sync(withFolder: $1) }
    ) async throws -> NIOLoopBound<Spool> {
        try await loop.submit { [loop, path] in
            NIOLoopBound(
                try Spool(path: path, loop: loop, now: Timestamp(microseconds: 99), sync: sync), eventLoop: loop)
        }.get()
    }

    private func on<T: Sendable>(
        _ spool: NIOLoopBound<Spool>, _ body: @escaping @Sendable (Spool) throws -> T
    ) async throws -> T {
        try await loop.submit { try body(spool.value) }.get()
    }

    private func intend(_ task: String, in spool: NIOLoopBound<Spool>) async throws {
        let promise = loop.makePromise(of: Void.self)
        try await on(spool) { $0.intend(try intent(task)) { promise.completeWith($0) } }
        try await promise.futureResult.get()
    }

    private func inode() throws -> UInt64 {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? UInt64)
    }
}

private func intent(_ task: String) throws -> TaskIntent {
    TaskIntent(
        RunOrder(
            task: TaskID(task), trace: TraceID("t"), app: try AppName("hello"), function: "greet", param: .null,
            timeout: .seconds(5), attempt: 2, isStored: true), receivedAt: Timestamp(microseconds: 1))
}

/// A disk that works on one sync until it is released.
private final class SlowDisk: Sendable {
    private let syncs = Mutex(0)
    private let gate = DispatchSemaphore(value: 0)
    private let (starts, start) = AsyncStream<Void>.makeStream()

    var count: Int { syncs.withLock { $0 } }

    func sync() {
        syncs.withLock { $0 += 1 }
        start.yield()
        gate.wait()
    }

    func waitUntilBusy() async { for await _ in starts { return } }

    func release(times: Int) { for _ in 0..<times { gate.signal() } }
}
