/// Something in a template that is not, or not literally, in the profile made of it.
package enum ImportNote: Sendable, Equatable {
    /// Numbers of other machines that the engine would let through; here they end the process.
    case otherMachines([String])
    /// A rule that is not meant for this host.
    case skipped([String], because: String, at: SourcePosition)
    /// Names that nobody here knows: misspelled, or newer than this program and libseccomp.
    case unknown([String], at: SourcePosition)
    /// Calls that this machine does not have.
    case notOfMachine([String], at: SourcePosition)
    /// Has its flags in memory, where no filter sees them; always answered ENOSYS.
    case hidden(String, at: SourcePosition)
    /// Compared on the bits that the kernel reads; as written it could be passed with the others.
    case narrow(String, argument: UInt32, at: SourcePosition)
    /// Two conditions on one argument, taken for two rules.
    case split([String], at: SourcePosition)
    /// A rule without effect, since another one for the same call has no conditions.
    case overruled(String, at: SourcePosition, by: SourcePosition)

    /// Whether somebody should look at it; the others are as the template's author means it.
    package var isWarning: Bool {
        switch self {
        case .unknown, .narrow, .split, .overruled, .hidden: true
        case .otherMachines, .skipped, .notOfMachine: false
        }
    }
}

extension ImportNote: CustomStringConvertible {
    package var description: String {
        switch self {
        case .otherMachines(let names):
            "calls by the numbers of \(names.joined(separator: ", ")) end the process: workers have one machine"
        case .skipped(let names, let reason, let position):
            "\(position): not taken over, \(reason): \(names.joined(separator: ", "))"
        case .unknown(let names, let position):
            "\(position): unknown system calls, left out: \(names.joined(separator: ", "))"
        case .notOfMachine(let names, let position):
            "\(position): not calls of this machine, left out: \(names.joined(separator: ", "))"
        case .hidden(let name, let position):
            "\(position): \(name) has its flags in memory, where no filter sees them; it answers ENOSYS whatever this says"
        case .narrow(let name, let argument, let position):
            "\(position): argument \(argument) of \(name) is compared on the bits that the kernel reads, not on all 64"
        case .split(let names, let position):
            "\(position): two conditions on one argument are two rules: \(names.joined(separator: ", "))"
        case .overruled(let name, let position, let winner):
            "\(position): without effect on \(name), which \(winner) decides without conditions"
        }
    }
}
