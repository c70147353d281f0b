/// Why a text is no target expression.
package struct TargetError: Error, Equatable, CustomStringConvertible {
    /// Counted in characters, from 1; one beyond the last where more was expected.
    package let column: Int
    /// What is wrong there, and what may stand there.
    package let reason: String

    package var description: String { "no target expression, column \(column): \(reason)" }
}
