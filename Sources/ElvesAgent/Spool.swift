package import ElvesFlow
import ElvesJSON
package import ElvesModel
package import ElvesProtocol
import Foundation
package import NIOCore
import NIOPosix

/// The file that keeps an agent's results until the center has recorded them, and what it takes on before it starts it: carries
/// out what `SpoolLog` decides.
///
/// A result is written before it is sent. It has to survive the death of the agent and no more: a loss of the host's power takes
/// the workers' answers along anyway, so it does not wait for the disk. An intent does, since after any loss it is all that
/// keeps a task from a second start: many are made durable at once, by a thread of their own. Confined to the agent's loop.
package final class Spool {
    private let path: String
    private let loop: any EventLoop
    private var log = SpoolLog()
    private var file: SpoolFile
    /// Whether the folder's own entry of the file may not be durable yet.
    private var isFolderBehind = true
    /// Whether only a new file will do: the one there is could not be brought in order at the start, or the kernel failed to make
    /// it durable, and may call the same pages clean from then on, so that asking again proves nothing.
    private var isDistrusted = false
    /// Who waits for intents that are written, and not in the hands of the syncing thread.
    private var waiting: [@Sendable (Result<Void, any Error>) -> Void] = []
    private var isSyncing = false
    private let sync: @Sendable (SpoolFile, Bool) throws -> Void

    /// The results found at start, oldest first; those of attempts that ended with the agent among them.
    package private(set) var recovered: [TaskReport] = []
    /// Lines that could not be read at start: at most the one that was being written when the agent died.
    package private(set) var unreadable = 0
    /// Why the file could not be brought in order at start; nil if it was.
    package private(set) var trouble: (any Error)?

    /// - Parameters:
    ///   - now: When attempts that are found without a result are told to have ended.
    ///   - sync: Makes the file durable, and its folder where that is asked for; blocks.
    package init(
        path: String, loop: any EventLoop, now: Timestamp,
        sync: @escaping @Sendable (SpoolFile, Bool) throws -> Void = { try $0.sync(withFolder: $1) }
    ) throws {
        self.path = path
        self.loop = loop
        self.sync = sync
        let found = FileManager.default.contents(atPath: path).map { Array($0) } ?? []
        file = try SpoolFile(path)
        let recovery = log.recover(found, reading: Self.reading(now))
        unreadable = recovery.unreadable
        recovered = log.owed.compactMap { try? Self.report($0) }
        do { try carryOut(recovery.effects) } catch { (isDistrusted, trouble) = (true, error) }
    }

    /// Writes down that an order is taken on.
    ///
    /// - Parameter done: Called later, on the loop: that it is durable, or why it is not. The order may be started only in the
    ///   first case.
    package func intend(_ intent: TaskIntent, _ done: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        do { try carryOut(log.intend(intent.id, line: intent.line)) } catch {
            return loop.execute { done(.failure(error)) }
        }
        waiting.append(done)
        if !isSyncing { startSync() }
    }

    /// - Parameter frame: The report as it is sent: a frame is a line of JSON.
    package func keep(_ id: AttemptID, frame: [UInt8]) throws {
        try carryOut(log.append(id, line: frame))
    }

    package func forget(_ id: AttemptID) throws {
        try carryOut(log.acknowledge(id))
    }

    // MARK: Durable

    /// All that waits now shares one sync; what comes meanwhile shares the next.
    private func startSync() {
        let (waiters, withFolder) = (waiting, isFolderBehind)
        waiting = []
        (isSyncing, isFolderBehind) = (true, false)
        let bound = NIOLoopBound(self, eventLoop: loop)
        NIOSingletons.posixBlockingThreadPool.runIfActive(eventLoop: loop) { [file, sync] in try sync(file, withFolder) }
            .whenComplete { bound.value.synced($0, waiters) }
    }

    private func synced(_ result: Result<Void, any Error>, _ waiters: [@Sendable (Result<Void, any Error>) -> Void]) {
        isSyncing = false
        if case .failure = result { (isDistrusted, isFolderBehind) = (true, true) }
        if !waiting.isEmpty {
            if isDistrusted { fail(result) } else { startSync() }
        }
        for waiter in waiters { waiter(result) }
    }

    /// What was written to a file that is not trusted any more is not durable either.
    private func fail(_ result: Result<Void, any Error>) {
        let waiters = waiting
        waiting = []
        for waiter in waiters { waiter(result) }
    }

    // MARK: The file

    private func carryOut(_ effects: [SpoolLog.Effect]) throws {
        guard isDistrusted else { return try effects.forEach(perform) }
        try perform(log.renew())
        isDistrusted = false
    }

    private func perform(_ effect: SpoolLog.Effect) throws {
        switch effect {
        case .append(let bytes): try file.append(bytes)
        case .truncate: try file.empty()
        case .rewrite(let bytes, let holdsIntents):
            let aside = try SpoolFile(besides: path)
            try aside.append(bytes)
            if holdsIntents { try aside.sync(withFolder: false) }
            try aside.takePlace()
            file = aside
            isFolderBehind = true
        }
    }

    private static func reading(_ now: Timestamp) -> SpoolLog.Reading {
        SpoolLog.Reading(
            result: { (try? report($0))?.id },
            intent: { line in
                (try? TaskIntent(line: line)).map { ($0.id, AgentFrame.result($0.lost(at: now)).bytes) }
            })
    }

    private static func report(_ line: [UInt8]) throws -> TaskReport {
        try TaskReport(JSONObject(parsing: line, limits: JSONLimits(bytes: LinkProtocol.frameLimit, depth: 80)))
    }
}
