/// A machine whose system calls the tables hold.
package enum SeccompArchitecture: String, Sendable, CaseIterable, CustomStringConvertible {
    case x86_64 = "x86_64"
    case aarch64

    /// The machine this program was built for; nil where there are no tables for it.
    package static var native: SeccompArchitecture? {
        #if arch(x86_64)
            .x86_64
        #elseif arch(arm64)
            .aarch64
        #else
            nil
        #endif
    }

    /// What the kernel tells a filter (AUDIT_ARCH_… of linux/audit.h).
    package var auditNumber: UInt32 {
        switch self {
        case .x86_64: 0xC000_003E
        case .aarch64: 0xC000_00B7
        }
    }

    /// In an OCI profile.
    package var ociName: String {
        switch self {
        case .x86_64: "SCMP_ARCH_X86_64"
        case .aarch64: "SCMP_ARCH_AARCH64"
        }
    }

    /// In the template of container engines, which uses the names of Go.
    package var goName: String {
        switch self {
        case .x86_64: "amd64"
        case .aarch64: "arm64"
        }
    }

    package var description: String { rawValue }

    /// In the numbers of x32, a second way to call the kernel of x86_64. Its arguments are laid out differently.
    package static let bitOfX32: UInt32 = 0x4000_0000
}
