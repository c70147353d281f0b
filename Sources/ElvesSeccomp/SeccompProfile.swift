/// Which system calls a worker may make: an OCI runtime-spec `LinuxSeccomp` object, checked.
///
/// A member that would not be honoured (flags, a listener, a tracer) is refused rather than dropped. A rule stands for each
/// name in turn; rules are kept in the order of the file.
package struct SeccompProfile: Sendable, Equatable {
    /// For every call that no rule matches.
    package let defaultAction: SeccompAction
    /// OCI names of the machines the profile is written for; empty means any.
    package let architectures: [String]
    package let rules: [SeccompRule]

    /// This profile with the rules of another one added; its default and architectures stay.
    package func adding(_ other: SeccompProfile) -> SeccompProfile {
        SeccompProfile(defaultAction: defaultAction, architectures: architectures, rules: rules + other.rules)
    }
}

/// What happens to some system calls when all conditions hold.
package struct SeccompRule: Sendable, Equatable {
    package let names: [String]
    package let action: SeccompAction
    package let conditions: [SeccompCondition]
}

/// What the kernel does with a call.
package enum SeccompAction: Sendable, Hashable {
    case allow
    /// The call fails with this error number.
    case fail(UInt16)
    /// Allows it and tells the kernel's audit log.
    case log
    /// Asks whoever holds the filter's listener.
    case notify
    case trap
    case killThread
    case killProcess
}

/// A comparison of one argument of a call.
package struct SeccompCondition: Sendable, Equatable {
    /// From 0 to 5.
    package let index: UInt32
    package let comparison: Comparison
    /// For `maskedEqual` the mask.
    package let value: UInt64
    /// What the masked argument must be; 0 for every other comparison.
    package let secondValue: UInt64

    package enum Comparison: String, Sendable, CaseIterable {
        case notEqual = "SCMP_CMP_NE"
        case lessThan = "SCMP_CMP_LT"
        case lessOrEqual = "SCMP_CMP_LE"
        case equal = "SCMP_CMP_EQ"
        case greaterOrEqual = "SCMP_CMP_GE"
        case greaterThan = "SCMP_CMP_GT"
        case maskedEqual = "SCMP_CMP_MASKED_EQ"
    }
}

extension SeccompProfile {
    /// The longest profile that is read, in bytes.
    package static let sizeLimit = 1 << 20
}
