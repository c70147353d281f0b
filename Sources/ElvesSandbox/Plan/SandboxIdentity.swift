/// Who a worker is on the host.
package enum SandboxIdentity: Sendable, Equatable {
    /// The host runs as root: two ids that nobody else has, one for the sandbox's init and one for the worker.
    case pair(root: UInt32, worker: UInt32)
    /// The host runs as an ordinary user: the worker is that user and no other id exists.
    case single
}

/// The host ids that are kept for workers: pairs of two, counted from 0.
package struct HostIdentityRange: Sendable, Equatable {
    package let base: UInt32
    package let pairs: UInt32

    /// - Parameters:
    ///   - base: The first id; 0x70000000 is above what account tools and container engines hand out.
    ///   - pairs: 65,536 by default: one for each app version on a host, many times over.
    package init(base: UInt32 = 0x7000_0000, pairs: UInt32 = 1 << 16) {
        self.base = base
        self.pairs = pairs
    }

    /// The pair with this number.
    ///
    /// - Throws: `PlanError.identityOutOfRange`.
    package func identity(_ number: UInt32) throws(PlanError) -> SandboxIdentity {
        let root = UInt64(base) + 2 * UInt64(number)
        // 2^32 - 1 is no id but "unchanged" to the kernel.
        guard number < pairs, root > 0, root + 1 < UInt64(UInt32.max) else {
            throw .identityOutOfRange(number: number, pairs: pairs)
        }
        return .pair(root: UInt32(root), worker: UInt32(root + 1))
    }
}
