package import ElvesModel

/// The planned times that are done with, so that none of them comes again when the clock is put back.
///
/// Kept as spans of time, the one that goes on last. A clock that is put far forward opens a new span; what lies between was never
/// done, and comes in its time when the clock is put right. The oldest span is forgotten when there are too many.
package struct PlannedTimes: Codable, Equatable, Sendable {
    private struct Span: Codable, Equatable, Sendable {
        var first: Timestamp
        var last: Timestamp
    }
    private var spans: [Span] = []

    /// Each stands for a time of more than a window in which nobody was there, or a clock that was put forward by as much.
    private static let limit = 64

    /// The last one of the span that goes on.
    package var latest: Timestamp? { spans.last?.last }

    /// The end of the span that has a time; nil if it is not done with.
    func end(of time: Timestamp) -> Timestamp? { spans.last { $0.first <= time && time <= $0.last }?.last }

    /// Notes a planned time as done with.
    ///
    /// - Parameter follows: Whether everything since the latest one is done with too.
    mutating func add(_ time: Timestamp, follows: Bool) {
        if let index = spans.indices.last(where: { spans[$0].first <= time && time <= spans[$0].last }) {
            return spans.append(spans.remove(at: index))
        }
        let first = follows ? latest.flatMap { $0 < time ? spans.popLast()?.first : nil } ?? time : time
        // What the span has grown over is in it.
        spans.removeAll { first <= $0.first && $0.last <= time }
        spans.append(Span(first: first, last: time))
        if spans.count > Self.limit { spans.removeFirst() }
    }
}
