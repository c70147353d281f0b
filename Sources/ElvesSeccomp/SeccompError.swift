import ElvesFiles
package import ElvesJSON

/// Why a system call profile cannot be read or compiled.
package enum SeccompError: Error, Equatable {
    case notJSON(JSONError)
    /// `place` is the way to the object that has the key, such as `syscalls[3]`.
    case unknownKey(place: String, key: String, known: [String])
    case badValue(place: String, reason: String)
    /// libseccomp has no such call on any machine.
    case unknownSystemCall(place: String, name: String)
    /// The profile lists other machines only.
    case wrongArchitecture(native: String, listed: [String])
    /// libseccomp would not take a part of the profile.
    case refused(step: String, errno: Int32)
}

extension SeccompError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notJSON(let error):
            "\(error)"
        case .unknownKey(let place, let key, let known):
            "\(place): \"\(key)\" is not supported; here it may be \(known.joined(separator: ", "))"
        case .badValue(let place, let reason):
            "\(place): \(reason)"
        case .unknownSystemCall(let place, let name):
            "\(place): this host's libseccomp knows no system call \"\(name)\": correct the name, or take it out"
        case .wrongArchitecture(let native, let listed):
            "the profile is for \(listed.joined(separator: ", ")), this host is \(native): add it to \"architectures\""
        case .refused(let step, let errno):
            "libseccomp refuses \(step): \(errnoText(errno))"
        }
    }
}
