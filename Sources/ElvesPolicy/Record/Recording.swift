/// What a run of an app, or of a program, asked of its host: the raw material of proposals.
///
/// Made by watching, so it shows what these runs did and nothing else. Two can be merged.
package struct Recording: Sendable, Equatable {
    /// What was watched, for people.
    package var source: String
    /// Without two equal ones but for the count; sorted.
    package var calls: [Call] = []
    package var paths: [Path] = []
    /// Places in the network.
    package var places: [Place] = []
    package var peaks = Peaks()
    /// The functions that were called.
    package var functions: Set<String> = []
    /// Why it does not show all that was done; empty if it does.
    package var gaps: Set<String> = []

    package init(source: String) { self.source = source }

    package enum Phase: String, Sendable, CaseIterable {
        /// Before the worker had a call.
        case start
        case steady
    }

    /// Who did it, and when.
    package struct Moment: Sendable, Hashable {
        package let phase: Phase
        /// Nil where nobody can tell.
        package let function: String?

        package init(phase: Phase, function: String?) {
            self.phase = phase
            self.function = function
        }
    }

    /// Equal system calls.
    package struct Call: Sendable, Hashable {
        package let name: String
        /// All six; those that choose nothing are 0.
        package let arguments: [UInt64]
        package let moment: Moment
        package var count: Int

        package init(name: String, arguments: [UInt64], moment: Moment, count: Int) {
            self.name = name
            self.arguments = Array((arguments + [UInt64](repeating: 0, count: 6)).prefix(6))
            self.moment = moment
            self.count = count
        }
    }

    package enum Access: String, Sendable, CaseIterable, Comparable {
        /// Whether it is there, and what it is.
        case look
        case read, write

        package static func < (left: Access, right: Access) -> Bool {
            allCases.firstIndex(of: left) ?? 0 < allCases.firstIndex(of: right) ?? 0
        }
    }

    /// A path that was tried, with success or without.
    package struct Path: Sendable, Hashable {
        /// Absolute, as the worker saw it.
        package let path: String
        package let access: Access
        package let moment: Moment
        package var count: Int

        package init(path: String, access: Access, moment: Moment, count: Int) {
            self.path = path
            self.access = access
            self.moment = moment
            self.count = count
        }
    }

    package struct Place: Sendable, Hashable {
        /// `HOST:PORT`.
        package let target: String
        /// Whether the worker tried to reach it by itself, which no worker can, and not through the agent's socket.
        package let isDirect: Bool
        package let moment: Moment
        package var count: Int

        package init(target: String, isDirect: Bool, moment: Moment, count: Int) {
            self.target = target
            self.isDirect = isDirect
            self.moment = moment
            self.count = count
        }
    }

    /// The most that any worker used; nil is what could not be told.
    package struct Peaks: Sendable, Equatable {
        /// Bytes: of the address space of a process, or of the memory of all, whichever is more.
        package var memory: UInt64?
        package var processes: UInt64?
        /// Open at a time in one process.
        package var files: UInt64?

        package init(memory: UInt64? = nil, processes: UInt64? = nil, files: UInt64? = nil) {
            self.memory = memory
            self.processes = processes
            self.files = files
        }

        package func merged(with other: Peaks) -> Peaks {
            func larger(_ one: UInt64?, _ two: UInt64?) -> UInt64? { one.map { max($0, two ?? 0) } ?? two }
            return Peaks(
                memory: larger(memory, other.memory), processes: larger(processes, other.processes),
                files: larger(files, other.files))
        }
    }

    /// What either of the two shows.
    package func merged(with other: Recording) -> Recording {
        var all = Recording(source: source == other.source ? source : "\(source), \(other.source)")
        all.calls = sums(calls + other.calls, of: \.count) { [$0.name, "\($0.arguments)"] + $0.moment.order }
        all.paths = sums(paths + other.paths, of: \.count) { [$0.path, $0.access.rawValue] + $0.moment.order }
        all.places = sums(places + other.places, of: \.count) { [$0.target, "\($0.isDirect)"] + $0.moment.order }
        all.peaks = peaks.merged(with: other.peaks)
        all.functions = functions.union(other.functions)
        all.gaps = gaps.union(other.gaps)
        return all
    }
}

extension Recording.Moment {
    fileprivate var order: [String] { [phase.rawValue, function ?? ""] }

    /// For people, as in `by report` or `at the start`.
    package var inWords: String { phase == .start ? "at the start" : function.map { "by \($0)" } ?? "by the program" }
}

/// Equal things once, with the sum of their counts, in order.
private func sums<T>(_ things: [T], of count: WritableKeyPath<T, Int>, by key: (T) -> [String]) -> [T] {
    var byKey: [[String]: T] = [:]
    for thing in things {
        let key = key(thing)
        if byKey[key] == nil { byKey[key] = thing } else { byKey[key]?[keyPath: count] += thing[keyPath: count] }
    }
    return byKey.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
}
