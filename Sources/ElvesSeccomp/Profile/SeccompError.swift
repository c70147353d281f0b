import ElvesFiles

/// Why a system call profile cannot be read or compiled.
package enum SeccompError: Error, Equatable {
    case notJSON(String, at: SourcePosition)
    /// `place` is the way to the object that has the key, such as `syscalls[3]`.
    case unknownKey(place: String, key: String, known: [String], at: SourcePosition)
    case badValue(place: String, reason: String, at: SourcePosition)
    /// No machine has a call of this name.
    case unknownSystemCall(place: String, name: String, at: SourcePosition)
    /// Two rules answer the same call differently; which one counts would depend on the reader.
    case disagreement(name: String, first: SeccompRule, second: SeccompRule)
    /// The profile lists other machines only.
    case wrongArchitecture(wanted: String, listed: [String])
    /// libseccomp would not take a part of the profile.
    case refused(step: String, errno: Int32)
}

extension SeccompError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON(let reason, let position):
            "\(position.inFile): not acceptable JSON: \(reason)"
        case .unknownKey(let place, let key, let known, let position):
            "\(position.inFile): \(place): \"\(key)\" is not supported; here it may be \(known.joined(separator: ", "))"
        case .badValue(let place, let reason, let position):
            "\(position.inFile): \(place): \(reason)"
        case .unknownSystemCall(let place, let name, let position):
            "\(position.inFile): \(place): no machine has a system call \"\(name)\": correct the name, or take it out"
        case .disagreement(let name, let first, let second):
            "\"\(name)\" is \(first.action.inWords) by \(first.place) and \(second.action.inWords) by \(second.place), and a "
                + "call can match both: change one so that none can"
        case .wrongArchitecture(let wanted, let listed):
            "the profile is for \(listed.joined(separator: ", ")), not for \(wanted): add it to \"architectures\""
        case .refused(let step, let errno):
            "libseccomp refuses \(step): \(errnoText(errno))"
        }
    }
}

extension SourcePosition {
    /// For messages in front of which the file is named already.
    fileprivate var inFile: String { "line \(line), column \(column)" }
}
