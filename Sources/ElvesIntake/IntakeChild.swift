import ElvesApps
import Glibc

/// The confined end: what `elves internal-intake` does.
///
/// Runs on the process's first thread alone, since its filter allows no second one.
package enum IntakeChild {
    /// The first argument by which the program knows that this is wanted of it.
    package static let command = "internal-intake"

    /// Reads the archive that is open as standard input and says what it found as one line on standard output.
    ///
    /// - Parameter arguments: The archive's name, then the folder to make, if it is to be unpacked.
    /// - Returns: The exit code.
    package static func run(_ arguments: [String]) -> Int32 {
        guard (1...2).contains(arguments.count) else { return 64 }
        let answer = answer(name: arguments[0], folder: arguments.count == 2 ? arguments[1] : nil)
        var rest = answer.line[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return 74 }
            rest = rest.dropFirst(max(0, count))
        }
        return 0
    }

    private static func answer(name: String, folder: String?) -> IntakeAnswer {
        do {
            let checked = try ArchiveIntake().take(descriptor: 0, name: name, into: folder)
            return IntakeAnswer(
                taken: .init(files: checked.files, manifest: String(decoding: checked.manifestBytes, as: UTF8.self)))
        } catch {
            return error.isFinal ? IntakeAnswer(refused: "\(error)") : IntakeAnswer(failed: "\(error)")
        }
    }
}
