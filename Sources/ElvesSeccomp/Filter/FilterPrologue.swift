import Glibc

/// What stands in front of the rules of every filter.
///
/// A C library tries the newest form of a call first and falls back when the kernel does not have it; refused with EPERM it
/// would give up instead. So a profile that refuses what it does not list answers what its author could not have listed,
/// and clone3, whose flags are behind a pointer that no filter sees, as an older kernel would.
struct FilterPrologue: Sendable {
    let architecture: SeccompArchitecture
    let defaultAction: SeccompAction
    let refusesByDefault: Bool

    init(_ profile: SeccompProfile, for architecture: SeccompArchitecture) {
        self.architecture = architecture
        defaultAction = profile.defaultAction
        refusesByDefault = profile.refusesByDefault
    }

    static let hiddenCall = "clone3"

    /// What it says about a number, and why; nil if it leaves it to the rules.
    func decision(on number: UInt32) -> (action: SeccompAction, reason: String)? {
        // -1 is no call of x32 but what tracers put in to skip a call.
        if architecture == .x86_64, number & SeccompArchitecture.bitOfX32 != 0, number != .max {
            return (.killProcess, "numbers of x32")
        }
        if refusesByDefault {
            if number > lastNumber { return (notImplemented, "numbers past the table") }
            if number == hiddenNumber { return (notImplemented, "\(Self.hiddenCall), whose flags a filter cannot see") }
        }
        return nil
    }

    /// The same as instructions; they end in the first one of what follows.
    var instructions: [BPFInstruction] {
        let isX86 = architecture == .x86_64
        let beyond = refusesByDefault ? notImplemented : defaultAction
        var lines: [BPFInstruction] = [
            .loadArchitecture,
            .jump(.equal, architecture.auditNumber, ifTrue: 1, ifFalse: 0),
            .give(.killProcess),
            .loadNumber,
        ]
        // libseccomp takes what it is given for numbers of the native machine, whichever that is; so what is no number of a
        // call is answered here.
        if isX86 {
            lines += [
                .jump(.atLeast, SeccompArchitecture.bitOfX32, ifTrue: 0, ifFalse: 4),
                .jump(.equal, .max, ifTrue: 2, ifFalse: 0),
                .jump(.anyBit, SeccompArchitecture.bitOfX32, ifTrue: 0, ifFalse: 1),
                .give(.killProcess),
                .give(beyond),
            ]
        } else {
            lines += [.jump(.atLeast, SeccompArchitecture.bitOfX32, ifTrue: 0, ifFalse: 1), .give(beyond)]
        }
        if refusesByDefault {
            lines += [
                .jump(.equal, hiddenNumber, ifTrue: 1, ifFalse: 0),
                .jump(.above, lastNumber, ifTrue: 0, ifFalse: 1),
                .give(notImplemented),
            ]
        }
        return lines
    }

    private var notImplemented: SeccompAction { .fail(UInt16(ENOSYS)) }
    private var lastNumber: UInt32 { SystemCallTable.shared.lastNumber(on: architecture) }
    private var hiddenNumber: UInt32 {
        SystemCallTable.shared.entry(named: Self.hiddenCall)?.numbers[architecture] ?? lastNumber
    }
}
