import CSeccomp

/// Arguments that the kernel reads as 32-bit numbers although the filter sees 64 bits.
///
/// A filter that compares all 64 bits of such a number is passed by setting one of the upper ones (CVE-2019-10063), so these
/// are compared on the lower half. Listed are the calls that profiles filter by argument; numbers count from 0.
private let narrowArguments: [String: Set<UInt32>] = [
    "socket": [0, 1, 2], "socketpair": [0, 1, 2], "setsockopt": [1, 2], "getsockopt": [1, 2],
    "ioctl": [1], "fcntl": [1], "prctl": [0], "personality": [0], "futex": [1],
    "memfd_create": [1], "unshare": [0], "setns": [1], "kill": [1], "tkill": [1], "tgkill": [2],
    "sched_setscheduler": [1], "madvise": [2], "open": [1, 2], "openat": [2, 3], "seccomp": [0, 1],
    "chmod": [1], "fchmod": [1], "fchmodat": [2], "creat": [1], "mkdir": [1], "mkdirat": [2],
    "prlimit64": [1], "setpriority": [0], "clock_gettime": [0],
]

extension SeccompCondition {
    func compiled(for name: String, place: String) throws(SeccompError) -> scmp_arg_cmp {
        guard narrowArguments[name]?.contains(index) == true, comparison != .maskedEqual else {
            return scmp_arg_cmp(arg: index, op: comparison.number, datum_a: value, datum_b: secondValue)
        }
        guard comparison == .equal, value <= UInt32.max else {
            throw .badValue(
                place: place,
                reason: "argument \(index) of \"\(name)\" has 32 bits and \(comparison.rawValue) compares 64, so that a "
                    + "caller could pass it with any of the others: use SCMP_CMP_EQ or SCMP_CMP_MASKED_EQ")
        }
        return scmp_arg_cmp(arg: index, op: SCMP_CMP_MASKED_EQ, datum_a: 0xFFFF_FFFF, datum_b: value)
    }
}

extension SeccompCondition.Comparison {
    fileprivate var number: scmp_compare {
        switch self {
        case .notEqual: SCMP_CMP_NE
        case .lessThan: SCMP_CMP_LT
        case .lessOrEqual: SCMP_CMP_LE
        case .equal: SCMP_CMP_EQ
        case .greaterOrEqual: SCMP_CMP_GE
        case .greaterThan: SCMP_CMP_GT
        case .maskedEqual: SCMP_CMP_MASKED_EQ
        }
    }
}
