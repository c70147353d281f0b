/// The names of this machine's own system calls.
package enum SystemCallNames {
    /// Nil if the number is of no call of this machine, or of one that is newer than the table.
    package static func name(of number: Int32) -> String? { entry(number)?.name }

    /// How many of the six registers the call reads; what is in the others is left over from something else.
    package static func argumentCount(of number: Int32) -> Int { entry(number)?.widths.count ?? 6 }

    private static func entry(_ number: Int32) -> SystemCallTable.Entry? {
        SeccompArchitecture.native.flatMap { SystemCallTable.shared.entry(UInt32(bitPattern: number), on: $0) }
    }

    /// Nil if this machine has no call of that name, or the table does not know it.
    package static func number(of name: String) -> Int32? {
        SeccompArchitecture.native.flatMap { SystemCallTable.shared.entry(named: name)?.numbers[$0] }
            .map { Int32(bitPattern: $0) }
    }
}
