/// One call as a program makes it: the number and what is in the six registers.
package struct SystemCall: Sendable, Hashable {
    package let number: UInt32
    /// Always six.
    package let arguments: [UInt64]

    /// Arguments that are not given are 0, more than six are dropped.
    package init(_ number: UInt32, _ arguments: [UInt64] = []) {
        self.number = number
        self.arguments = Array((arguments + [UInt64](repeating: 0, count: 6)).prefix(6))
    }

    /// Nil if the machine has no call of that name.
    package init?(named name: String, on architecture: SeccompArchitecture, _ arguments: [UInt64] = []) {
        guard let number = SystemCallTable.shared.entry(named: name)?.numbers[architecture] else { return nil }
        self.init(number, arguments)
    }
}
