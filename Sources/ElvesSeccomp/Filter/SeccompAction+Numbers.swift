extension SeccompAction {
    /// As the kernel and libseccomp write it (SECCOMP_RET_… of linux/seccomp.h).
    package var kernelNumber: UInt32 {
        switch self {
        case .allow: 0x7FFF_0000
        case .log: 0x7FFC_0000
        case .notify: 0x7FC0_0000
        case .fail(let errno): 0x0005_0000 | UInt32(errno)
        case .trap: 0x0003_0000
        case .killThread: 0
        case .killProcess: 0x8000_0000
        }
    }

    /// What a filter's answer means; nil for one that no profile gives.
    package init?(kernelNumber: UInt32) {
        switch kernelNumber {
        case 0x7FFF_0000: self = .allow
        case 0x7FFC_0000: self = .log
        case 0x7FC0_0000: self = .notify
        case 0x0005_0000...0x0005_0FFF: self = .fail(UInt16(kernelNumber & 0xFFFF))
        case 0x0003_0000: self = .trap
        case 0: self = .killThread
        case 0x8000_0000: self = .killProcess
        default: return nil
        }
    }

    /// In the runtime specification, without an error number.
    package var ociName: String {
        switch self {
        case .allow: "SCMP_ACT_ALLOW"
        case .log: "SCMP_ACT_LOG"
        case .notify: "SCMP_ACT_NOTIFY"
        case .fail: "SCMP_ACT_ERRNO"
        case .trap: "SCMP_ACT_TRAP"
        case .killThread: "SCMP_ACT_KILL_THREAD"
        case .killProcess: "SCMP_ACT_KILL_PROCESS"
        }
    }

    /// For people, after "is": `allowed`, `refused with EPERM`.
    package var inWords: String {
        switch self {
        case .allow: "allowed"
        case .log: "allowed and logged by the kernel"
        case .notify: "refused and recorded"
        case .fail(let errno): "refused with \(ErrorName.name(of: errno))"
        case .trap: "answered with the signal SIGSYS"
        case .killThread: "the end of the thread"
        case .killProcess: "the end of the process"
        }
    }
}
