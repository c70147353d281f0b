package import ElvesModel

/// What stands in an agent's spool file, and what has to be written to it.
///
/// Pure. The file is a log of lines: a result, or the id of a task whose result may go. It is emptied when nothing in it is
/// owed any more, and written anew without the dead lines when they outweigh the living. A torn last line, as a kill in the
/// middle of a write leaves it, is a result that was never promised and is dropped.
package struct SpoolLog {
    package enum Effect: Equatable, Sendable {
        case append([UInt8])
        case truncate
        /// Replace the file by these lines, atomically.
        case rewrite([UInt8])
    }

    private var living: [(task: TaskID, line: [UInt8])] = []
    private var fileBytes = 0
    /// Below this size an idle file is left alone: emptying costs a system call per task.
    private let tidyAbove: Int

    package init(tidyAbove: Int = 1 << 20) { self.tidyAbove = tidyAbove }

    /// The lines that are still owed, oldest first.
    package var owed: [[UInt8]] { living.map(\.line) }

    /// Reads the file as it was found at start.
    ///
    /// - Parameter task: The task of a result line; nil if the line cannot be read.
    /// - Returns: How to bring the file in order, and how many lines could not be read.
    package mutating func recover(_ found: [UInt8], task: ([UInt8]) -> TaskID?) -> (effects: [Effect], unreadable: Int) {
        var unreadable = 0
        for line in found.split(separator: 0x0A, omittingEmptySubsequences: true) {
            if line.first == Self.forgetMark {
                forget(TaskID(String(decoding: line.dropFirst(), as: UTF8.self)))
            } else if let task = task(Array(line)) {
                living.append((task, Array(line)))
            } else {
                unreadable += 1
            }
        }
        let kept = file
        fileBytes = kept.count
        return (found.isEmpty ? [] : [.rewrite(kept)], unreadable)
    }

    package mutating func append(_ task: TaskID, line: [UInt8]) -> [Effect] {
        living.append((task, line))
        fileBytes += line.count + 1
        return [.append(line + [0x0A])]
    }

    package mutating func acknowledge(_ task: TaskID) -> [Effect] {
        guard forget(task) else { return [] }
        if living.isEmpty, fileBytes > tidyAbove {
            fileBytes = 0
            return [.truncate]
        }
        let mark = [Self.forgetMark] + Array(task.text.utf8) + [0x0A]
        fileBytes += mark.count
        if fileBytes > 4 * tidyAbove {
            let kept = file
            if kept.count < fileBytes / 2 {
                fileBytes = kept.count
                return [.rewrite(kept)]
            }
        }
        return [.append(mark)]
    }

    /// The file as it should be: what is owed, and nothing else.
    private var file: [UInt8] { living.reduce(into: []) { $0 += $1.line + [0x0A] } }

    @discardableResult
    private mutating func forget(_ task: TaskID) -> Bool {
        guard let index = living.firstIndex(where: { $0.task == task }) else { return false }
        living.remove(at: index)
        return true
    }

    private static let forgetMark = UInt8(ascii: "-")
}
