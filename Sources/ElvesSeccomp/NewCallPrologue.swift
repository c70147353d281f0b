import CSeccomp
import Glibc

/// Instructions in front of a filter that answer calls newer than libseccomp with "not implemented".
///
/// A C library tries the newest form of a call first and falls back when the kernel does not have it; refused with EPERM it
/// would give up instead. What the profile's author could not have listed therefore fails as on an older kernel.
struct NewCallPrologue {
    /// For profiles that refuse what they do not list; elsewhere a new call already has the answer its author wants.
    static func bytes(for defaultAction: SeccompAction) -> [UInt8] {
        switch defaultAction {
        case .fail, .notify: break
        default: return []
        }
        let program: [(code: UInt16, ifTrue: UInt8, ifFalse: UInt8, value: UInt32)] = [
            (loadWord, 0, 0, 4),  // the architecture, of struct seccomp_data
            (jumpIfEqual, 0, 4, seccomp_arch_native()),  // foreign: to the filter, which kills
            (loadWord, 0, 0, 0),  // the number
            (jumpIfGreaterOrEqual, 2, 0, 0x4000_0000),  // x32: to the filter, which kills
            (jumpIfGreater, 0, 1, lastKnownCall),
            (returnValue, 0, 0, 0x0005_0000 | UInt32(ENOSYS)),
        ]
        return program.flatMap { line in
            withUnsafeBytes(of: line.code) { Array($0) } + [line.ifTrue, line.ifFalse]
                + withUnsafeBytes(of: line.value) { Array($0) }
        }
    }

    /// The highest number for which libseccomp has a name; 1,023 is beyond all of them.
    private static let lastKnownCall: UInt32 = {
        let last = (0...1023).last { number in
            guard let name = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), Int32(number)) else { return false }
            free(name)
            return true
        }
        return UInt32(last ?? 1023)
    }()

    // From linux/bpf_common.h.
    private static let loadWord: UInt16 = 0x20
    private static let jumpIfEqual: UInt16 = 0x15
    private static let jumpIfGreater: UInt16 = 0x25
    private static let jumpIfGreaterOrEqual: UInt16 = 0x35
    private static let returnValue: UInt16 = 0x06
}
