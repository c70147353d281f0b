import DequeModule
import ElvesModel
package import ElvesProtocol
import OrderedCollections

/// What stands in an agent's spool file, and what has to be written to it.
///
/// Pure. The file is a log of lines: the intent to start an attempt, its result, or the mark that the result may go. An intent
/// that no result follows is an attempt that the agent took along when it died; the next agent reports it as lost. The file is
/// emptied when nothing in it is owed any more, and written anew without the dead lines when they outweigh the living. A torn
/// last line, as a kill in the middle of a write leaves it, was never promised and is dropped.
package struct SpoolLog {
    package enum Effect: Equatable, Sendable {
        case append([UInt8])
        case truncate
        /// Replace the file by these lines, atomically; where intents stand in them, not before they are durable in the new one.
        case rewrite([UInt8], holdsIntents: Bool)
    }

    /// What stands in one line, as the agent reads it.
    package struct Reading {
        /// The attempt of a result; nil if the line cannot be read.
        let result: ([UInt8]) -> AttemptID?
        /// The attempt of an intent, and the result that is owed if no other follows; nil if the line cannot be read.
        let intent: ([UInt8]) -> (id: AttemptID, lost: [UInt8])?

        package init(
            result: @escaping ([UInt8]) -> AttemptID?, intent: @escaping ([UInt8]) -> (id: AttemptID, lost: [UInt8])?
        ) {
            self.result = result
            self.intent = intent
        }
    }

    /// Results, oldest first.
    private var results: Deque<(id: AttemptID, line: [UInt8])> = []
    private var intents: OrderedDictionary<AttemptID, [UInt8]> = [:]
    private var fileBytes = 0
    /// Below this size an idle file is left alone: emptying costs a system call per task.
    private let tidyAbove: Int

    package init(tidyAbove: Int = 1 << 20) { self.tidyAbove = tidyAbove }

    /// The results that are still owed, oldest first.
    package var owed: [[UInt8]] { results.map(\.line) }

    /// The attempts that are taken on and have no result yet.
    package var intended: [AttemptID] { Array(intents.keys) }

    /// Reads the file as it was found at start. Attempts without a result have one from now on: that they are lost.
    ///
    /// - Returns: How to bring the file in order, and how many lines could not be read.
    package mutating func recover(_ found: [UInt8], reading: Reading) -> (effects: [Effect], unreadable: Int) {
        var unreadable = 0
        var lost: [AttemptID: [UInt8]] = [:]
        for line in found.split(separator: 0x0A, omittingEmptySubsequences: true) {
            switch line.first {
            case Self.forgetMark:
                // Half a mark could be the mark of another attempt; without it the result is only sent once more.
                if line.endIndex == found.endIndex { continue }
                forget(AttemptID(String(decoding: line.dropFirst(), as: UTF8.self)))
            case Self.intentMark:
                guard let intent = reading.intent(Array(line.dropFirst())) else {
                    unreadable += 1
                    continue
                }
                intents[intent.id] = Array(line)
                lost[intent.id] = intent.lost
            default:
                guard let id = reading.result(Array(line)) else {
                    unreadable += 1
                    continue
                }
                intents[id] = nil
                results.append((id, Array(line)))
            }
        }
        for id in intents.keys { if let line = lost[id] { results.append((id, line)) } }
        intents = [:]
        let kept = file
        fileBytes = kept.count
        return (found.isEmpty ? [] : [.rewrite(kept, holdsIntents: false)], unreadable)
    }

    /// - Parameter line: What says that the attempt is taken on.
    package mutating func intend(_ id: AttemptID, line: [UInt8]) -> [Effect] {
        let line = [Self.intentMark] + line
        intents[id] = line
        return append(line)
    }

    /// Takes the place of the attempt's intent.
    package mutating func append(_ id: AttemptID, line: [UInt8]) -> [Effect] {
        intents[id] = nil
        results.append((id, line))
        return append(line)
    }

    package mutating func acknowledge(_ id: AttemptID) -> [Effect] {
        guard forget(id) else { return [] }
        if results.isEmpty, intents.isEmpty, fileBytes > tidyAbove {
            fileBytes = 0
            return [.truncate]
        }
        let mark = [Self.forgetMark] + Array(id.text.utf8)
        let bytes = fileBytes + mark.count + 1
        if bytes > 4 * tidyAbove {
            let kept = file
            if kept.count < bytes / 2 {
                fileBytes = kept.count
                return [.rewrite(kept, holdsIntents: !intents.isEmpty)]
            }
        }
        return append(mark)
    }

    /// A new file with all that is living, in the place of one that cannot be trusted any more.
    package mutating func renew() -> Effect {
        let kept = file
        fileBytes = kept.count
        return .rewrite(kept, holdsIntents: true)
    }

    private mutating func append(_ line: [UInt8]) -> [Effect] {
        fileBytes += line.count + 1
        return [.append(line + [0x0A])]
    }

    /// The file as it should be: what is owed and what is taken on, and nothing else.
    private var file: [UInt8] {
        var file = results.reduce(into: [UInt8]()) { $0 += $1.line + [0x0A] }
        for line in intents.values { file += line + [0x0A] }
        return file
    }

    /// - Returns: Whether a result is owed no more.
    @discardableResult
    private mutating func forget(_ id: AttemptID) -> Bool {
        // A result that could not be written is acknowledged all the same.
        intents[id] = nil
        guard let index = results.firstIndex(where: { $0.id == id }) else { return false }
        results.remove(at: index)
        return true
    }

    private static let forgetMark = UInt8(ascii: "-")
    private static let intentMark = UInt8(ascii: "+")
}
