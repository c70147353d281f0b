import ElvesApps
import Foundation

/// The one line that the confined process says.
struct IntakeAnswer: Codable {
    struct Taken: Codable {
        let files: [ArchivedFile]
        /// The text of `app.yaml`; what is no UTF-8 is no manifest either.
        let manifest: String
    }

    /// The archive is good.
    var taken: Taken?
    /// The archive is not, for this reason.
    var refused: String?
    /// Something else went wrong, as a full disk.
    var failed: String?

    /// The line and its end. What cannot be told as JSON is told as a failure.
    var line: [UInt8] {
        let bytes = (try? JSONEncoder().encode(self)) ?? Data(#"{"failed":"the answer is not JSON"}"#.utf8)
        return Array(bytes) + [0x0A]
    }

    /// - Returns: Nil for anything but one line with exactly one of the three.
    init?(line: [UInt8]) {
        guard line.last == 0x0A, line.firstIndex(of: 0x0A) == line.count - 1,
            let answer = try? JSONDecoder().decode(Self.self, from: Data(line)),
            [answer.taken != nil, answer.refused != nil, answer.failed != nil].count(where: { $0 }) == 1
        else { return nil }
        self = answer
    }

    init(taken: Taken? = nil, refused: String? = nil, failed: String? = nil) {
        self.taken = taken
        self.refused = refused
        self.failed = failed
    }
}
