/// The names of this machine's own system calls.
package enum SystemCallNames {
    /// Nil if the number is of no call of this machine, or of one that is newer than the table.
    package static func name(of number: Int32) -> String? {
        SeccompArchitecture.native.flatMap {
            SystemCallTable.shared.entry(UInt32(bitPattern: number), on: $0)?.name
        }
    }

    /// Nil if this machine has no call of that name, or the table does not know it.
    package static func number(of name: String) -> Int32? {
        SeccompArchitecture.native.flatMap { SystemCallTable.shared.entry(named: name)?.numbers[$0] }
            .map { Int32(bitPattern: $0) }
    }
}
